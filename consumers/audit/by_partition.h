// consumers/audit/by_partition.h — one T for each partition of a log, found by its number.
//
// Errors:  a partition that the log does not have is a CHECK.
// Threads: one.
#pragma once

#include <vector>

#include "engine/base/check.h"
#include "engine/log/log.h"

namespace jari::audit {

template <class T>
class ByPartition {
 public:
  explicit ByPartition(const LogIdentity& identity) {
    for (const auto& topic : identity.topics) all_.emplace_back(topic.partitions);
  }
  [[nodiscard]] bool has(PartitionRef where) const {
    return where.topic < all_.size() && where.partition < all_[where.topic].size();
  }
  [[nodiscard]] T& operator[](PartitionRef where) {
    CHECK(has(where));
    return all_[where.topic][where.partition];
  }
  [[nodiscard]] const T& operator[](PartitionRef where) const {
    CHECK(has(where));
    return all_[where.topic][where.partition];
  }
  /// Calls visit(where, one) for each, in order.
  template <class Visit>
  void for_each(Visit&& visit) {
    for_each_in(all_, visit);
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for_each_in(all_, visit);
  }

 private:
  template <class All, class Visit>
  static void for_each_in(All& all, Visit& visit) {
    for (std::size_t topic = 0; topic < all.size(); ++topic) {
      for (std::size_t partition = 0; partition < all[topic].size(); ++partition) {
        visit(PartitionRef{static_cast<TopicNo>(topic), static_cast<PartitionNo>(partition)},
              all[topic][partition]);
      }
    }
  }

  std::vector<std::vector<T>> all_;
};

}  // namespace jari::audit
