// ops/jari/log_source.h — the log that a command reads: the embedded one of a data directory, or
// one in Kafka; in both cases beside whoever writes it.
//
// Errors:  say what is wrong and what to do.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/log/log.h"
#include "ops/jari/kafka.h"

namespace jari::ops {

struct LogSource {
  std::string data;  // with Kafka: where the keys are
  KafkaClusterSettings kafka;
};

struct LogBeside {
  std::unique_ptr<Log> log;
  std::function<Result<void>()> catch_up;  // it sees what was appended since
  /// The same, and all that it sees is durable. For whoever tells others of it.
  std::function<Result<void>()> catch_up_durably;
};
[[nodiscard]] Result<LogBeside> open_beside(const LogSource& source);

}  // namespace jari::ops
