// consumers/queue/draw.h — the order that a pre-queue's draw gives its tickets: a permutation by
// key, computed place by place, as schemas/openapi.yaml says byte for byte.
//
// Keeps no list of places. Ten million tickets cost 160 KB, filled as places are asked for.
//
// Units:   tickets and places count from 1 to tickets().
// Errors:  none; a ticket that was not drawn is a CHECK.
// Threads: belongs to one partition worker (asking fills in what is remembered of the rounds).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"

namespace jari::queue {

class Draw {
 public:
  /// `seed`: its 32 bytes. `beacon`: empty for none. `tickets`: how many are drawn.
  Draw(Bytes seed, std::string_view beacon, std::string_view queue, std::uint32_t tickets);

  [[nodiscard]] std::uint32_t tickets() const { return tickets_; }
  [[nodiscard]] std::uint32_t place_of(std::uint32_t ticket) const;
  [[nodiscard]] std::uint32_t ticket_at(std::uint32_t place) const;

 private:
  [[nodiscard]] std::uint64_t round(std::size_t number, std::uint64_t half) const;
  [[nodiscard]] std::uint64_t forth(std::uint64_t value) const;
  [[nodiscard]] std::uint64_t back(std::uint64_t value) const;

  Sha256 key_;
  std::uint32_t tickets_;
  unsigned half_bits_ = 1;
  mutable std::vector<std::uint32_t> rounds_;  // what round i makes of each half, once asked
};

}  // namespace jari::queue
