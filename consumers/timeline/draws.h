// consumers/timeline/draws.h — Draws: the places that pre-queues were drawn to, computed from what
// was revealed: also of tickets that nobody has admitted yet.
//
// Notes the settings and the draws in a first reading of a log, and in a second how many tickets
// there were when the pre-queue closed.
//
// Units:   tickets and places count from 1.
// Errors:  none.
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_set.h>

#include "consumers/timeline/kept.h"

namespace jari::timeline {

class Draws {
 public:
  /// The first reading.
  void note(const Seen& seen);
  /// The second one.
  void count(const Seen& seen);
  /// After both. Nothing: the queue was not drawn.
  [[nodiscard]] std::optional<std::uint64_t> place_of(std::string_view queue,
                                                      std::uint64_t ticket) const;

 private:
  struct Revealed {
    std::string seed;
    std::string beacon;
  };
  struct Queue {
    std::map<At, Instant> closes;     // of its pre-queue, as settings say
    std::map<At, Revealed> revealed;  // in requests
    std::uint64_t tickets = 0;        // given before it closed
  };
  template <class T>
  [[nodiscard]] const T* newest_granted(const std::map<At, T>& all) const;

  std::map<std::string, Queue, std::less<>> queues_;
  absl::flat_hash_set<At> granted_;
};

}  // namespace jari::timeline
