#include "tests/sim/sim_disk.h"

#include <algorithm>
#include <limits>

#include "engine/runtime/following.h"
#include "engine/runtime/partition_rows.h"

namespace jari::sim {
namespace {

constexpr std::size_t kPrefixBytes = 4;  // topic, partition, table

/// What a position vouches for; the others are a node's own notes.
bool is_of_the_tables(std::uint8_t table) {
  return table != kPositionTable && table != kVoidTable && table != kGenesisTable;
}

std::uint8_t byte_of(const std::string& key, std::size_t at) {
  return static_cast<std::uint8_t>(key[at]);
}

}  // namespace

Result<void> SimDisk::load(const LoadVisit& visit) {
  for (const auto& [key, row] : rows_) {
    const PartitionRef where{byte_of(key, 0),
                             static_cast<PartitionNo>(byte_of(key, 1) << 8 | byte_of(key, 2))};
    const std::string_view rest = std::string_view(key).substr(kPrefixBytes);
    if (auto taken = visit(where, byte_of(key, 3), rest, row); !taken) return taken;
  }
  return {};
}

void SimDisk::write(StateBatch batch) {
  if (!is_full_) unflushed_.push_back(std::move(batch));
}

Result<void> SimDisk::flush() {
  flush_some(unflushed_.size());
  return health();
}

Result<void> SimDisk::clear() {
  rows_.clear();
  unflushed_.clear();
  durable_.clear();
  return {};
}

std::optional<Offset> SimDisk::durable(PartitionRef where) const {
  const auto place = durable_.find(where);
  return place == durable_.end() ? std::nullopt : std::optional(place->second);
}

Result<void> SimDisk::health() const {
  if (!is_full_) return {};
  return Error{ErrorCode::DiskFull, "the simulated disk is full"};
}

void SimDisk::flush_some(std::size_t batches) {
  for (; batches > 0 && !unflushed_.empty(); --batches) {
    take(unflushed_.front(), std::numeric_limits<std::size_t>::max());
    for (const auto& [where, next_offset] : unflushed_.front().places()) {
      durable_[where] = next_offset;
    }
    unflushed_.pop_front();
  }
}

/// The first of its rows.
void SimDisk::take(const StateBatch& batch, std::size_t rows) {
  batch.for_each([&](std::string_view key, const std::string_view* row) {
    if (rows == 0) return;
    --rows;
    if (row == nullptr) {
      rows_.erase(std::string(key));
    } else {
      rows_.insert_or_assign(std::string(key), std::string(*row));
    }
  });
}

void SimDisk::crash(Chance& chance) {
  flush_some(chance.below(unflushed_.size() + 1));
  lost_.reset();
  if (!unflushed_.empty()) lost_ = std::move(unflushed_.front());
  unflushed_.clear();
  durable_.clear();
  is_full_ = false;
}

bool SimDisk::tear(Chance& chance) {
  std::size_t rows = 0;
  if (lost_) lost_->for_each([&](std::string_view, const std::string_view*) { ++rows; });
  if (rows < 2) return false;
  take(*lost_, 1 + chance.below(rows - 1));
  lost_.reset();
  return true;
}

bool SimDisk::damage(Chance& chance) {
  if (rows_.empty()) return false;
  auto at = std::next(rows_.begin(), static_cast<std::ptrdiff_t>(chance.below(rows_.size())));
  while (at != rows_.end() && !is_of_the_tables(byte_of(at->first, 3))) ++at;
  if (at == rows_.end()) return false;
  if (at->second.empty() || chance.one_in(2)) {
    rows_.erase(at);
  } else {
    at->second[chance.below(at->second.size())] ^= 1;
  }
  return true;
}

}  // namespace jari::sim
