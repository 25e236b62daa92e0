// engine/log/simulated/simulated_log.h — the log in memory, which does nothing until it is told to,
// and then what a bad day does to a log.
//
// Keeps the port's promises while it runs: it delays, fails and loses what was not durable. What
// breaks a promise (truncate, repeat_last) happens only between two lives of whoever uses it.
//
// Units:   a step makes at most one batch durable.
// Errors:  those it is told to give. DiskFull once the room is used up.
// Threads: one for everything; Done is called within step(), settle() and nowhere else.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <random>

#include "engine/log/log.h"
#include "engine/log/partition_offsets.h"

namespace jari {

struct SimulatedLogOptions {
  std::uint64_t seed = 1;
  std::uint32_t delay_steps_max = 0;  // a batch waits up to so many steps more, by the seed
  bool mixes_partitions = false;      // read() takes partitions in turns drawn from the seed
};

class SimulatedLog final : public Log {
 public:
  explicit SimulatedLog(LogIdentity identity, const SimulatedLogOptions& options = {});

  [[nodiscard]] const LogIdentity& identity() const override { return identity_; }
  /// A batch without records is answered in its turn and leaves no commit.
  void append(LogBatch batch, Done done) override;
  void flush() override { settle(); }
  [[nodiscard]] Offset end(PartitionRef where) const override { return durable_[where]; }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override;

  /// The oldest batch that waits comes one step nearer to being durable. False: none waits.
  bool step();
  /// Steps until none waits, also not those that a Done appended.
  void settle();
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t commits() const { return commits_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // of all that is durable

  /// The batch after the next `batches` fails with `why`, and all after it.
  void fail_after(std::size_t batches, Error why);
  /// Batches beyond so many bytes in all fail with DiskFull, and all after them.
  void set_room(std::uint64_t bytes) { room_ = bytes; }
  /// The next read() that comes to so many records ends there with Io, as a disk may, or a process
  /// that dies while it replays.
  void fail_read_after(std::uint64_t records) { reads_to_failure_ = records; }
  /// Whether a read has failed so; forgets the fault, met or not.
  bool take_read_fault();
  /// Nothing is to fail any more that has not failed yet.
  void stop_failing();
  /// Whoever used the log is gone: of what waited a first part, by the seed, stands in the log and
  /// the rest is lost; no Done is called. The batch that failed may stand, too: its bytes were
  /// written, and only the sync was not. A failed log works again.
  void crash();

  /// Loses the last commits, but never the first, as a cluster may that acknowledged too early.
  void truncate(std::size_t commits);
  /// The last commit's records stand a second time, as from a writer that repeats itself.
  void repeat_last();

 private:
  struct Waiting {
    LogBatch batch;
    Done done;
    std::uint64_t steps_left = 0;
  };

  [[nodiscard]] std::optional<Error> why_not(const LogBatch& batch);
  [[nodiscard]] std::size_t first_commit_with(const PartitionOffsets& next,
                                              const PartitionOffsets& until) const;
  void keep(LogBatch batch);
  void check_nothing_waits() const;
  [[nodiscard]] std::uint64_t draw(std::uint64_t below);
  void read_in_order(PartitionOffsets next, const PartitionOffsets& until, const Visit& visit);
  void read_mixed(PartitionOffsets next, const PartitionOffsets& until, const Visit& visit);

  LogIdentity identity_;
  SimulatedLogOptions options_;
  std::mt19937_64 random_;
  std::deque<LogBatch> commits_;
  std::deque<Waiting> waiting_;
  PartitionOffsets taken_;    // ends with all that append() took
  PartitionOffsets durable_;  // ends
  std::uint64_t bytes_ = 0;
  std::uint64_t room_ = std::numeric_limits<std::uint64_t>::max();
  std::optional<std::size_t> batches_to_failure_;
  Error failure_;
  std::optional<Error> failed_;
  std::optional<LogBatch> uncertain_;  // the first that failed
  std::optional<std::uint64_t> reads_to_failure_;
  bool has_read_failed_ = false;
};

}  // namespace jari
