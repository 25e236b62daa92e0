// engine/runtime/behind.h — what a node leaves to the thread that commits: the chains of what was
// applied, and the rows that go to the state once their commit is durable.
//
// Private to engine/runtime/. Nothing that anybody waits for.
//
// Errors:  none.
// Threads: filled by the node's thread while no commit is in flight, finished by the log's.
#pragma once

#include <utility>
#include <vector>

#include "engine/runtime/node_slot.h"
#include "engine/store/state_disk.h"

namespace jari {

class Behind {
 public:
  /// Of the next section of the batch that is about to be committed, so many records were applied:
  /// all, but where its partition is parked.
  void applied(NodeSlot& slot, std::size_t records) { applied_.emplace_back(&slot, records); }
  /// What has changed in the slots that were not drained since their last commit: a row that many
  /// batches change is written once.
  void drain(std::vector<NodeSlot>& slots, std::size_t bytes_expected);

  /// The batch is durable.
  void finish(const LogBatch& batch, StateDisk& disk);

 private:
  void step_chains(const LogBatch& batch);

  std::vector<std::pair<NodeSlot*, std::size_t>> applied_;
  StateBatch rows_;
  std::vector<std::pair<NodeSlot*, PartitionPosition>> positions_;  // of rows_, without chains
};

}  // namespace jari
