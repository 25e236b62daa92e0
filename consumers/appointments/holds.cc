#include "consumers/appointments/holds.h"

namespace jari::appointments {

void Holds::begin(MadeId hold, HoldRow row) {
  CHECK(live_of({row.person, row.programme}).empty());
  row.state = HoldState::Live;
  // The site says when it ends; should it never say so, the row does not stay for ever.
  row.forget_at = {row.ends.ms + kKeepEndedHolds.count()};
  const HoldRow& kept = rows_.put(hold, row);
  live_.insert({kept.person.number, hold.number});
  ends_.insert({kept.forget_at, hold.number});
}

void Holds::end(MadeId hold, HoldState how, const LogTime& time) {
  const HoldRow* row = rows_.find(hold);
  if (row == nullptr || row->state != HoldState::Live) return;
  live_.erase({row->person.number, hold.number});
  ends_.erase({row->forget_at, hold.number});
  const Deadline forget_at = time.after(kKeepEndedHolds);
  rows_.change(hold, [&](HoldRow& changed) {
    changed.state = how;
    changed.forget_at = forget_at;
  });
  ends_.insert({forget_at, hold.number});
}

MadeId Holds::live_of(PersonProgramme whose) const {
  MadeId found;
  for_each_live(whose.person, [&](MadeId hold, const HoldRow& row) {
    if (row.programme == whose.programme) found = hold;
  });
  return found;
}

void Holds::sweep(const LogTime& time, std::uint32_t count) {
  for (; count > 0 && !ends_.empty() && time.is_over(ends_.begin()->forget_at); --count) {
    const MadeId hold{ends_.begin()->hold};
    live_.erase({rows_.find(hold)->person.number, hold.number});
    rows_.erase(hold);
    ends_.erase(ends_.begin());
  }
}

Instant Holds::next_deadline(const LogTime& time) const {
  return ends_.empty() ? kNever : time.at(ends_.begin()->forget_at);
}

void Holds::rebuild() {
  live_.clear();
  ends_.clear();
  rows_.for_each_unordered([&](const MadeId& hold, const HoldRow& row) {
    if (row.state == HoldState::Live) live_.insert({row.person.number, hold.number});
    ends_.insert({row.forget_at, hold.number});
  });
}

}  // namespace jari::appointments
