// consumers/timeline/words.h — what a record says, in words for whoever has to read a log at night.
//
// Reads, decides nothing.
//
// Units:   times RFC 3339 in UTC; lengths in seconds.
// Errors:  none; a record of a type that is not known is named by its number.
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "consumers/timeline/kept.h"

namespace jari::timeline {

/// What is known of a record besides what it says.
struct Aside {
  Instant time;                        // that it was applied at
  const Outcome* outcome = nullptr;    // of a request
  bool is_repeat = false;              // of a request: its key had been used before
  std::optional<std::uint64_t> place;  // of a ticket
  const Seen* answer = nullptr;        // of what a site was asked
};

/// One line, without time and place, who asked and why.
[[nodiscard]] std::string words_of(const Seen& seen, const Aside& aside);

}  // namespace jari::timeline
