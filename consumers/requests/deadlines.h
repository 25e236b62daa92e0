// consumers/requests/deadlines.h — what ends when: by deadline, and of one deadline by key.
//
// Many end at one moment: all that was decided between two ticks. They are kept in one list, which
// is put in order only once its time has come. An index: made again after loading.
//
// Units:   Deadline is log time without outages.
// Errors:  removing what is not there, and asking an empty one, are CHECKs.
// Threads: belongs to one partition worker.
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

#include <absl/container/btree_map.h>

#include "engine/base/check.h"
#include "engine/runtime/consumer.h"

namespace jari::requests {

template <class Key>
class Deadlines {
 public:
  void add(Deadline at, const Key& key) {
    Bucket& its = bucket_at(at);
    its.is_in_order = its.is_in_order && its.next == its.keys.size();
    its.keys.push_back(key);
  }

  /// Before its time, which seldom happens: it is only noted.
  void remove(Deadline at, const Key& key) {
    const auto found = buckets_.find(at);
    CHECK(found != buckets_.end());
    Bucket& its = found->second;
    its.removed.push_back(key);
    if (its.removed.size() * 2 >= its.left()) its.settle();
    if (its.left() == 0) buckets_.erase(found);
  }

  [[nodiscard]] bool empty() const { return buckets_.empty(); }
  /// The first deadline of all.
  [[nodiscard]] Deadline first_at() const {
    CHECK(!empty());
    return buckets_.begin()->first;
  }
  /// Takes out what ends first.
  Key take_first() {
    CHECK(!empty());
    const auto first = buckets_.begin();
    Bucket& its = first->second;
    if (!its.is_in_order || !its.removed.empty()) its.settle();
    const Key key = its.keys[its.next++];
    if (its.left() == 0) buckets_.erase(first);
    return key;
  }
  void clear() { buckets_.clear(); }

 private:
  struct Bucket {
    std::vector<Key> keys;     // those before `next` have been taken
    std::vector<Key> removed;  // of keys
    std::size_t next = 0;
    bool is_in_order = true;

    [[nodiscard]] std::size_t left() const { return keys.size() - next; }
    /// In order, and without what was removed.
    void settle() {
      const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(next);
      std::sort(begin, keys.end());
      std::sort(removed.begin(), removed.end());
      std::vector<Key> rest;
      rest.reserve(left());
      std::set_difference(begin, keys.end(), removed.begin(), removed.end(),
                          std::back_inserter(rest));
      CHECK(rest.size() + removed.size() == left());
      keys = std::move(rest);
      removed.clear();
      next = 0;
      is_in_order = true;
    }
  };

  Bucket& bucket_at(Deadline at) {
    if (!buckets_.empty()) {
      const auto last = std::prev(buckets_.end());
      if (last->first == at) return last->second;
    }
    return buckets_[at];
  }

  absl::btree_map<Deadline, Bucket> buckets_;  // none is empty
};

}  // namespace jari::requests
