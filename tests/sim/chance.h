// tests/sim/chance.h — Chance: all that a simulated world leaves to luck, drawn from one seed.
//
// SplitMix64 (Steele, Lea, Flood 2014): the same numbers with every compiler and library.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/hash.h"

namespace jari::sim {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
  }
  /// 0 to end - 1; 0 where there is nothing to draw from.
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : next() % end; }
  /// Both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// 0: never.
  bool one_in(std::uint64_t many) { return many != 0 && below(many) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  Hash128 hash() {
    Hash128 drawn;
    drawn.low = next();
    drawn.high = next();
    return drawn;
  }

 private:
  std::uint64_t state_;
};

}  // namespace jari::sim
