// ops/jari/stop_signals.h — the signals that tell a service to end, SIGTERM and SIGINT.
//
// Errors:  none.
// Threads: block_stop_signals() before any other thread is made.
#pragma once

#include <csignal>
#include <thread>

namespace jari::ops {

/// Blocked from now on in every thread that is made later: they wait for whoever takes them.
[[nodiscard]] sigset_t block_stop_signals();

/// While it lives, one of these ends the process at once: for as long as nothing was accepted.
class EndsWhenTold {
 public:
  explicit EndsWhenTold(const sigset_t& signals);
  ~EndsWhenTold();
  EndsWhenTold(const EndsWhenTold&) = delete;
  EndsWhenTold& operator=(const EndsWhenTold&) = delete;

 private:
  void wait() const;

  int told_ = -1;  // looked at only: the signal stays for whoever comes after
  int over_ = -1;
  std::thread waits_;
};

}  // namespace jari::ops
