#include "engine/runtime/behind.h"

#include "engine/base/check.h"
#include "engine/runtime/node_parts.h"

namespace jari {

void Behind::drain(std::vector<NodeSlot>& slots, std::size_t bytes_expected) {
  rows_.reserve(bytes_expected);
  for (NodeSlot& slot : slots) {
    if (std::exchange(slot.is_drained, true)) continue;
    rows_.of(slot.where);
    PartitionPosition position;
    position.next_offset = slot.end;
    if (slot.partition) {
      slot.partition->store().drain(rows_);
      position = slot.partition->position();
    }
    positions_.emplace_back(&slot, position);
  }
}

void Behind::finish(const LogBatch& batch, StateDisk& disk) {
  step_chains(batch);
  applied_.clear();
  if (positions_.empty()) return;
  for (auto& [slot, position] : positions_) {
    if (slot->partition) slot->chain.fill(position);
    rows_.of(slot->where);
    put_position(rows_, position);
  }
  positions_.clear();
  disk.write(std::exchange(rows_, {}));
}

void Behind::step_chains(const LogBatch& batch) {
  CHECK(batch.sections.size() == applied_.size());
  for (std::size_t i = 0; i < applied_.size(); ++i) {
    const auto& [slot, records] = applied_[i];
    const LogSection& section = batch.sections[i];
    CHECK(section.where == slot->where);
    if (!slot->partition) continue;
    for (std::size_t at = 0; at < records; ++at) slot->chain.step(section.record(at));
  }
}

}  // namespace jari
