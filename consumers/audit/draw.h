// consumers/audit/draw.h — a pre-queue's places, computed again from what was revealed.
//
// Sources: the description of the draw in the API's rules; HMAC-SHA256 (RFC 2104).
//
// Units:   tickets and places count from 1.
// Errors:  none.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jari::audit {

class DrawnPlaces {
 public:
  /// `seed` is the 32 bytes; `tickets` how many were drawn.
  DrawnPlaces(std::string_view seed, std::string_view beacon, std::string_view queue,
              std::uint64_t tickets);
  [[nodiscard]] std::uint64_t place_of(std::uint64_t ticket) const;

 private:
  [[nodiscard]] std::uint64_t permuted(std::uint64_t value) const;
  std::string key_;
  std::uint64_t tickets_ = 0;
  unsigned half_bits_ = 1;
};

}  // namespace jari::audit
