#include "engine/store/small_index.h"

#include <algorithm>
#include <utility>

namespace jari {
namespace {

constexpr std::size_t kEntriesMin = 4;

// At most four of five entries are used, and then half as many more are made: three to five.
constexpr bool is_full(std::size_t used, std::size_t all) {
  return used * 5 >= all * 4;
}

}  // namespace

void SmallIndex::add(std::uint64_t hash, std::uint32_t value) {
  CHECK(value != 0);
  Shard& shard = shard_of(hash);
  if (is_full(shard.used + 1, shard.entries.size())) shard.grow();
  shard.put({mark_of(hash), value});
  ++shard.used;
  ++size_;
}

std::size_t SmallIndex::bytes() const {
  std::size_t bytes = sizeof *this;
  for (const Shard& shard : shards_) bytes += shard.entries.capacity() * sizeof(Entry);
  return bytes;
}

void SmallIndex::clear() {
  shards_ = {};
  size_ = 0;
}

void SmallIndex::Shard::put(Entry entry) {
  std::size_t at = home(entry.mark);
  while (entries[at].value != 0) at = after(at);
  entries[at] = entry;
}

// Homes keep their order, so that both are walked from their beginning.
void SmallIndex::Shard::grow() {
  std::vector<Entry> had(std::max(kEntriesMin, entries.size() + entries.size() / 2));
  had.swap(entries);
  for (const Entry& entry : had) {
    if (entry.value != 0) put(entry);
  }
}

/// What stands behind the hole and whose home is not behind it moves up.
void SmallIndex::Shard::close(std::size_t hole) {
  for (std::size_t at = after(hole); entries[at].value != 0; at = after(at)) {
    const std::size_t its = home(entries[at].mark);
    const bool is_behind = hole < at ? hole < its && its <= at : hole < its || its <= at;
    if (is_behind) continue;
    entries[hole] = entries[at];
    hole = at;
  }
  entries[hole] = {};
  --used;
}

}  // namespace jari
