#include "ops/jari/sync_settings.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>

#include "engine/base/printable.h"
#include "ops/jari/connection.h"

namespace jari::ops {
namespace {

constexpr milliseconds kNapMost{200};
constexpr long kNsInAMs = 1'000'000;

}  // namespace

int say_of_sync(const std::string& why, int exit_code) {
  std::cerr << "jari sync: " << printable(why) << '\n';
  return exit_code;
}

std::atomic<bool>& is_stopping() {
  static std::atomic<bool> stopping{false};
  return stopping;
}

legacy::Moment moment_now() {
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  legacy::Moment moment;
  moment.wall = wall_now();
  moment.steady = std::chrono::duration_cast<milliseconds>(steady);
  moment.minute_of_day = static_cast<std::uint32_t>(local.tm_hour * 60 + local.tm_min);
  return moment;
}

legacy::PostgresOptions postgres_options(const LegacySettings& file, const SyncSettings& settings,
                                         const std::string& application) {
  legacy::PostgresOptions options;
  options.database = settings.database.empty() ? file.database : settings.database;
  options.application = application;
  options.is_stopping = [] { return is_stopping().load(); };
  return options;
}

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, one);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

bool nap(const sigset_t& signals, milliseconds most, bool& is_told) {
  const timespec left{0, static_cast<long>(std::min(most, kNapMost).count()) * kNsInAMs};
  const int signal = ::sigtimedwait(&signals, nullptr, &left);
  if (signal == SIGHUP) is_told = true;
  if (signal == SIGTERM || signal == SIGINT) is_stopping() = true;
  return !is_stopping();
}

}  // namespace jari::ops
