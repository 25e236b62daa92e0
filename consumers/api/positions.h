// consumers/api/positions.h — Jari-Position: the places of a log that an answer is true at, as
// text.
//
// Opaque to whoever carries it; knows nothing of what was read there.
//
// Units:   next_offset: all before it has been seen.
// Errors:  parse gives nothing for what is no position, or one of another log.
// Threads: plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <absl/container/inlined_vector.h>

#include "engine/log/log.h"

namespace jari::api {

inline constexpr std::size_t kPositionTextMax = 200;
inline constexpr std::size_t kPlacesTextMax = 400;  // of a page of changes

/// The places touched, each partition once.
using Places = absl::InlinedVector<LogPlace, 2>;

/// The place goes in; of two of one partition the later stays.
void add_place(Places& places, LogPlace place);

/// Places beyond what `chars_max` holds are left out: the text then promises less, never more.
[[nodiscard]] std::string places_text(const LogIdentity& log, std::span<const LogPlace> places,
                                      std::size_t chars_max);
[[nodiscard]] inline std::string position_text(const LogIdentity& log, const Places& places) {
  return places_text(log, places, kPositionTextMax);
}
[[nodiscard]] std::optional<Places> parse_places(const LogIdentity& log, std::string_view text);

}  // namespace jari::api
