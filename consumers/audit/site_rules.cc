#include "consumers/audit/site_rules.h"

namespace jari::audit {
namespace {

template <class Id>
std::string str(const Id& id) {
  return std::string(id.text);
}

}  // namespace

void SiteRules::look(const Seen& seen) {
  if (!seen.is_applied) return;
  if (const auto* told = body_as<AppointmentWithdrawn>(seen)) {
    untold_.erase({str(told->appointment), str(told->site)});
  }
  if (seen.at.where.topic != kInventoryTopic) return;
  end_holds_due(seen);
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { this->apply(seen, one); }) apply(seen, one);
      },
      seen.body);
}

bool SiteRules::is_done(const Seen& seen) const {
  return seen.is_request() && desk_.facts.is_done(seen.at, seen.request());
}

void SiteRules::apply(const Seen& seen, const SlotPublished& said) {
  if (!is_done(seen)) return;
  Slot& slot = slots_[{str(said.site), str(said.slot)}];
  slot.capacity = said.capacity;
  slot.is_withdrawn = false;
}

void SiteRules::apply(const Seen& seen, const SlotChanged& said) {
  if (!is_done(seen)) return;
  Slot& slot = slots_[{str(said.site), str(said.slot)}];
  slot.capacity = said.capacity;
  slot.is_withdrawn = false;
}

void SiteRules::apply(const Seen& seen, const SlotWithdrawn& said) {
  if (!is_done(seen)) return;
  Slot& slot = slots_[{str(said.site), str(said.slot)}];
  slot.is_withdrawn = true;
  const auto holds = slot.holds;
  for (const auto& hold : holds) end_hold(hold);
  if (!said.cancel) return;
  const auto appointments = slot.appointments;
  for (const auto& appointment : appointments) {
    const Key key{appointment, str(said.site)};
    unbook(key);
    untold_.insert(key);
  }
}

void SiteRules::apply(const Seen& seen, const StockChanged& said) {
  if (is_done(seen)) stocks_[{str(said.site), str(said.product)}].doses += said.doses;
}

// At most one place for an appointment at a site: what it had there goes in the same step.
void SiteRules::apply(const Seen& seen, const Reserve& ask) {
  if (!desk_.facts.is_granted(seen.at)) return;
  const Key key{str(ask.appointment), str(ask.site)};
  const std::string product = str(ask.product);
  Own own;
  if (const auto before = booked_.find(key); before != booked_.end()) {
    own.place = before->second.slot == ask.slot.text;
    own.dose = before->second.has_dose && before->second.product == product;
    unbook(key);
  }
  if (const Hold* hold = live_hold(ask.hold.text, ask.person.text);
      hold != nullptr && hold->site == ask.site.text && hold->slot == ask.slot.text &&
      hold->product == product) {
    own = {true, true};
    end_hold(str(ask.hold));
  }
  book(key, {str(ask.slot), product, true});
  check_room(seen, {str(ask.site), str(ask.slot)}, product, own);
}

void SiteRules::apply(const Seen&, const Release& ask) {
  const Key key{str(ask.appointment), str(ask.site)};
  untold_.erase(key);
  const auto at = booked_.find(key);
  if (at != booked_.end() && at->second.slot == ask.slot.text) unbook(key);
}

void SiteRules::apply(const Seen& seen, const HoldRequested& ask) {
  if (!desk_.facts.is_granted(seen.at)) return;
  Own own;
  if (const Hold* before = live_hold(ask.replaces.text, ask.person.text);
      before != nullptr && before->site == ask.site.text) {
    own = {before->slot == ask.slot.text, before->product == ask.product.text};
    end_hold(str(ask.replaces));
  }
  const std::string id = str(ask.hold);
  const Hold hold{str(ask.person), str(ask.site), str(ask.slot), str(ask.product),
                  seen.time.steady_ms() + ask.length_ms};
  desk_.expect(!holds_.contains(id), Rule::I1, seen.at, "hold " + id + " was granted twice");
  end_hold(id);
  slots_[{hold.site, hold.slot}].holds.insert(id);
  ++stocks_[{hold.site, hold.product}].taken;
  hold_ends_[seen.at.where].insert({hold.ends_ms, id});
  holds_[id] = hold;
  check_room(seen, {hold.site, hold.slot}, hold.product, own);
}

void SiteRules::apply(const Seen& seen, const HoldConfirmed& ask) {
  if (!desk_.facts.is_granted(seen.at)) return;
  const Hold* found = live_hold(ask.hold.text, ask.person.text);
  desk_.expect(found != nullptr && found->site == ask.site.text, Rule::I1, seen.at,
               "hold " + str(ask.hold) + " became an appointment and did not live");
  if (found == nullptr) return;
  const Hold hold = *found;
  const Key key{str(ask.appointment), hold.site};
  unbook(key);
  end_hold(str(ask.hold));
  book(key, {hold.slot, hold.product, true});
  check_room(seen, {hold.site, hold.slot}, hold.product, {true, true});
}

void SiteRules::apply(const Seen&, const HoldReleaseRequested& ask) {
  if (live_hold(ask.hold.text, ask.person.text) != nullptr) end_hold(str(ask.hold));
}

void SiteRules::apply(const Seen&, const DoseReturned& ask) {
  const auto at = booked_.find({str(ask.appointment), str(ask.site)});
  if (at == booked_.end() || !at->second.has_dose) return;
  at->second.has_dose = false;
  --stocks_[{str(ask.site), at->second.product}].taken;
}

void SiteRules::apply(const Seen&, const DoseTaken& ask) {
  const auto at = booked_.find({str(ask.appointment), str(ask.site)});
  if (at == booked_.end() || at->second.has_dose) return;
  at->second.has_dose = true;
  ++stocks_[{str(ask.site), at->second.product}].taken;
}

// Who takes what is their own already takes nothing from others, also where a cut left too little.
void SiteRules::check_room(const Seen& seen, const Key& slot_key, const std::string& product,
                           const Own& own) {
  const auto at = slots_.find(slot_key);
  const std::string name = "slot " + slot_key.second + " of site " + slot_key.first;
  desk_.expect(at != slots_.end(), Rule::I1, seen.at, name + " was sold and never published");
  if (at == slots_.end()) return;
  const Slot& slot = at->second;
  desk_.expect(!slot.is_withdrawn, Rule::I1, seen.at, name + " was sold while withdrawn");
  const std::int64_t taken = slot.booked + static_cast<std::int64_t>(slot.holds.size());
  desk_.expect(own.place || taken <= slot.capacity, Rule::I1, seen.at,
               name + " has " + std::to_string(slot.capacity) + " places, and with this one " +
                   std::to_string(taken) + " are booked or held");
  const Stock& stock = stocks_[{slot_key.first, product}];
  desk_.expect(own.dose || stock.taken <= stock.doses, Rule::I1, seen.at,
               "site " + slot_key.first + " has " + std::to_string(stock.doses) + " doses of " +
                   product + ", and with this one " + std::to_string(stock.taken) +
                   " are booked or held");
}

void SiteRules::book(const Key& key, Booked what) {
  untold_.erase(key);
  Slot& slot = slots_[{key.second, what.slot}];
  ++slot.booked;
  slot.appointments.insert(key.first);
  ++stocks_[{key.second, what.product}].taken;
  booked_[key] = std::move(what);
}

void SiteRules::unbook(const Key& key) {
  const auto at = booked_.find(key);
  if (at == booked_.end()) return;
  const Booked& what = at->second;
  Slot& slot = slots_[{key.second, what.slot}];
  --slot.booked;
  slot.appointments.erase(key.first);
  if (what.has_dose) --stocks_[{key.second, what.product}].taken;
  booked_.erase(at);
}

void SiteRules::end_hold(const std::string& hold) {
  const auto at = holds_.find(hold);
  if (at == holds_.end()) return;
  slots_[{at->second.site, at->second.slot}].holds.erase(hold);
  --stocks_[{at->second.site, at->second.product}].taken;
  holds_.erase(at);
}

void SiteRules::end_holds_due(const Seen& seen) {
  auto& ends = hold_ends_[seen.at.where];
  while (!ends.empty() && ends.begin()->first <= seen.time.steady_ms()) {
    const std::string hold = ends.begin()->second;
    ends.erase(ends.begin());
    end_hold(hold);
  }
}

const SiteRules::Hold* SiteRules::live_hold(std::string_view hold, std::string_view person) const {
  const auto at = holds_.find(std::string(hold));
  return at != holds_.end() && at->second.person == person ? &at->second : nullptr;
}

const Booked* SiteRules::booked(const std::string& appointment, const std::string& site) const {
  const auto at = booked_.find({appointment, site});
  return at == booked_.end() ? nullptr : &at->second;
}

bool SiteRules::is_untold(const std::string& appointment, const std::string& site) const {
  return untold_.contains({appointment, site});
}

}  // namespace jari::audit
