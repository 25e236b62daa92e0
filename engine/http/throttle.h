// engine/http/throttle.h — Throttle: a connection that is refused for too much work, and asks on,
// is not read for a while.
//
// A refusal costs less than a decision, but not nothing: of clients that ask again at once there
// can be ten for each answer. What they send then waits with them.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>

namespace jari::http {

class Throttle {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  Throttle(std::size_t refusals_max, std::chrono::milliseconds length)
      : refusals_max_(refusals_max), length_(length) {}

  void note_refusal(Moment now) {
    if (now - began_ >= length_) {
      began_ = now;
      refusals_ = 0;
    }
    ++refusals_;
  }
  /// It has been refused so often within this length of time.
  [[nodiscard]] bool lasts(Moment now) const {
    return refusals_ >= refusals_max_ && now - began_ < length_;
  }
  [[nodiscard]] bool is_over(Moment now) const {
    return refusals_ >= refusals_max_ && now - began_ >= length_;
  }
  void end() { refusals_ = 0; }

 private:
  std::size_t refusals_max_;
  std::chrono::milliseconds length_;
  Moment began_{};
  std::size_t refusals_ = 0;
};

}  // namespace jari::http
