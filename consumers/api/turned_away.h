// consumers/api/turned_away.h — TurnedAway: what a partition refused without remembering it (429,
// 503 and 400 that stand in the log), by key, so that who was answered 202 can still ask why.
//
// A help, as KnownKeys: it forgets the oldest, and all of it when the process ends. The same key
// sent again is judged anew.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <deque>

#include <absl/container/flat_hash_map.h>

#include "consumers/api/call.h"
#include "consumers/api/known_keys.h"

namespace jari::api {

class TurnedAway {
 public:
  explicit TurnedAway(std::size_t keys_max) : keys_max_(keys_max) {}

  void remember(const Hash128& key, Refusal why) {
    const bool is_new = refusals_.insert_or_assign(key, std::move(why)).second;
    if (!is_new) return;
    order_.push_back(key);
    if (order_.size() <= keys_max_) return;
    refusals_.erase(order_.front());
    order_.pop_front();
  }
  /// nullptr: not turned away, or forgotten.
  [[nodiscard]] const Refusal* find(const Hash128& key) const {
    const auto at = refusals_.find(key);
    return at == refusals_.end() ? nullptr : &at->second;
  }

 private:
  std::size_t keys_max_;
  absl::flat_hash_map<Hash128, Refusal, LowBits> refusals_;
  std::deque<Hash128> order_;
};

}  // namespace jari::api
