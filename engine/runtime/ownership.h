// engine/runtime/ownership.h — which partition a node should claim next, so that all are spread
// evenly over the nodes that live.
//
// Looks at nothing but who speaks for what; every claim that it names makes the spread more even,
// so nodes that ask it in turns come to rest.
//
// Errors:  none.
// Threads: free functions.
#pragma once

#include <optional>
#include <span>

#include "engine/record/envelope.h"

namespace jari {

/// A partition, and the process that speaks for it.
struct OwnedPartition {
  PartitionRef where;
  Hash128 process;
};

/// First even within each topic, then over all. Nothing: `self` has its share.
[[nodiscard]] std::optional<PartitionRef> next_to_claim(std::span<const OwnedPartition> all,
                                                        const Hash128& self);

}  // namespace jari
