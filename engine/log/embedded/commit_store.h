// engine/log/embedded/commit_store.h — frames and the sparse index by commit number, in RocksDB.
//
// Does not look into a frame. The keys, so chosen that they only ever grow and a compaction moves
// files without writing them again: u64be(commit) → frame; u64be(commit) ‖ 'i' → index entry, the
// offsets of all partitions before that commit; one zero byte → number of the commit that holds the
// newest genesis records.
//
// Errors:  what RocksDB says, as Io, DiskFull, InUse, BadBytes, WrongVersion.
// Threads: put() and catch_up() from one thread; the rest from any, also meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/log/embedded/commit_frame.h"

namespace rocksdb {
class DB;
}

namespace jari {

/// Every so many commits have an index entry; commit 0 has one.
inline constexpr CommitNo kCommitsAnIndexEntry = 256;

/// One write to the log and its sync.
struct LogWrite {
  std::chrono::nanoseconds took{0};
  std::uint64_t commits = 0;     // that it made durable
  std::uint64_t raw_bytes = 0;   // of their records
  std::uint64_t kept_bytes = 0;  // of their frames
};

struct EmbeddedLogOptions {
  bool compress = true;                                    // frames, with LZ4
  std::size_t write_buffer_bytes = std::size_t{64} << 20;  // of RocksDB's memtable
  int files_max = 128;                                     // held open, and some while it compacts
  std::size_t background_bytes_a_second_max = std::size_t{100}
                                              << 20;  // flushes, compactions; 0: any
  std::function<void(const LogWrite&)> on_write;  // once durable, on the thread that wrote; quick
};

struct CommitWrite {
  CommitNo commit = 0;
  std::string frame;
  std::vector<Offset> index;  // empty, or what the index entry of this commit says
  bool has_genesis = false;
};

class CommitStore {
 public:
  /// Opens `path`, made where it is missing; the only one that may write there.
  [[nodiscard]] static Result<std::unique_ptr<CommitStore>> open(const std::string& path,
                                                                 const EmbeddedLogOptions& options);
  /// Opens `path` for reading, whether or not somebody has it open for writing.
  [[nodiscard]] static Result<std::unique_ptr<CommitStore>> open_beside(const std::string& path);
  ~CommitStore();
  CommitStore(const CommitStore&) = delete;
  CommitStore& operator=(const CommitStore&) = delete;

  /// Writes all of them or, after a crash, the first few; durable when it returns.
  [[nodiscard]] Result<void> put(std::span<const CommitWrite> commits);
  /// Writes them so that they are durable only after flush(): for a copy, which counts as a whole.
  [[nodiscard]] Result<void> put_unlogged(std::span<const CommitWrite> commits);
  [[nodiscard]] Result<void> flush();
  /// Sees what was written since it was opened beside.
  [[nodiscard]] Result<void> catch_up();

  /// The highest number there is; nothing in an empty store.
  [[nodiscard]] Result<std::optional<CommitNo>> last_commit() const;
  /// The commit with the newest genesis records; nothing where none was ever written.
  [[nodiscard]] Result<std::optional<CommitNo>> newest_genesis() const;
  /// LogGap where it is missing.
  [[nodiscard]] Result<std::string> frame(CommitNo commit) const;
  [[nodiscard]] Result<std::vector<Offset>> index_at(CommitNo commit) const;

  /// Calls visit for each commit from `first` on, in order, until it says false or fails.
  using Visit = std::function<Result<bool>(CommitNo commit, Bytes frame)>;
  [[nodiscard]] Result<void> walk(CommitNo first, const Visit& visit) const;

  /// What RocksDB says of itself, by its own name of the property; 0 where it says nothing.
  [[nodiscard]] std::uint64_t property(const std::string& name) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  CommitStore(std::string path, std::string own_dir, rocksdb::DB* db);

  std::string path_;
  std::string own_dir_;  // of a store opened beside: its private files, removed with it
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace jari
