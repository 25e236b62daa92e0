// engine/runtime/replayed_engine.h — ReplayedEngine: the machine as it was, for a query service to
// ask as it asks a node.
//
// Stands on partitions that a replay has made again up to a moment, and shows the log up to there.
// It takes no record: asking it to is a bug (CHECK); whoever serves turns changes away before.
//
// Units:   as Engine.
// Errors:  a partition whose replay contradicts its log is parked there, with why.
// Threads: tasks run one at a time, in the thread of whoever posts while none runs; the rest as
//          Engine says.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "engine/runtime/engine.h"
#include "engine/runtime/replay.h"

namespace jari {

class ReplayedEngine final : public Engine {
 public:
  /// `log` must outlive it.
  ReplayedEngine(Log& log, std::vector<ReplayedPartition> partitions);
  ~ReplayedEngine() override;
  ReplayedEngine(const ReplayedEngine&) = delete;
  ReplayedEngine& operator=(const ReplayedEngine&) = delete;

  /// Of a partition that is no sink's.
  [[nodiscard]] const Consumer& consumer(PartitionRef where) const;

  [[nodiscard]] bool post(Task task) override;
  [[nodiscard]] const LogIdentity& identity() const override;
  [[nodiscard]] std::string_view node() const override { return {}; }  // nobody speaks here
  [[nodiscard]] std::vector<PartitionStatus> status() const override;
  [[nodiscard]] std::vector<DeadLetter> dead_letters(PartitionRef where, Offset after,
                                                     std::size_t limit) const override;
  [[nodiscard]] Result<void> state_health() const override { return {}; }
  /// Of a sink it has the rows that were caused by then.
  [[nodiscard]] Log& log() override;

 private:
  class ReplayedLog;
  class ReplayedTurn;
  [[nodiscard]] const ReplayedPartition& of(PartitionRef where) const;

  const std::vector<ReplayedPartition> partitions_;
  std::unique_ptr<ReplayedLog> log_;
  std::mutex mutex_;  // guards what follows
  std::deque<Task> tasks_;
  bool is_running_ = false;
};

}  // namespace jari
