// tests/sim/sim_clock.h — SimClock: the outside's time, which passes only when it is told to, and
// whose wall may be set.
//
// Units:   ms.
// Errors:  none.
// Threads: one.
#pragma once

#include "engine/runtime/clock.h"

namespace jari::sim {

class SimClock final : public Clock {
 public:
  explicit SimClock(Instant wall) : wall_(wall) {}
  [[nodiscard]] ClockReading read() const override { return {wall_, since_boot_}; }

  void pass(milliseconds gap) {
    wall_ = wall_ + gap;
    since_boot_ += gap;
    passed_ += gap;
  }
  /// Somebody sets the wall clock; nothing has passed.
  void set(milliseconds by) { wall_ = wall_ + by; }
  void boot() { since_boot_ = milliseconds{1'000}; }
  /// Time that has really passed.
  [[nodiscard]] milliseconds passed() const { return passed_; }

 private:
  Instant wall_;
  milliseconds since_boot_{50'000};
  milliseconds passed_{0};
};

}  // namespace jari::sim
