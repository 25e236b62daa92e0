// consumers/api/person_rate.h — PersonRate: how many requests each person has made in this second.
//
// Counts whole seconds: a person who waits for the next is never refused. Keeps who asked in this
// second, nobody longer.
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

class PersonRate {
 public:
  /// `most` in a second; 0: no bound.
  explicit PersonRate(std::uint32_t most) : most_(most) {}

  /// Counts one more; false where it is too many.
  [[nodiscard]] bool admits(std::string_view person, milliseconds now) {
    if (most_ == 0) return true;
    const auto second = std::chrono::floor<seconds>(now);
    if (second != second_) {
      second_ = second;
      counts_.clear();
    }
    return ++counts_[hash128(bytes_of(person)).low] <= most_;
  }

 private:
  std::uint32_t most_;
  seconds second_{-1};
  absl::flat_hash_map<std::uint64_t, std::uint32_t> counts_;
};

}  // namespace jari::api
