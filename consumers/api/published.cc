#include "consumers/api/published.h"

#include <utility>

namespace jari::api {

Published::Found Published::find(CallPtr& call, const PublishedLimits& limits,
                                 std::uint64_t changes, milliseconds now) {
  const std::scoped_lock lock(mutex_);
  if (entries_.size() >= kCopiesMax && !entries_.contains(call->published_as)) {
    absl::erase_if(entries_, [](const auto& entry) { return !entry.second->is_asked; });
  }
  std::unique_ptr<Entry>& slot = entries_[call->published_as];
  if (slot == nullptr) slot = std::make_unique<Entry>();
  Entry& entry = *slot;
  const milliseconds age = now - entry.made;
  if (entry.copy != nullptr && entry.changes == changes && age < limits.same_age_max) {
    return {entry.copy, false};
  }
  if (now - entry.counts_from >= limits.age_max) {
    entry.counts_from = now;
    entry.renewals = 0;
  }
  const bool is_young = entry.copy != nullptr && age < limits.age_max;
  if (is_young && entry.renewals >= limits.renewals_max) return {entry.copy, false};
  if (entry.is_asked) {
    entry.waiting.push_back(std::move(call));
    return {nullptr, true};
  }
  entry.is_asked = true;
  ++entry.renewals;
  return {};
}

std::vector<CallPtr> Published::put(const Call& call, std::shared_ptr<const Copy> copy,
                                    milliseconds now) {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(call.published_as);
  if (at == entries_.end()) return {};
  Entry& entry = *at->second;
  entry.is_asked = false;
  std::vector<CallPtr> waiting = std::exchange(entry.waiting, {});
  if (copy == nullptr) {  // a refusal is not kept
    entries_.erase(at);
    return waiting;
  }
  entry.copy = std::move(copy);
  entry.changes = call.changes_seen;
  entry.made = now;
  return waiting;
}

}  // namespace jari::api
