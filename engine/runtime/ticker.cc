#include "engine/runtime/ticker.h"

#include <algorithm>

namespace jari {

std::string_view to_text(ClockAlarm alarm) {
  switch (alarm) {
    case ClockAlarm::None:
      return "none";
    case ClockAlarm::SetBack:
      return "clock-set-back";
    case ClockAlarm::SetForward:
      return "clock-set-forward";
  }
  return "unknown";
}

/// The wall clock's time, unless it has just been set forward: then as if it had not.
Instant Ticker::believed(const ClockReading& reading) {
  const milliseconds offset{reading.wall.ms - reading.since_boot.count()};
  is_step_taken_ = false;
  if (!offset_ || offset < *offset_ + kForwardStepMin) {
    offset_ = offset;  // the first reading, drift, or a step back, which next() slows down
    step_.reset();
    return reading.wall;
  }
  const bool is_another =
      !step_ || offset > step_->ahead + kForwardStepMin || offset + kForwardStepMin < step_->ahead;
  if (is_another) step_ = Step{offset, reading.since_boot};
  if (is_confirmed_ || reading.since_boot - step_->since_boot >= stands_) {
    offset_ = offset;
    step_.reset();
    is_confirmed_ = false;
    is_step_taken_ = true;
    return reading.wall;
  }
  return Instant{reading.since_boot.count() + offset_->count()};
}

Instant Ticker::slowed(const ClockReading& reading, Instant log_now) {
  const auto half_speed = [&] {
    return slow_->from + (reading.since_boot - slow_->since_boot) / 2;
  };
  // Another node may have told more time meanwhile: then it goes on from there.
  if (!slow_ || half_speed() < log_now) slow_ = Slow{log_now, reading.since_boot};
  return half_speed();
}

TickTime Ticker::next(const ClockReading& reading, Instant log_now) {
  TickTime tick;
  const Instant wall = believed(reading);
  if (step_) tick.alarm = ClockAlarm::SetForward;
  if (wall < log_now) {
    if (log_now - wall > kBackwardStepMin) tick.alarm = ClockAlarm::SetBack;
    tick.time = slowed(reading, log_now);
    return tick;
  }
  slow_.reset();
  tick.time = wall;
  tick.is_outage = is_step_taken_ || wall - log_now > outage_;
  return tick;
}

}  // namespace jari
