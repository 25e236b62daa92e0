// A CHECK in apply: what led there is made durable, a marker says where, then the process ends.

#include "engine/runtime/node.h"

namespace jari {
namespace {

void drop_last(LogSection& section) {
  section.ends.pop_back();
  const std::size_t end = section.ends.empty() ? 0 : section.ends.back();
  section.bytes.resize((end + 7) / 8 * 8);
}

}  // namespace

void Node::on_check(void* self, std::string_view what) noexcept {
  Node& node = *static_cast<Node*>(self);
  const Slot* slot = node.applying_;
  if (slot == nullptr) return;  // not while a record was applied: nothing to stop before
  node.commit_what_led_here();
  node.options_.leave_marker({slot->where, slot->partition->next_offset(), std::string(what)});
}

// The batch up to and with the record, without what the record itself had begun to say: so a replay
// meets it again, and nothing that others were promised is lost.
void Node::commit_what_led_here() {
  for (auto said = said_to_.rbegin(); said != said_to_.rend(); ++said) drop_last((*said)->section);
  LogBatch batch;
  for (Slot& slot : slots_) {
    if (slot.section.count() > 0) batch.sections.push_back(slot.section);
  }
  if (batch.sections.empty()) return;
  log_.append(std::move(batch), [](const Result<void>&) {});
  log_.flush();
}

}  // namespace jari
