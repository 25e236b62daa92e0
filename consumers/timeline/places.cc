#include "consumers/timeline/places.h"

#include <algorithm>

namespace jari::timeline {
namespace {

bool is_answer(const Seen& seen) {
  return seen.as<ReservationGranted>() != nullptr || seen.as<ReservationRefused>() != nullptr ||
         seen.as<HoldGranted>() != nullptr || seen.as<HoldRefused>() != nullptr;
}

/// Where what it tells happened: of a hold that has ended, where the site's time ended it.
std::optional<At> place_of(const Seen& seen) {
  if (seen.at.where.topic == kInventoryTopic) return seen.at;
  return seen.as<HoldEnded>() != nullptr ? seen.cause() : std::nullopt;
}

}  // namespace

Answers answers_in(const KeptRecords& all) {
  Answers answers;
  for (const Kept& one : all) {
    const auto cause = one.seen.cause();
    const bool is_of_site = cause && cause->where.topic == kInventoryTopic;
    if (is_of_site && is_answer(one.seen)) answers.emplace(*cause, &one.seen);
  }
  return answers;
}

Places::Places(const KeptRecords& all, const Decisions& decisions, const Answers& answers)
    : decisions_(decisions), answers_(answers) {
  std::vector<std::pair<std::pair<At, At>, const Seen*>> order;
  for (const Kept& one : all) {
    if (const auto place = place_of(one.seen)) order.push_back({{*place, one.seen.at}, &one.seen});
  }
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [place, seen] : order) count(*seen);
}

void Places::count(const Seen& seen) {
  touched_ = {};
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { apply(seen, one); }) apply(seen, one);
      },
      seen.body);
  if (touched_.slots.empty() && touched_.stocks.empty()) return;
  for (auto& [name, counts] : touched_.slots) {
    const Slot& slot = slots_[name];
    counts = {slot.appointments.size(), slot.holds.size(), slot.capacity};
  }
  for (auto& [product, counts] : touched_.stocks) counts = stocks_[product];
  after_.emplace(seen.at, std::move(touched_));
}

const CountsAfter* Places::after(const At& record) const {
  const auto found = after_.find(record);
  return found == after_.end() ? nullptr : &found->second;
}

bool Places::is_done(const Seen& seen) const {
  const Seen* outcome = decisions_.of(seen.at);
  return outcome != nullptr && outcome->outcome()->decision == Decision::Granted;
}

bool Places::is_granted(const Seen& seen) const {
  const auto answer = answers_.find(seen.at);
  if (answer == answers_.end()) return false;
  return answer->second->as<ReservationGranted>() != nullptr ||
         answer->second->as<HoldGranted>() != nullptr;
}

void Places::touch(std::string_view slot, std::string_view product) {
  if (!slot.empty()) touched_.slots.try_emplace(std::string(slot));
  if (!product.empty()) touched_.stocks.try_emplace(std::string(product));
}

template <class Said>
void Places::publish(const Seen& seen, const Said& said) {
  if (!is_done(seen)) return;
  slots_[std::string(said.slot.text)].capacity = said.capacity;
  touch(said.slot.text, {});
}

void Places::apply(const Seen& seen, const SlotWithdrawn& said) {
  if (!is_done(seen)) return;
  Slot& slot = slots_[std::string(said.slot.text)];
  for (const Id& hold : std::set<Id>(slot.holds)) end_hold(hold);
  touch(said.slot.text, {});
  if (!said.cancel) return;
  for (const Id& appointment : std::set<Id>(slot.appointments)) unbook(appointment);
}

void Places::apply(const Seen& seen, const StockChanged& said) {
  if (!is_done(seen)) return;
  stocks_[std::string(said.product.text)].doses += said.doses;
  touch({}, said.product.text);
}

void Places::apply(const Seen& seen, const Reserve& ask) {
  touch(ask.slot.text, ask.product.text);
  if (!is_granted(seen)) return;
  const Id appointment(ask.appointment.text);
  unbook(appointment);
  const auto hold = holds_.find(Id(ask.hold.text));
  const bool is_its_hold = hold != holds_.end() && hold->second.slot == ask.slot.text &&
                           hold->second.product == ask.product.text;
  if (is_its_hold) end_hold(Id(ask.hold.text));
  book(appointment, {std::string(ask.slot.text), std::string(ask.product.text)});
}

void Places::apply(const Seen&, const Release& ask) {
  const auto at = booked_.find(Id(ask.appointment.text));
  if (at != booked_.end() && at->second.slot == ask.slot.text) unbook(Id(ask.appointment.text));
}

void Places::apply(const Seen& seen, const HoldRequested& ask) {
  touch(ask.slot.text, ask.product.text);
  if (!is_granted(seen)) return;
  end_hold(Id(ask.replaces.text));
  const Taken what{std::string(ask.slot.text), std::string(ask.product.text)};
  holds_[Id(ask.hold.text)] = what;
  slots_[what.slot].holds.insert(Id(ask.hold.text));
  ++stocks_[what.product].taken;
}

void Places::apply(const Seen& seen, const HoldConfirmed& ask) {
  const auto hold = holds_.find(Id(ask.hold.text));
  if (hold == holds_.end()) return;
  const Taken what = hold->second;
  touch(what.slot, what.product);
  if (!is_granted(seen)) return;
  end_hold(Id(ask.hold.text));
  unbook(Id(ask.appointment.text));
  book(Id(ask.appointment.text), what);
}

void Places::apply(const Seen&, const HoldReleaseRequested& ask) {
  end_hold(Id(ask.hold.text));
}

void Places::apply(const Seen&, const HoldEnded& said) {
  end_hold(Id(said.hold.text));
}

void Places::apply(const Seen&, const DoseReturned& ask) {
  const auto at = booked_.find(Id(ask.appointment.text));
  if (at == booked_.end() || !at->second.has_dose) return;
  at->second.has_dose = false;
  --stocks_[at->second.product].taken;
  touch(at->second.slot, at->second.product);
}

void Places::apply(const Seen&, const DoseTaken& ask) {
  const auto at = booked_.find(Id(ask.appointment.text));
  if (at == booked_.end() || at->second.has_dose) return;
  at->second.has_dose = true;
  ++stocks_[at->second.product].taken;
  touch(at->second.slot, at->second.product);
}

void Places::book(const Id& appointment, const Taken& what) {
  booked_[appointment] = what;
  slots_[what.slot].appointments.insert(appointment);
  ++stocks_[what.product].taken;
  touch(what.slot, what.product);
}

void Places::unbook(const Id& appointment) {
  const auto at = booked_.find(appointment);
  if (at == booked_.end()) return;
  touch(at->second.slot, at->second.product);
  slots_[at->second.slot].appointments.erase(appointment);
  if (at->second.has_dose) --stocks_[at->second.product].taken;
  booked_.erase(at);
}

void Places::end_hold(const Id& hold) {
  const auto at = holds_.find(hold);
  if (at == holds_.end()) return;
  touch(at->second.slot, at->second.product);
  slots_[at->second.slot].holds.erase(hold);
  --stocks_[at->second.product].taken;
  holds_.erase(at);
}

}  // namespace jari::timeline
