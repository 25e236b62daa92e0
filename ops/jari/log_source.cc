#include "ops/jari/log_source.h"

#include "engine/log/archive/archived_log.h"
#include "engine/log/embedded/embedded_log.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

Result<LogBeside> open_in_kafka(const LogSource& source) {
  auto options = kafka_log_options(source.kafka, source.data);
  if (!options) return options.error();
  options->only_reads = true;
  // Many partitions are read in turn, none of them at full speed: less of each lies ready.
  auto& more = options->cluster.more;
  more.insert(more.begin(),
              {{"queued.min.messages", "2000"}, {"queued.max.messages.kbytes", "4096"}});
  auto log = KafkaLog::open(*options);
  if (!log) return std::move(log).error();
  return LogBeside{std::move(*log), [] { return Result<void>{}; }};  // each read hears of the ends
}

Result<LogBeside> open_live(const LogSource& source) {
  if (!source.kafka.brokers.empty() || !source.kafka.properties.empty()) {
    return open_in_kafka(source);
  }
  auto opened = EmbeddedLog::open_beside(source.data);
  if (!opened) return std::move(opened).error();
  EmbeddedLog* const log = opened->get();
  return LogBeside{std::move(*opened), [log] { return log->catch_up(); }};
}

}  // namespace

void add_log_source(CLI::App& command, LogSource& source) {
  add_setting(command, "data", source.data,
              "The data directory; with --kafka-brokers: where the keys are");
  command.add_option("--archive", source.archive,
                     "What `jari archive` wrote: read first, the log that is named behind it; "
                     "alone it needs no other");
  add_kafka_settings(command, source.kafka);
}

void require_log(const LogSource& source) {
  if (source.data.empty() && source.archive.empty())
    throw CLI::RequiredError("--data or --archive");
}

std::string why_unread(const LogSource& source, const Error& error) {
  if (error.code != ErrorCode::LogGap || !source.archive.empty()) return error.detail;
  return error.detail + "; if it was archived (`jari archive`), name that with --archive, too";
}

Result<LogBeside> open_beside(const LogSource& source) {
  if (source.archive.empty()) return open_live(source);
  LogBeside live;
  if (!source.data.empty()) {
    auto opened = open_live(source);
    if (!opened) return opened;
    live = std::move(*opened);
  }
  auto archived = ArchivedLog::open(source.archive, std::move(live.log));
  if (!archived) return std::move(archived).error();
  if (!live.catch_up) live.catch_up = [] { return Result<void>{}; };
  return LogBeside{std::move(*archived), std::move(live.catch_up)};
}

}  // namespace jari::ops
