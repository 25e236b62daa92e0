// consumers/timeline/timeline.h — what happened to one person, ticket, slot, site or operator, line
// by line, from a log alone.
//
// Reads the log twice, and decides nothing. A request and what was decided of it are one line, and
// so are, of a site or a slot, what it was asked and what it answered. Of two that stood still or
// were slow, the one that caused the other comes first.
//
// Units:   times are log time, RFC 3339 in UTC.
// Errors:  what reading the log gives.
// Threads: one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "consumers/timeline/places.h"
#include "consumers/timeline/subject.h"

namespace jari::timeline {

struct Line {
  At at;
  Instant time;
  std::string_view type;  // as exported records have it
  std::optional<At> cause;
  std::string request;  // of what was asked, with the next three
  std::string by;
  std::string acting_for;
  std::string reason;
  std::string words;
  std::optional<At> decided_at;  // of a request: its outcome
  Decision decision = Decision::Unknown;
  Code code = Code::None;
  std::optional<At> answered_at;     // of what a site was asked
  std::optional<CountsAfter> after;  // of a site and of a slot
};

/// Every line there is; none of what is not in the log. `wait` waits a moment, for a log in Kafka.
[[nodiscard]] Result<std::vector<Line>> timeline(Log& log, const Subject& subject,
                                                 const std::function<void()>& wait);

/// `2026-11-26T09:00:01.250Z  queue/3@118  ticket 17 of moderna-2, place 17, asked by p1 (…)`.
[[nodiscard]] std::string to_text_line(const LogIdentity& identity, const Line& line);
/// The same as one JSON object.
[[nodiscard]] std::string to_json_line(const LogIdentity& identity, const Line& line);

}  // namespace jari::timeline
