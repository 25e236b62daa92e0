// tests/bench/draws.h — numbers that look random and are the same in every run, evenly or by Zipf.
//
// Errors:  none.
// Threads: one for each.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace jari::bench {

/// SplitMix64 (Steele, Lea, Flood 2014): also a good mix of a single number.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15ULL;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
  return number ^ (number >> 31);
}

/// Which of `count` things the n-th caller wants: evenly, or rank r with a weight of 1 / r^s.
class Draws {
 public:
  explicit Draws(std::size_t count, double zipf = 0) {
    double sum = 0;
    for (std::size_t rank = 1; rank <= count; ++rank) {
      sum += std::pow(static_cast<double>(rank), -zipf);
      sums_.push_back(sum);
    }
  }
  [[nodiscard]] std::size_t of(std::uint64_t caller) const {
    constexpr double kSteps = 9007199254740992.0;  // 2^53: what a double tells apart
    const double draw = static_cast<double>(mixed(caller) >> 11) / kSteps * sums_.back();
    const auto at = std::upper_bound(sums_.begin(), sums_.end(), draw);
    return std::min(static_cast<std::size_t>(at - sums_.begin()), sums_.size() - 1);
  }

 private:
  std::vector<double> sums_;  // of the weights
};

}  // namespace jari::bench
