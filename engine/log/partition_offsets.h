// engine/log/partition_offsets.h — one offset for each partition of a log, found without hashing.
//
// Errors:  asking for a partition that the log does not have is a CHECK; ask has() first.
// Threads: a plain value.
#pragma once

#include <vector>

#include "engine/base/check.h"
#include "engine/log/log.h"

namespace jari {

class PartitionOffsets {
 public:
  PartitionOffsets() = default;
  explicit PartitionOffsets(const LogIdentity& identity) {
    for (const auto& topic : identity.topics) {
      starts_.push_back(offsets_.size());
      offsets_.resize(offsets_.size() + topic.partitions, 0);
    }
    starts_.push_back(offsets_.size());
  }

  [[nodiscard]] bool has(PartitionRef where) const {
    return where.topic + std::size_t{1} < starts_.size() &&
           where.partition < starts_[where.topic + std::size_t{1}] - starts_[where.topic];
  }
  [[nodiscard]] Offset& operator[](PartitionRef where) { return offsets_[index_of(where)]; }
  [[nodiscard]] Offset operator[](PartitionRef where) const { return offsets_[index_of(where)]; }

  /// In the order of LogIdentity::partitions().
  [[nodiscard]] const std::vector<Offset>& all() const { return offsets_; }
  void set_all(std::vector<Offset> offsets) {
    CHECK(offsets.size() == offsets_.size());
    offsets_ = std::move(offsets);
  }

 private:
  [[nodiscard]] std::size_t index_of(PartitionRef where) const {
    CHECK(has(where));
    return starts_[where.topic] + where.partition;
  }
  std::vector<std::size_t> starts_;  // of each topic, and one for the end
  std::vector<Offset> offsets_;
};

}  // namespace jari
