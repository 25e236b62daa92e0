// consumers/api/known_keys.h — KnownKeys: what content the door last saw with a key, whichever
// partition it went to.
//
// A help, no promise: it forgets the oldest, and all of it when the process ends. Partitions
// remember for certain.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <deque>

#include <absl/container/flat_hash_map.h>

#include "engine/base/hash.h"

namespace jari::api {

/// A hash is as good as any hash of it.
struct LowBits {
  std::size_t operator()(const Hash128& hash) const { return hash.low; }
};

class KnownKeys {
 public:
  explicit KnownKeys(std::size_t keys_max) : keys_max_(keys_max) {}

  /// Whether `key` was seen with another content.
  [[nodiscard]] bool is_reused(const Hash128& key, const Hash128& content) const {
    const auto at = contents_.find(key);
    return at != contents_.end() && at->second != content;
  }
  [[nodiscard]] bool has(const Hash128& key) const { return contents_.contains(key); }
  void remember(const Hash128& key, const Hash128& content) {
    const auto [at, is_new] = contents_.try_emplace(key, content);
    if (!is_new) return;
    order_.push_back(key);
    if (order_.size() <= keys_max_) return;
    contents_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::size_t keys_max_;
  absl::flat_hash_map<Hash128, Hash128, LowBits> contents_;
  std::deque<Hash128> order_;
};

}  // namespace jari::api
