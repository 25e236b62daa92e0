// tests/engine/log/archive_world.h — an archive in a directory of a test's own, and a log that
// others have, too.
//
// Errors:  what cannot be made stops the test (CHECK).
// Threads: one.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/base/check.h"
#include "engine/log/archive/archived_log.h"
#include "engine/log/archive/archiver.h"
#include "engine/log/simulated/simulated_cluster.h"
#include "tests/engine/log/log_writer.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {

/// A log that somebody else owns.
class BorrowedLog final : public Log {
 public:
  explicit BorrowedLog(Log& log) : log_(log) {}
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  [[nodiscard]] LogWriters writers() const override { return log_.writers(); }
  void append(LogBatch batch, Done done) override {
    log_.append(std::move(batch), std::move(done));
  }
  void flush() override { log_.flush(); }
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override { return log_.ends(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return log_.read(from, visit);
  }

 private:
  Log& log_;
};

/// All that the log has, in files of so many bytes of records.
inline Result<std::uint64_t> archive_all(const std::string& dir, Log& log,
                                         std::uint64_t segment_bytes = std::uint64_t{64} << 10) {
  auto archiver = Archiver::open(dir, log, {segment_bytes});
  if (!archiver) return std::move(archiver).error();
  if (auto taken = (*archiver)->advance(); !taken) return taken;
  return (*archiver)->close();
}

inline void must_archive(const std::string& dir, Log& log,
                         std::uint64_t segment_bytes = std::uint64_t{64} << 10) {
  const auto done = archive_all(dir, log, segment_bytes);
  if (!done) ADD_FAILURE() << done.error().detail;
}

inline std::unique_ptr<ArchivedLog> open_archive(const std::string& dir, Log* live = nullptr) {
  auto log = ArchivedLog::open(dir, live ? std::make_unique<BorrowedLog>(*live) : nullptr);
  if (!log) ADD_FAILURE() << log.error().detail;
  CHECK(log.has_value());
  return std::move(*log);
}

inline std::string bytes_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Records of two partitions of a cluster, `count` of each, and it has heard of them.
inline void put_records(SimulatedCluster& cluster, SimulatedClient& client, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    cluster.put({0, 0}, bytes_of("queue " + std::to_string(i)));
    cluster.put({1, 2}, bytes_of("bookings " + std::string(std::size_t(i % 50), 'b')));
  }
  static_cast<void>(texts_of(client, {{{0, 0}, Offset{1} << 40}, {{1, 2}, Offset{1} << 40}}));
}

}  // namespace jari
