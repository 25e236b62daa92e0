#include "consumers/timeline/order.h"

#include <map>
#include <tuple>

#include <absl/container/flat_hash_map.h>

namespace jari::timeline {
namespace {

/// What is left of each partition, and when the others were told.
struct Lines {
  std::map<PartitionRef, std::vector<const Seen*>> left;  // the next one last
  absl::flat_hash_map<At, std::size_t> told;              // counted from 1

  /// Whether all is told that its cause's partition had up to there.
  [[nodiscard]] bool is_ready(const Seen& one) const {
    const auto cause = one.cause();
    if (!cause) return true;
    const auto line = left.find(cause->where);
    return line == left.end() || line->second.empty() ||
           line->second.back()->at.offset > cause->offset;
  }

  /// The earliest that is ready; of several at one time what follows from the one told last.
  [[nodiscard]] auto rank(const Seen& one) const {
    const auto cause = one.cause() ? told.find(*one.cause()) : told.end();
    const auto since = static_cast<std::int64_t>(cause == told.end() ? 0 : cause->second);
    return std::tuple{!is_ready(one), one.time, -since};
  }

  std::vector<const Seen*>* next() {
    std::vector<const Seen*>* best = nullptr;
    for (auto& [where, line] : left) {
      if (line.empty()) continue;
      if (best == nullptr || rank(*line.back()) < rank(*best->back())) best = &line;
    }
    return best;
  }
};

}  // namespace

std::vector<const Seen*> in_order(std::vector<const Seen*> records) {
  std::sort(records.begin(), records.end(),
            [](const Seen* a, const Seen* b) { return a->at > b->at; });
  Lines lines;
  for (const Seen* one : records) lines.left[one->at.where].push_back(one);
  std::vector<const Seen*> order;
  while (auto* line = lines.next()) {
    order.push_back(line->back());
    lines.told.emplace(line->back()->at, order.size());
    line->pop_back();
  }
  return order;
}

}  // namespace jari::timeline
