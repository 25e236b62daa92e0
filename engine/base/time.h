// engine/base/time.h — Instant: a moment of log time; Day: a date that is only counted.
//
// Reads no clock. Decisions see only the Instant of the last Tick of their partition.
//
// Units:   Instant counts ms since the Unix epoch, UTC; Day counts days since 1970-01-01, 0 = not
// known. Errors:  parse_instant and parse_day give nothing for text that is not RFC 3339. Threads:
// plain values.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jari {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Instant {
  std::int64_t ms = 0;
  auto operator<=>(const Instant&) const = default;
};
inline Instant operator+(Instant at, milliseconds gap) {
  return {at.ms + gap.count()};
}
inline Instant operator-(Instant at, milliseconds gap) {
  return {at.ms - gap.count()};
}
inline milliseconds operator-(Instant a, Instant b) {
  return milliseconds{a.ms - b.ms};
}

/// Later than every moment that a request may name (9999-12-31T23:59:59.999Z).
inline constexpr Instant kNever{253402300799999};

struct Day {
  std::int32_t count = kNone;
  static constexpr std::int32_t kNone = 0;
  [[nodiscard]] bool is_known() const { return count != kNone; }
  auto operator<=>(const Day&) const = default;
};

/// `2021-07-12T11:00:00.000Z`, always with milliseconds.
[[nodiscard]] std::string to_text(Instant at);
void append_text(std::string& out, Instant at);
/// Takes any RFC 3339 date-time with an offset or Z, to the millisecond; years 1970 to 9999.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);
/// `2021-07-12`; an unknown day is the empty text.
[[nodiscard]] std::string to_text(Day day);
[[nodiscard]] std::optional<Day> parse_day(std::string_view text);

}  // namespace jari
