#include "consumers/appointments/rights.h"

#include <limits>

namespace jari::appointments {

void Rights::give(MadeId lost, PersonProgramme whose, Deadline ends) {
  CHECK(!rows_.contains(lost));  // an appointment is lost once
  const RightRow& row = rows_.put(lost, {whose.person, whose.programme, ends});
  ends_.insert({ends, lost.number});
  of_person_.insert(place_of(lost, row));
}

MadeId Rights::first_live(PersonProgramme whose, const LogTime& time) const {
  const Deadline over{time.now.ms - time.outages.count()};
  const auto at = of_person_.upper_bound({whose.person.number,
                                          whose.programme.number,
                                          {over, std::numeric_limits<std::uint64_t>::max()}});
  const bool is_theirs = at != of_person_.end() && at->person == whose.person.number &&
                         at->programme == whose.programme.number;
  return is_theirs ? MadeId{at->end.lost} : MadeId{};
}

std::optional<Deadline> Rights::last_end(PersonProgramme whose, const LogTime& time) const {
  auto at = of_person_.upper_bound({whose.person.number,
                                    whose.programme.number,
                                    {Deadline{std::numeric_limits<std::int64_t>::max()}, 0}});
  if (at == of_person_.begin()) return std::nullopt;
  --at;
  const bool is_theirs =
      at->person == whose.person.number && at->programme == whose.programme.number;
  if (!is_theirs || time.is_over(at->end.at)) return std::nullopt;
  return at->end.at;
}

void Rights::use_up(MadeId lost) {
  if (const RightRow* row = rows_.find(lost); row != nullptr) erase(lost, RightRow{*row});
}

void Rights::sweep(const LogTime& time, std::uint32_t count) {
  for (; count > 0 && !ends_.empty() && time.is_over(ends_.begin()->at); --count) {
    const MadeId lost{ends_.begin()->lost};
    erase(lost, RightRow{*rows_.find(lost)});
  }
}

Instant Rights::next_deadline(const LogTime& time) const {
  return ends_.empty() ? kNever : time.at(ends_.begin()->at);
}

void Rights::rebuild() {
  ends_.clear();
  of_person_.clear();
  rows_.for_each_unordered([&](const MadeId& lost, const RightRow& row) {
    ends_.insert({row.ends, lost.number});
    of_person_.insert(place_of(lost, row));
  });
}

void Rights::erase(MadeId lost, const RightRow& row) {
  ends_.erase({row.ends, lost.number});
  of_person_.erase(place_of(lost, row));
  rows_.erase(lost);
}

}  // namespace jari::appointments
