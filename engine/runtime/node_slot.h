// engine/runtime/node_slot.h — a partition, or a sink, in a node: where it stands, and its share of
// the open batch.
//
// Private to engine/runtime/.
//
// Units:   Instant is log time.
// Errors:  none.
// Threads: belongs to the node's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/runtime/partition.h"

namespace jari {

struct NodeSlot {
  PartitionRef where;
  std::unique_ptr<Partition> partition;  // nullptr: a sink
  Offset loaded = 0;                     // next_offset of the state that was on disk at the start
  Offset end = 0;                        // next_offset of the log, without the open batch
  LogSection section;                    // of the open batch
  LogSection spare;                      // room for the next one
  std::size_t applied = 0;               // records of the section that are applied
  RecordChain chain;                     // of what is committed; of whoever commits
  std::size_t requests = 0;              // appended to the section
  bool is_drained = true;                // nothing was committed since its rows were drained
  std::optional<std::string> parked;     // why it stands still
  Instant ticked;                        // time of the newest tick appended
  Instant acked;                         // when Acks for what it read were last looked at
};

}  // namespace jari
