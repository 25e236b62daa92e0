#include "ops/jari/stop_signals.h"

#include <array>
#include <cstdint>
#include <cstdlib>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/check.h"

namespace jari::ops {

sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

EndsWhenTold::EndsWhenTold(const sigset_t& signals)
    : told_(::signalfd(-1, &signals, SFD_CLOEXEC)), over_(::eventfd(0, EFD_CLOEXEC)) {
  CHECK(told_ >= 0 && over_ >= 0);
  waits_ = std::thread([this] { wait(); });
}

EndsWhenTold::~EndsWhenTold() {
  const std::uint64_t one = 1;
  CHECK(::write(over_, &one, sizeof one) == sizeof one);
  waits_.join();
  ::close(told_);
  ::close(over_);
}

void EndsWhenTold::wait() const {
  std::array<pollfd, 2> all{{{told_, POLLIN, 0}, {over_, POLLIN, 0}}};
  while (::poll(all.data(), all.size(), -1) < 0) {
  }
  if (all[1].revents != 0) return;
  spdlog::info("told to end before it was ready: nothing was accepted");
  std::_Exit(0);
}

}  // namespace jari::ops
