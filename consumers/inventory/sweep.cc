#include "consumers/inventory/sweep.h"

#include <algorithm>

namespace jari::inventory {

void Sweep::on_tick(Context& context) {
  state_.requests.sweep(context.time(), kRequestsForgottenMax);
  end_holds(context);
  tell(context);
}

void Sweep::end_holds(Context& context) {
  const LogTime time = context.time();
  for (std::uint32_t i = 0; i < kHoldsMax; ++i) {
    const auto due = state_.holds.first_due(time);
    if (!due) return;
    const HoldRow row = *state_.holds.find(*due);
    const SlotKey slot{row.site, row.slot};
    const bool is_told = row.ended != HoldEnd::Unknown;
    const bool stood = stands(row, *state_.counts.slot(slot));
    const HoldEnd why = stood ? HoldEnd::Expired : HoldEnd::Withdrawn;
    if (stood) state_.counts.unhold(slot, row.product);
    if (is_told || tell_ended(*due, row.person, why, context)) {
      state_.holds.remove(*due);
    } else {
      state_.holds.owe(*due, why);
    }
    state_.expect_balance(slot);
  }
}

// By group: a partition that has no room is passed over, and keeps its own for later.
void Sweep::tell(Context& context) {
  std::uint32_t left = kNoticesMax;
  for (auto owed = state_.holds.first_owed(0); owed && left > 0;) {
    const PartitionNo group = owed->partition();
    const bool is_told = tell_owed(*owed, context);
    if (is_told) --left;
    if (!is_told && group == kLastGroup) break;
    owed = state_.holds.first_owed(static_cast<PartitionNo>(is_told ? group : group + 1));
  }
  for (auto untold = state_.withdrawals.first(0); untold && left > 0;) {
    const PartitionNo group = std::max(untold->hold.partition(), untold->appointment.partition());
    const bool is_told = tell_withdrawn(*untold, context);
    if (is_told) --left;
    if (!is_told && group == kLastGroup) break;
    untold = state_.withdrawals.first(static_cast<PartitionNo>(is_told ? group : group + 1));
  }
}

bool Sweep::tell_ended(MadeId hold, Name person, HoldEnd why, Context& context) {
  const std::string_view who = state_.store.names().text(person);
  const PartitionRef home = context.home_of(kBookingsTopic, who);
  if (!context.has_room(home)) return false;
  const std::string id = hold_text(hold);
  const HoldEnded ended{HoldId{id}, PersonId{who}, why};
  context.emit(home, encoder_.body_of(ended));
  return true;
}

bool Sweep::tell_owed(MadeId hold, Context& context) {
  const HoldRow& row = *state_.holds.find(hold);
  if (!tell_ended(hold, row.person, row.ended, context)) return false;
  state_.holds.remove(hold);
  return true;
}

bool Sweep::tell_withdrawn(const Untold& untold, Context& context) {
  const Names& names = state_.store.names();
  if (!untold.hold.empty()) {
    const HoldRow& row = *state_.holds.find(untold.hold);
    if (!tell_ended(untold.hold, row.person, HoldEnd::Withdrawn, context)) return false;
    state_.holds.told_withdrawn(untold.hold);
    state_.expect_balance(untold.slot);
    return true;
  }
  const ReservationKey key{untold.appointment, untold.slot.site};
  const std::string_view person = names.text(state_.reservations.find(key)->person);
  const PartitionRef home = context.home_of(kBookingsTopic, person);
  if (!context.has_room(home)) return false;
  const std::string id = appointment_text(untold.appointment);
  const AppointmentWithdrawn withdrawn{AppointmentId{id}, PersonId{person},
                                       SiteId{names.text(untold.slot.site)},
                                       SlotId{names.text(untold.slot.slot)}};
  context.emit(home, encoder_.body_of(withdrawn));
  state_.reservations.remove(key);
  state_.expect_balance(untold.slot);
  return true;
}

Instant Sweep::next_deadline(const LogTime& time) const {
  if (!state_.withdrawals.empty()) return time.now;
  return std::min(state_.holds.next_deadline(time), state_.requests.next_deadline(time));
}

}  // namespace jari::inventory
