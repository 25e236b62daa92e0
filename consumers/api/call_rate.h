// consumers/api/call_rate.h — CallRate: how many calls each caller has made in this second.
//
// Counts whole seconds: who waits for the next is never refused. Keeps who called in this second,
// nobody longer. A caller is a person, or an address.
//
// Units:   milliseconds of a clock that only rises.
// Errors:  none.
// Threads: one.
#pragma once

#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "engine/base/hash.h"
#include "engine/base/time.h"

namespace jari::api {

class CallRate {
 public:
  /// `most` in a second; 0: no bound.
  explicit CallRate(std::uint32_t most) : most_(most) {}

  /// Counts one more; false where it is too many.
  [[nodiscard]] bool admits(std::string_view caller, milliseconds now) {
    if (most_ == 0) return true;
    const auto second = std::chrono::floor<seconds>(now);
    if (second != second_) {
      second_ = second;
      counts_.clear();
    }
    return ++counts_[hash128(bytes_of(caller)).low] <= most_;
  }

 private:
  std::uint32_t most_;
  seconds second_{-1};
  absl::flat_hash_map<std::uint64_t, std::uint32_t> counts_;
};

}  // namespace jari::api
