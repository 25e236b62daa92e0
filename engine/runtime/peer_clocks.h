// engine/runtime/peer_clocks.h — what the clocks of other nodes say, as their ticks have told.
//
// Decides nothing: one node alone may not say that time has passed in which it stood still, or that
// its clock is right and the log is not; two that agree may.
//
// Units:   Instant is UTC; since_boot is our own machine's.
// Errors:  none.
// Threads: belongs to one node's thread.
#pragma once

#include <map>

#include "engine/base/hash.h"
#include "engine/runtime/clock.h"

namespace jari {

inline constexpr milliseconds kClocksAgreeWithin{5'000};
inline constexpr milliseconds kClockIsHeardFor{10'000};

class PeerClocks {
 public:
  /// Another node wrote a tick of this time, and we have read it now.
  void note(const Hash128& process, Instant time, milliseconds since_boot) {
    const milliseconds ahead{time.ms - since_boot.count()};
    Heard& heard = clocks_[process];
    // The latest it has said of late: while it holds its ticks back it says both.
    if (since_boot - heard.at > kClockIsHeardFor || ahead >= heard.ahead)
      heard = {ahead, since_boot};
  }
  /// Whether some other node's clock shows about the same.
  [[nodiscard]] bool agree(Instant wall, milliseconds since_boot) const {
    for (const auto& [process, heard] : clocks_) {
      if (since_boot - heard.at > kClockIsHeardFor) continue;
      const Instant theirs{since_boot.count() + heard.ahead.count()};
      if (theirs - wall <= kClocksAgreeWithin && wall - theirs <= kClocksAgreeWithin) return true;
    }
    return false;
  }

 private:
  struct Heard {
    milliseconds ahead{0};  // of its clock over our since_boot
    milliseconds at{-kClockIsHeardFor.count() * 2};
  };
  std::map<Hash128, Heard> clocks_;
};

}  // namespace jari
