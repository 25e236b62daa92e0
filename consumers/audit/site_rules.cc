#include "consumers/audit/site_rules.h"

#include <algorithm>
#include <utility>

namespace jari::audit {
namespace {

/// Where more is booked and held than is there now: how much.
std::string over_text(std::int64_t taken, std::int64_t there) {
  if (taken <= there) return {};
  return ": " + std::to_string(taken - there) + " booked or held beyond what is there";
}

}  // namespace

void SiteRules::look(const Seen& seen) {
  if (seen.at.where.topic != kInventoryTopic || !seen.is_applied) return;
  end_holds_due(seen);
  apply_body(*this, seen);
  for_each<Told>(*seen.caused, [&](const Told& told, const At&) {
    untold_.erase(Stay{told.appointment, told.site});
  });
}

/// The site's yes to what stands there.
const Answer* SiteRules::granted(const Seen& seen) const {
  for (const Effect* effect : *seen.caused) {
    const auto* answer = std::get_if<Answer>(&effect->what);
    if (answer != nullptr && answer->is_granted) return answer;
  }
  return nullptr;
}

template <class Said>
void SiteRules::publish(const Seen& seen, const Said& said) {
  if (!is_done(seen)) return;
  const Names2 key{seen.ids.site, seen.ids.slot};
  Slot& slot = slots_[key];
  const bool is_moved =
      slot.starts_at != said.starts_at || slot.length_seconds != said.length_seconds;
  desk_.expect(!slot.is_published || !is_moved || slot.taken() == 0, Rule::I1, seen.at,
               [&] { return text_of(key) + " was moved with somebody booked or held in it"; });
  note_change(seen, key, slot, said);
  slot.is_published = true;
  slot.capacity = said.capacity;
  slot.is_withdrawn = false;
  slot.starts_at = said.starts_at;
  slot.length_seconds = said.length_seconds;
  if (is_moved) slot.starts_on = said.starts_on;
}

template <class Said>
void SiteRules::note_change(const Seen& seen, const Names2& key, const Slot& slot,
                            const Said& said) {
  Figures& figures = desk_.report.figures();
  if (!slot.is_published) {
    ++figures.slots;
    figures.places += said.capacity;
    return;
  }
  std::string what;
  const auto add = [&](const std::string& part) { what += (what.empty() ? " " : "; ") + part; };
  if (slot.starts_at != said.starts_at) {
    add("starts at " + to_text(said.starts_at) + ", was " + to_text(slot.starts_at));
  }
  if (slot.length_seconds != said.length_seconds) {
    add("lasts " + std::to_string(said.length_seconds) + " s, was " +
        std::to_string(slot.length_seconds) + " s");
  }
  const std::string places = std::to_string(said.capacity) + " places" +
                             over_text(static_cast<std::int64_t>(slot.taken()), said.capacity);
  if (slot.is_withdrawn) {
    add("was opened again with " + places);
  } else if (slot.capacity != said.capacity) {
    add("went from " + std::to_string(slot.capacity) + " to " + places);
  }
  if (!what.empty()) note(seen, text_of(key) + what);
}

void SiteRules::note(const Seen& seen, std::string what) {
  const Asked asked = asked_of(seen);
  desk_.report.figures().add_change(
      {seen.at, seen.time.now, std::string(asked.by), std::string(asked.reason), std::move(what)});
}

void SiteRules::apply(const Seen& seen, const SlotWithdrawn& said) {
  if (!is_done(seen)) return;
  const Name site = seen.ids.site;
  note(seen, text_of({site, seen.ids.slot}) + " was withdrawn" +
                 (said.cancel ? ", and who was booked in it cancelled" : ""));
  Slot& slot = slots_[{site, seen.ids.slot}];
  slot.is_withdrawn = true;
  for (const Made hold : absl::flat_hash_set<Made>(slot.holds)) end_hold(hold);
  if (!said.cancel) return;
  for (const Made appointment : absl::flat_hash_set<Made>(slot.appointments)) {
    unbook({appointment, site});
    untold_.insert({appointment, site});
  }
}

void SiteRules::apply(const Seen& seen, const StockChanged& said) {
  if (!is_done(seen)) return;
  Stock& stock = stocks_[{seen.ids.site, seen.ids.product}];
  stock.doses += said.doses;
  const bool is_short = stock.doses < stock.taken;
  const auto name = [&] {
    return std::string(said.product.text) + " at site " + std::string(said.site.text);
  };
  desk_.expect(stock.doses >= 0, Rule::I1, seen.at,
               [&] { return "more doses of " + name() + " were taken away than are there"; });
  desk_.expect(said.doses >= 0 || said.lost || !is_short, Rule::I1, seen.at, [&] {
    return "doses of " + name() + " were taken away that are booked or held, and were not lost";
  });
  if (said.doses >= 0) {
    desk_.report.figures().doses += static_cast<std::uint64_t>(said.doses);
    if (std::exchange(stock.has_come, true)) {
      note(seen, std::to_string(said.doses) + " doses of " + name() + " came, where " +
                     std::to_string(stock.doses - said.doses) + " were");
    }
  } else {
    note(seen, std::to_string(-said.doses) + " doses of " + name() +
                   (said.lost ? " were lost" : " were taken away") +
                   over_text(stock.taken, std::max<std::int64_t>(stock.doses, 0)));
  }
  if (!said.lost) return;
  const Asked& asked = *seen.asked;
  desk_.report.list({Kind::Loss, seen.at, std::string(asked.by), std::string(asked.reason),
                     std::to_string(-said.doses) + " doses of " + name() + " were lost"});
}

// At most one place for an appointment at a site: what it had there goes in the same step.
void SiteRules::apply(const Seen& seen, const Reserve& ask) {
  const Answer* yes = granted(seen);
  const Made appointment = seen.ids.appointment;
  if (yes == nullptr || appointment == 0) return;
  const Name person = seen.ids.person;
  const Name site = seen.ids.site;
  const Name slot = seen.ids.slot;
  const Name product = seen.ids.product;
  const Stay stay{appointment, site};
  Own own;
  if (const auto before = booked_.find(stay); before != booked_.end()) {
    own.place = before->second.slot == slot;
    own.dose = before->second.has_dose && before->second.product == product;
    unbook(stay);
  }
  if (const Hold* hold = live_hold(seen.ids.hold, person);
      hold != nullptr && hold->site == site && hold->slot == slot && hold->product == product) {
    own = {true, true};
    end_hold(seen.ids.hold);
  }
  book(stay, {slot, product, true, seen.at});
  check_answer(seen, *yes, person, {site, slot}, product);
  check_room(seen, {site, slot}, product, own);
  check_time(seen, {site, slot}, {ask.not_before, ask.not_after, ask.overrides});
}

void SiteRules::apply(const Seen& seen, const Release&) {
  const Stay stay{seen.ids.appointment, seen.ids.site};
  untold_.erase(stay);
  const auto at = booked_.find(stay);
  if (at != booked_.end() && at->second.slot == seen.ids.slot) unbook(stay);
}

void SiteRules::apply(const Seen& seen, const HoldRequested& ask) {
  const Made id = seen.ids.hold;
  if (granted(seen) == nullptr || id == 0) return;
  const Hold hold{seen.ids.person, seen.ids.site, seen.ids.slot, seen.ids.product,
                  seen.time.steady_ms() + ask.length_ms};
  Own own;
  if (const Hold* before = live_hold(seen.ids.replaces, hold.person);
      before != nullptr && before->site == hold.site) {
    own = {before->slot == hold.slot, before->product == hold.product};
    end_hold(seen.ids.replaces);
  }
  desk_.expect(!holds_.contains(id), Rule::I1, seen.at,
               [&] { return "hold " + std::string(ask.hold.text) + " was granted twice"; });
  end_hold(id);
  slots_[{hold.site, hold.slot}].holds.insert(id);
  ++stocks_[{hold.site, hold.product}].taken;
  hold_ends_[seen.at.where].insert({hold.ends_ms, id});
  holds_[id] = hold;
  check_room(seen, {hold.site, hold.slot}, hold.product, own);
  check_time(seen, {hold.site, hold.slot}, {ask.not_before, ask.not_after, ask.overrides});
}

void SiteRules::apply(const Seen& seen, const HoldConfirmed& ask) {
  const Answer* yes = granted(seen);
  if (yes == nullptr) return;
  const Name person = seen.ids.person;
  const Hold* found = live_hold(seen.ids.hold, person);
  const bool is_there = found != nullptr && found->site == seen.ids.site;
  desk_.expect(is_there, Rule::I1, seen.at, [&] {
    return "hold " + std::string(ask.hold.text) + " became an appointment and did not live";
  });
  if (!is_there) return;
  const Hold hold = *found;
  const Stay stay{seen.ids.appointment, hold.site};
  unbook(stay);
  end_hold(seen.ids.hold);
  book(stay, {hold.slot, hold.product, true, seen.at});
  check_answer(seen, *yes, person, {hold.site, hold.slot}, hold.product);
  check_room(seen, {hold.site, hold.slot}, hold.product, {true, true});
  check_time(seen, {hold.site, hold.slot}, {});
}

void SiteRules::apply(const Seen& seen, const HoldReleaseRequested&) {
  if (live_hold(seen.ids.hold, seen.ids.person) != nullptr) {
    end_hold(seen.ids.hold);
  }
}

void SiteRules::apply(const Seen& seen, const DoseReturned&) {
  const Name site = seen.ids.site;
  const auto at = booked_.find(Stay{seen.ids.appointment, site});
  if (at == booked_.end() || !at->second.has_dose) return;
  at->second.has_dose = false;
  --stocks_[{site, at->second.product}].taken;
}

void SiteRules::apply(const Seen& seen, const DoseTaken&) {
  const Name site = seen.ids.site;
  const auto at = booked_.find(Stay{seen.ids.appointment, site});
  if (at == booked_.end() || at->second.has_dose) return;
  at->second.has_dose = true;
  ++stocks_[{site, at->second.product}].taken;
}

// Who takes what is their own already takes nothing from others, also where a cut left too little.
void SiteRules::check_room(const Seen& seen, const Names2& key, Name product, const Own& own) {
  const Slot& slot = slots_[key];
  desk_.expect(slot.is_published, Rule::I1, seen.at,
               [&] { return text_of(key) + " was sold and never published"; });
  if (!slot.is_published) return;
  desk_.expect(!slot.is_withdrawn, Rule::I1, seen.at,
               [&] { return text_of(key) + " was sold while withdrawn"; });
  desk_.expect(own.place || slot.taken() <= slot.capacity, Rule::I1, seen.at, [&] {
    return text_of(key) + " has " + std::to_string(slot.capacity) + " places, and with this one " +
           std::to_string(slot.taken()) + " are booked or held";
  });
  const Stock& stock = stocks_[{key.first, product}];
  desk_.expect(own.dose || stock.taken <= stock.doses, Rule::I1, seen.at, [&] {
    return "site " + desk_.names.text(key.first) + " has " + std::to_string(stock.doses) +
           " doses of " + desk_.names.text(product) + ", and with this one " +
           std::to_string(stock.taken) + " are booked or held";
  });
}

void SiteRules::check_time(const Seen& seen, const Names2& key, const When& when) {
  const Slot& slot = slots_[key];
  if (!slot.is_published) return;
  const auto may = [&](Override which) { return overrides(when.overrides, which); };
  desk_.expect(seen.time.now < slot.starts_at || may(Override::SlotStarted), Rule::I1, seen.at,
               [&] { return text_of(key) + " was sold after it had started"; });
  const bool is_early = when.not_before.is_known() && slot.starts_on < when.not_before;
  const bool is_late = when.not_after.is_known() && slot.starts_on > when.not_after;
  desk_.expect((!is_early || may(Override::TooEarlyForNextDose)) &&
                   (!is_late || may(Override::TooLateForNextDose)),
               Rule::I1, seen.at, [&] {
                 return text_of(key) + " is on " + to_text(slot.starts_on) +
                        ", outside of the days that were asked for";
               });
}

void SiteRules::check_answer(const Seen& seen, const Answer& answer, Name person, Names2 slot,
                             Name product) {
  const bool is_it = answer.person == person && answer.site == slot.first &&
                     answer.slot == slot.second && answer.product == product;
  desk_.expect(is_it, Rule::I1, seen.at,
               "the site's answer names another person, slot or product than was asked for");
}

void SiteRules::book(const Stay& stay, const Booked& what) {
  untold_.erase(stay);
  slots_[{stay.second, what.slot}].appointments.insert(stay.first);
  ++stocks_[{stay.second, what.product}].taken;
  booked_[stay] = what;
}

void SiteRules::unbook(const Stay& stay) {
  const auto at = booked_.find(stay);
  if (at == booked_.end()) return;
  slots_[{stay.second, at->second.slot}].appointments.erase(stay.first);
  if (at->second.has_dose) --stocks_[{stay.second, at->second.product}].taken;
  booked_.erase(at);
}

void SiteRules::end_hold(Made hold) {
  const auto at = holds_.find(hold);
  if (at == holds_.end()) return;
  slots_[{at->second.site, at->second.slot}].holds.erase(hold);
  --stocks_[{at->second.site, at->second.product}].taken;
  holds_.erase(at);
}

void SiteRules::end_holds_due(const Seen& seen) {
  auto& ends = hold_ends_[seen.at.where];
  while (!ends.empty() && ends.begin()->first <= seen.time.steady_ms()) {
    const Made hold = ends.begin()->second;
    ends.erase(ends.begin());
    end_hold(hold);
  }
}

const SiteRules::Hold* SiteRules::live_hold(Made hold, Name person) const {
  const auto at = holds_.find(hold);
  return at != holds_.end() && at->second.person == person ? &at->second : nullptr;
}

const Booked* SiteRules::booked(Made appointment, Name site) const {
  const auto at = booked_.find(Stay{appointment, site});
  return at == booked_.end() ? nullptr : &at->second;
}

bool SiteRules::is_untold(Made appointment, Name site) const {
  return untold_.contains(Stay{appointment, site});
}

std::string SiteRules::text_of(const Names2& slot) const {
  return "slot " + desk_.names.text(slot.second) + " of site " + desk_.names.text(slot.first);
}

}  // namespace jari::audit
