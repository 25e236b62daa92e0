#include "consumers/audit/arrivals.h"

#include <utility>

namespace jari::audit {

Arrivals::Arrivals(const LogIdentity& identity)
    : identity_(identity),
      found_(identity),
      desk_{identity_, opener_.names(), found_},
      clocks_(identity),
      streams_(desk_),
      ends_(identity) {}

void Arrivals::look(Block& block, std::size_t first) {
  opener_.open(block, first, [this](Seen& seen, const Opened& opened) { place(seen, opened); });
}

void Arrivals::place(Seen& seen, const Opened& opened) {
  const PartitionRef where = seen.at.where;
  if (seen.is_record) seen.time = clocks_.pass(where, opened.envelope);
  found_.add_record(seen.at, seen.time.now);
  const Offset next = std::exchange(ends_[where], seen.at.offset + 1);
  const bool may_begin_later = next == 0 && identity_.topics[where.topic].is_sink;
  desk_.expect(seen.at.offset == next || may_begin_later, Rule::I8, seen.at, [&] {
    return "offset " + std::to_string(next) + " was next: a record is missing or doubled";
  });
  if (seen.is_record) seen.is_applied = streams_.look(seen, opened);
}

void Arrivals::finish(Report& report) {
  tell(report);
  streams_.finish(ends_, report);
}

}  // namespace jari::audit
