#include "ops/jari/log_source.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "engine/log/archive/archived_log.h"
#include "engine/log/embedded/embedded_log.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;

Result<void> sync_file(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return {};  // flushed into a sorted file, synced there
  const bool is_synced = descriptor >= 0 && ::fdatasync(descriptor) == 0;
  const int why = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (is_synced) return {};
  return Error{ErrorCode::Io, "cannot sync " + file + ": " + std::strerror(why)};
}

/// RocksDB's write-ahead logs: what they show a reader may not have been synced by their writer.
Result<void> sync_write_ahead_logs(const std::string& data) {
  std::error_code failed;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(data + "/log", failed)) {
    if (entry.path().extension() == ".log") files.push_back(entry.path().string());
  }
  if (failed) return Error{ErrorCode::Io, "cannot read " + data + "/log: " + failed.message()};
  for (const std::string& file : files) {
    if (auto synced = sync_file(file); !synced) return synced;
  }
  return {};
}

/// Reads, then syncs: whatever was read had been written before. Only where something is new.
class DurableReader {
 public:
  DurableReader(EmbeddedLog& log, std::string data) : log_(log), data_(std::move(data)) {}
  [[nodiscard]] Result<void> catch_up() {
    if (auto caught_up = log_.catch_up(); !caught_up) return caught_up;
    const CommitNo seen = log_.figures().commits;
    if (seen == synced_) return {};
    if (auto synced = sync_write_ahead_logs(data_); !synced) return synced;
    synced_ = seen;
    return {};
  }

 private:
  EmbeddedLog& log_;
  std::string data_;
  CommitNo synced_ = 0;
};

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
  // Each read hears of the ends, and sees only what the replicas have.
  const auto nothing = [] { return Result<void>{}; };
  return LogBeside{std::move(*log), nothing, nothing};
}

Result<LogBeside> open_live(const LogSource& source) {
  if (source.is_in_kafka()) return open_in_kafka(source);
  auto opened = EmbeddedLog::open_beside(source.data);
  if (!opened) return std::move(opened).error();
  EmbeddedLog* const log = opened->get();
  auto durable = std::make_shared<DurableReader>(*log, source.data);  // a std::function is copied
  return LogBeside{std::move(*opened), [log] { return log->catch_up(); },
                   [durable] { return durable->catch_up(); }};
}

}  // namespace

void add_log_source(CLI::App& command, LogSource& source) {
  add_setting(command, "data", source.data,
              "The data directory; with --kafka-brokers: where the keys are, unless "
              "--kafka-seal-key names them");
  command.add_option("--archive", source.archive,
                     "What `jari archive` wrote: read first, the log that is named behind it; "
                     "alone it needs no other");
  add_kafka_settings(command, source.kafka);
}

void require_log(const LogSource& source, const char* flags) {
  if (!source.names_log() && source.archive.empty()) throw CLI::RequiredError(flags);
  if (source.is_in_kafka() && source.data.empty() && source.kafka.seal_key.empty())
    throw CLI::RequiredError("--kafka-seal-key (or --data with the cluster's key)");
}

std::string why_unread(const LogSource& source, const Error& error) {
  if (error.code != ErrorCode::LogGap || !source.archive.empty()) return error.detail;
  return error.detail + "; if it was archived (`jari archive`), name that with --archive, too";
}

Result<LogBeside> open_beside(const LogSource& source) {
  if (source.archive.empty()) return open_live(source);
  LogBeside live;
  if (source.names_log()) {
    auto opened = open_live(source);
    if (!opened) return opened;
    live = std::move(*opened);
  }
  auto archived = ArchivedLog::open(source.archive, std::move(live.log));
  if (!archived) return std::move(archived).error();
  if (!live.catch_up) live.catch_up = live.catch_up_durably = [] { return Result<void>{}; };
  return LogBeside{std::move(*archived), std::move(live.catch_up),
                   std::move(live.catch_up_durably)};
}

void wait_for_records() {
  std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

}  // namespace jari::ops
