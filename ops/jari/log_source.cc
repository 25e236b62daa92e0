#include "ops/jari/log_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "engine/log/embedded/embedded_log.h"

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
  const auto options = kafka_log_options(source.kafka, source.data);
  if (!options) return options.error();
  auto log = KafkaLog::open(*options);
  if (!log) return std::move(log).error();
  // Each read hears of the ends, and sees only what the replicas have.
  const auto nothing = [] { return Result<void>{}; };
  return LogBeside{std::move(*log), nothing, nothing};
}

}  // namespace

Result<LogBeside> open_beside(const LogSource& source) {
  if (!source.kafka.brokers.empty() || !source.kafka.properties.empty()) {
    return open_in_kafka(source);
  }
  auto opened = EmbeddedLog::open_beside(source.data);
  if (!opened) return std::move(opened).error();
  EmbeddedLog* const log = opened->get();
  auto durable = std::make_shared<DurableReader>(*log, source.data);  // a std::function is copied
  return LogBeside{std::move(*opened), [log] { return log->catch_up(); },
                   [durable] { return durable->catch_up(); }};
}

}  // namespace jari::ops
