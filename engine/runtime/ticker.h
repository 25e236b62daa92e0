// engine/runtime/ticker.h — what the clock's readings become: the time of the next tick, or an
// outage.
//
// A wall clock set back makes log time go on at half speed until it has caught up; one set forward
// is not believed until it has stood for a minute; a gap in which nothing ticked is an outage.
//
// Units:   ms.
// Errors:  none; what is odd about the clock is said in `alarm`.
// Threads: belongs to one node.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/runtime/clock.h"

namespace jari {

inline constexpr milliseconds kForwardStepMin{1'000};  // less is drift
inline constexpr milliseconds kBackwardStepMin{100};
inline constexpr milliseconds kForwardStepStands{60'000};
inline constexpr milliseconds kNeverStands = milliseconds::max();  // only confirm() makes it right

enum class ClockAlarm : std::uint8_t { None = 0, SetBack = 1, SetForward = 2 };
[[nodiscard]] std::string_view to_text(ClockAlarm alarm);

struct TickTime {
  Instant time;            // for the next tick
  bool is_outage = false;  // the gap to it, or the clock's step, is to be written as a TimeJump
  ClockAlarm alarm = ClockAlarm::None;
};

class Ticker {
 public:
  explicit Ticker(milliseconds outage, milliseconds stands = kForwardStepStands)
      : outage_(outage), stands_(stands) {}

  /// What the time is, given the newest log time of any partition. Never before `log_now`.
  [[nodiscard]] TickTime next(const ClockReading& reading, Instant log_now);
  /// An operator says that the clock's step forward is right.
  void confirm() { is_confirmed_ = step_.has_value(); }

 private:
  struct Step {             // a step forward that is not believed yet
    milliseconds ahead{0};  // of wall over since_boot
    milliseconds since_boot{0};
  };
  [[nodiscard]] Instant believed(const ClockReading& reading);
  [[nodiscard]] Instant slowed(const ClockReading& reading, Instant log_now);

  milliseconds outage_;
  milliseconds stands_;
  std::optional<milliseconds> offset_;  // wall - since_boot that we go by
  std::optional<Step> step_;
  struct Slow {
    Instant from;
    milliseconds since_boot{0};
  };
  std::optional<Slow> slow_;  // half speed since
  bool is_confirmed_ = false;
  bool is_step_taken_ = false;  // by the reading that was looked at last
};

}  // namespace jari
