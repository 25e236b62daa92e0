// engine/http/throttle.h — Throttle: a connection that is refused for too much work is not read for
// a while.
//
// A refusal costs less than a decision, but not nothing: of clients that ask again at once there
// can be ten for each answer. What they send then waits with them. One refusal and a short rest,
// not many and a long one: connections that rest all at once, longer than what was taken lasts,
// leave the service nothing to do.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <chrono>

namespace jari::http {

class Throttle {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  explicit Throttle(std::chrono::milliseconds length) : length_(length) {}

  void note_refusal(Moment now) { until_ = now + length_; }
  [[nodiscard]] bool lasts(Moment now) const { return now < until_; }
  /// It has lasted, and nobody has noticed yet (end).
  [[nodiscard]] bool is_over(Moment now) const { return until_ != Moment{} && now >= until_; }
  void end() { until_ = Moment{}; }

 private:
  std::chrono::milliseconds length_;
  Moment until_{};
};

}  // namespace jari::http
