// engine/runtime/namesakes.h — Namesakes: whether another process that lives speaks under this
// node's name.
//
// One's own predecessor is dead, and what it has sent may land late, but all of it at once: who is
// heard again and again lives. Processes are compared by their ids, which begin with when they were
// drawn, so that of two both know which began later.
//
// Units:   milliseconds are the clock's since_boot.
// Errors:  none.
// Threads: belongs to one node's thread.
#pragma once

#include <map>
#include <optional>

#include "engine/base/hash.h"
#include "engine/base/time.h"

namespace jari {

class Namesakes {
 public:
  /// `takeover_after`: an owner that lives is heard several times within it.
  explicit Namesakes(milliseconds takeover_after)
      : lives_after_(3 * takeover_after), silent_after_(2 * takeover_after) {}

  /// It speaks under our name, as a log tells that was read to its end.
  void heard(const Hash128& process, milliseconds now) {
    const auto [one, is_new] = all_.try_emplace(process, Heard{now, now});
    if (now - one->second.last > silent_after_) one->second.first = now;
    one->second.last = now;
  }
  /// The one that began first of those who were just heard; they may be dead.
  [[nodiscard]] std::optional<Hash128> suspected(milliseconds now) const {
    return first(now, milliseconds{0});
  }
  /// The one that began first of those who live.
  [[nodiscard]] std::optional<Hash128> living(milliseconds now) const {
    return first(now, lives_after_);
  }

 private:
  struct Heard {
    milliseconds first{0};
    milliseconds last{0};
  };
  [[nodiscard]] std::optional<Hash128> first(milliseconds now, milliseconds for_so_long) const {
    for (const auto& [process, heard] : all_) {
      const bool is_heard = now - heard.last <= silent_after_;
      if (is_heard && heard.last - heard.first >= for_so_long) return process;
    }
    return std::nullopt;
  }

  milliseconds lives_after_;
  milliseconds silent_after_;
  std::map<Hash128, Heard> all_;
};

}  // namespace jari
