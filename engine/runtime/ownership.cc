#include "engine/runtime/ownership.h"

#include <map>
#include <string>

namespace jari {
namespace {

/// Another order for each process: two that join at once begin with different partitions.
Hash128 rank_of(const Hash128& self, PartitionRef where) {
  std::string bytes(reinterpret_cast<const char*>(&self), sizeof self);
  bytes.push_back(static_cast<char>(where.topic));
  bytes.push_back(static_cast<char>(where.partition >> 8));
  bytes.push_back(static_cast<char>(where.partition & 0xff));
  return hash128(bytes_of(bytes));
}

}  // namespace

std::optional<PartitionRef> next_to_claim(std::span<const OwnedPartition> all,
                                          const Hash128& self) {
  std::map<Hash128, std::size_t> total;
  std::map<std::pair<TopicNo, Hash128>, std::size_t> of_topic;
  for (const OwnedPartition& one : all) {
    ++total[one.process];
    ++of_topic[{one.where.topic, one.process}];
  }
  std::optional<PartitionRef> best;
  for (const OwnedPartition& one : all) {
    if (one.process == self) continue;
    const std::size_t theirs = of_topic[{one.where.topic, one.process}];
    const std::size_t ours = of_topic[{one.where.topic, self}];
    const bool is_more_even =
        theirs > ours + 1 || (theirs == ours + 1 && total[one.process] > total[self] + 1);
    if (!is_more_even) continue;
    if (!best || rank_of(self, one.where) < rank_of(self, *best)) best = one.where;
  }
  return best;
}

}  // namespace jari
