// consumers/audit/moment.h — each partition's time, as its own ticks tell it.
//
// Units:   Moment::steady_ms counts log time without outages: what sessions, rights and holds end
// by. Errors:  none; a tick that does not count is passed over. Threads: one.
#pragma once

#include "consumers/audit/by_partition.h"

namespace jari::audit {

/// What the clock said, and how much of it were outages.
struct Moment {
  Instant now;
  std::int64_t outages_ms = 0;
  [[nodiscard]] std::int64_t steady_ms() const { return now.ms - outages_ms; }
};

class Clocks {
 public:
  explicit Clocks(const LogIdentity& identity)
      : outage_ms_(identity.outage_ms), owners_(identity) {}
  /// The partition's time once the record was applied.
  Moment pass(PartitionRef where, const Envelope& envelope);

 private:
  struct Owner {
    bool is_known = false;
    std::uint64_t epoch = 0;
    Hash128 process;
    Moment time;
  };
  std::uint32_t outage_ms_;
  ByPartition<Owner> owners_;
};

}  // namespace jari::audit
