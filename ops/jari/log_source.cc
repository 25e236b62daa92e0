#include "ops/jari/log_source.h"

#include "engine/log/embedded/embedded_log.h"

namespace jari::ops {
namespace {

Result<LogBeside> open_in_kafka(const LogSource& source) {
  const auto options = kafka_log_options(source.kafka, source.data);
  if (!options) return options.error();
  auto log = KafkaLog::open(*options);
  if (!log) return std::move(log).error();
  return LogBeside{std::move(*log), [] { return Result<void>{}; }};  // each read hears of the ends
}

}  // namespace

Result<LogBeside> open_beside(const LogSource& source) {
  if (!source.kafka.brokers.empty() || !source.kafka.properties.empty()) {
    return open_in_kafka(source);
  }
  auto opened = EmbeddedLog::open_beside(source.data);
  if (!opened) return std::move(opened).error();
  EmbeddedLog* const log = opened->get();
  return LogBeside{std::move(*opened), [log] { return log->catch_up(); }};
}

}  // namespace jari::ops
