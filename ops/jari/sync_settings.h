// ops/jari/sync_settings.h — what `jari sync` and the commands below it share: the log, the file
// that describes the table, how to stop.
//
// Errors:  as their commands say.
// Threads: before any other thread starts; is_stopping() from any.
#pragma once

#include <atomic>
#include <csignal>
#include <memory>
#include <string>

#include "consumers/legacy/pace.h"
#include "consumers/legacy/postgres_session.h"
#include "ops/jari/legacy_settings.h"
#include "ops/jari/log_source.h"

namespace jari::ops {

struct SyncSettings {
  LogSource source;
  std::string legacy_file;
  std::string database;  // over the one in the file
  std::string metrics = "127.0.0.1:8090";
  bool begins_again = false;
  bool is_once = false;
  bool retries = false;
};

/// Says it on stderr; returns `exit_code`.
int say_of_sync(const std::string& why, int exit_code);

/// Set by a signal, asked by what waits.
[[nodiscard]] std::atomic<bool>& is_stopping();
[[nodiscard]] legacy::Moment moment_now();
[[nodiscard]] legacy::PostgresOptions postgres_options(const LegacySettings& file,
                                                       const SyncSettings& settings,
                                                       const std::string& application);

/// SIGTERM, SIGINT, SIGHUP: blocked in every thread that is made later.
sigset_t block_signals();
/// Waits at most so long; false: it is to stop. `is_told` is set where SIGHUP came.
[[nodiscard]] bool nap(const sigset_t& signals, milliseconds most, bool& is_told);

/// `jari sync watch` and `jari sync conflicts`.
void add_watch(CLI::App& sync, const std::shared_ptr<SyncSettings>& settings, int& exit_code);

}  // namespace jari::ops
