// engine/log/embedded/embedded_log.h — the durable log of one machine: RocksDB in DIR/log, one key
// and one sync for each commit.
//
// Trims nothing. Watches no free space: that is for whoever fills it.
//
// Units:   a commit is one append(), numbered from 0, dense; commit 0 holds the genesis records.
// Errors:  LogGap (a commit is missing), LogMismatch (other topics than asked), WrongVersion,
// InUse,
//          BadBytes (a damaged commit), Io, DiskFull. After a failed write every later append fails
//          with the same error.
// Threads: as Log says; its own thread packs, writes, syncs and calls Done. A log opened beside
//          has none, and catch_up() must not run while it is read.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/log/embedded/commit_cursor.h"
#include "engine/log/embedded/commit_store.h"
#include "engine/log/log.h"

namespace jari {

/// How the log is; each of its writes is told by EmbeddedLogOptions::on_write.
struct EmbeddedLogFigures {
  CommitNo commits = 0;                            // in the log
  bool is_write_stopped = false;                   // RocksDB cannot follow and makes writes wait
  std::uint64_t delayed_write_bytes_a_second = 0;  // 0: not delayed
  std::uint64_t compaction_backlog_bytes = 0;
};

class EmbeddedLog final : public Log {
 public:
  /// Opens the log in `dir`, or makes it as `if_new` says. An existing one must have its topics;
  /// an `if_new` without topics takes any, and makes none (NotFound).
  [[nodiscard]] static Result<std::unique_ptr<EmbeddedLog>> open(
      const std::string& dir, const LogIdentity& if_new, const EmbeddedLogOptions& options = {});
  /// Reads the log in `dir` whether or not a process writes it, and touches nothing there. It may
  /// see a commit some milliseconds before that is durable.
  [[nodiscard]] static Result<std::unique_ptr<EmbeddedLog>> open_beside(const std::string& dir);

  /// Writes what was taken so far, then closes.
  ~EmbeddedLog() override;

  [[nodiscard]] const LogIdentity& identity() const override { return identity_; }
  /// Waits while kCommitsWaitingMax others wait. A batch without records is answered in its turn
  /// and leaves no commit.
  void append(LogBatch batch, Done done) override;
  void append_lent(LogBatch batch, DoneWith done) override;
  void flush() override;
  [[nodiscard]] Offset end(PartitionRef where) const override;
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override;

  /// Of a log opened beside: sees what was appended since.
  [[nodiscard]] Result<void> catch_up();
  /// Makes a log in `dir`, which must not hold one: all commits that are durable now, and one more
  /// with a genesis record in every partition that says what it is a copy of. All or nothing.
  [[nodiscard]] Result<void> copy_into(const std::string& dir, const Hash128& new_incarnation,
                                       Instant at) const;

  [[nodiscard]] EmbeddedLogFigures figures() const;

 private:
  static constexpr std::size_t kCommitsWaitingMax = 1024;
  struct Waiting {
    LogBatch batch;
    DoneWith done;
  };

  EmbeddedLog(std::unique_ptr<CommitStore> store, const EmbeddedLogOptions& options,
              bool is_beside);
  [[nodiscard]] static Result<std::unique_ptr<EmbeddedLog>> open_store(
      std::unique_ptr<CommitStore> store, const LogIdentity& if_new,
      const EmbeddedLogOptions& options, bool is_beside);
  [[nodiscard]] Result<void> begin(const LogIdentity& identity);
  [[nodiscard]] Result<void> find_identity(CommitNo genesis_commit);
  [[nodiscard]] Result<void> find_tip(CommitNo last);
  [[nodiscard]] Result<void> follow();
  [[nodiscard]] Result<void> copy_commits(CommitStore& to) const;

  void commit_until_stopped();
  [[nodiscard]] Result<void> commit(std::deque<Waiting>& batches, bool has_genesis = false);
  [[nodiscard]] Result<CommitNo> commit_to_read_from(std::span<const LogPlace> from,
                                                     CommitNo last) const;
  void publish(const CommitCursor& tip);

  std::unique_ptr<CommitStore> store_;
  EmbeddedLogOptions options_;
  bool is_beside_;
  LogIdentity identity_;
  CommitCursor tip_;             // of the thread that commits
  PartitionOffsets taken_;       // ends with all that append() took; of its thread
  std::optional<Error> failed_;  // of the thread that commits

  mutable std::mutex mutex_;  // what follows
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  std::deque<Waiting> waiting_;
  bool is_stopping_ = false;
  PartitionOffsets durable_;
  CommitNo durable_commits_ = 0;

  std::thread committer_;
};

}  // namespace jari
