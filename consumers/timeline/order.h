// consumers/timeline/order.h — records of several partitions in one order: by log time, each
// partition in its own order, and a cause before what it caused.
//
// The partitions' times differ by some milliseconds, so that an effect may have an earlier time
// than its cause; it is told after it all the same.
//
// Errors:  none; where causes go round, as in no log, time decides.
// Threads: pure.
#pragma once

#include <vector>

#include "consumers/timeline/kept.h"

namespace jari::timeline {

[[nodiscard]] std::vector<const Seen*> in_order(std::vector<const Seen*> records);

}  // namespace jari::timeline
