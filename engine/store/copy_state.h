// engine/store/copy_state.h — a copy of the state that a node has written behind, made beside it
// while it runs.
//
// The copy is of one moment: whole batches, none that came later. It is a state of its own, as
// open_state_disk() opens it.
//
// Errors:  NotFound where there is no state, InUse for a place that has one already, Io and
//          DiskFull from the vendor.
// Threads: any.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/store/state_disk.h"

namespace jari {

/// From `data`/state into `into`/state, which must not exist yet.
[[nodiscard]] Result<void> copy_state(const std::string& data, const std::string& into);

/// What stands in `data`/state of one partition. Nothing is changed there.
[[nodiscard]] Result<StateBatch> read_state(const std::string& data, PartitionRef where);

}  // namespace jari
