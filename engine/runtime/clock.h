// engine/runtime/clock.h — the port Clock: the one place where the outside's time comes in.
//
// Nobody below the nodes reads it: decisions see only what became a record.
//
// Units:   wall is UTC in ms; since_boot counts on while the machine sleeps, and is never set.
// Errors:  none.
// Threads: read() from any.
#pragma once

#include "engine/base/time.h"

namespace jari {

struct ClockReading {
  Instant wall;
  milliseconds since_boot{0};
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual ClockReading read() const = 0;
};

}  // namespace jari
