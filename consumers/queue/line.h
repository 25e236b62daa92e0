// consumers/queue/line.h — which places of one queue wait: how many, how many before one, who next.
//
// Knows no tickets and no people; it is no state, but made again from the tables after loading.
//
// Units:   places count from 1; a bit and a sixteenth for each place.
// Errors:  none; a place beyond the last is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>
#include <vector>

namespace jari::queue {

using Place = std::uint32_t;  // 0: none

class Line {
 public:
  /// Forgets all: of the places up to `last`, those beyond `reached` wait.
  void reset(Place reached, Place last);
  /// One more stands at the end, and waits.
  void join();
  /// A place that was not waiting waits.
  void enter(Place place);
  /// A place that was waiting does no more.
  void leave(Place place);

  [[nodiscard]] Place last() const { return last_; }
  [[nodiscard]] std::uint32_t waiting() const { return waiting_; }
  [[nodiscard]] bool waits(Place place) const;
  /// How many wait at a lower place.
  [[nodiscard]] std::uint32_t ahead_of(Place place) const;
  /// The next that waits beyond `place`; 0 if nobody does.
  [[nodiscard]] Place next_after(Place place) const;

 private:
  void grow_to(Place last);
  void count(Place place, bool joins);
  [[nodiscard]] std::uint32_t in_blocks_before(std::size_t block) const;

  Place last_ = 0;
  std::uint32_t waiting_ = 0;
  std::vector<std::uint64_t> bits_;    // place - 1 is the bit
  std::vector<std::uint32_t> counts_;  // Fenwick tree over blocks of kWordsInBlock words
};

}  // namespace jari::queue
