// ops/jari/log_source.h — the log that a command reads: the embedded one of a data directory, one
// in Kafka, or what was archived of either, with what the log itself still has behind it; always
// beside whoever writes it.
//
// Errors:  say what is wrong and what to do; a command line that names no log, or one in Kafka
//          without the cluster's key, is wrong usage.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "engine/log/log.h"
#include "ops/jari/kafka.h"

namespace jari::ops {

struct LogSource {
  std::string data;     // with Kafka: where the keys are, unless they are named
  std::string archive;  // read first; alone where no log is named
  KafkaClusterSettings kafka;

  [[nodiscard]] bool is_in_kafka() const {
    return !kafka.brokers.empty() || !kafka.properties.empty();
  }
  [[nodiscard]] bool names_log() const { return !data.empty() || is_in_kafka(); }
};

/// Adds --data, --archive and what names a log in Kafka.
void add_log_source(CLI::App& command, LogSource& source);
/// Throws CLI::RequiredError, with the flags that would do, where neither a log nor an archive is
/// named, or a log in Kafka without its key.
void require_log(const LogSource& source,
                 const char* flags = "--data, --archive or --kafka-brokers");

/// Why it could not be read from its first record, and where that may be.
[[nodiscard]] std::string why_unread(const LogSource& source, const Error& error);

struct LogBeside {
  std::unique_ptr<Log> log;
  std::function<Result<void>()> catch_up;  // it sees what was appended since
  /// The same, and all that it sees is durable. For whoever tells others of it.
  std::function<Result<void>()> catch_up_durably;
};
[[nodiscard]] Result<LogBeside> open_beside(const LogSource& source);
/// A moment, for records that a log has and that have not come yet.
void wait_for_records();

}  // namespace jari::ops
