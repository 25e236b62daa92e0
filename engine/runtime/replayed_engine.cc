#include "engine/runtime/replayed_engine.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/runtime/node_parts.h"

namespace jari {

/// A log up to where its partitions were replayed.
class ReplayedEngine::ReplayedLog final : public Log {
 public:
  ReplayedLog(Log& log, const std::vector<ReplayedPartition>& partitions) : log_(log) {
    for (const ReplayedPartition& one : partitions) {
      ends_[one.where] = one.next_offset;
      one.partition->streams().for_each_outgoing([&](PartitionRef to, const OutgoingRow& row) {
        sent_[{one.where, to}] = row.sent;
      });
    }
  }

  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  [[nodiscard]] LogWriters writers() const override { return log_.writers(); }
  void append(LogBatch, Done) override { CHECK(false); }
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override {
    if (log_.identity().has_consumer(where)) return ends_.at(where);
    std::call_once(are_sinks_read_, [this] { find_ends_of_sinks(); });
    return sink_ends_.at(where);
  }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    return log_.read(from, [&](const LogRecord& record) {
      return !is_of_then(record) || visit(record);  // of a sink, others may stand between
    });
  }

 private:
  [[nodiscard]] bool is_of_then(const LogRecord& record) const {
    if (const auto end = ends_.find(record.where); end != ends_.end()) {
      return record.offset < end->second;
    }
    const auto envelope = envelope_of(record);
    if (!envelope || !envelope->stream) return true;
    const auto sent = sent_.find({envelope->stream->source, record.where});
    return sent != sent_.end() && envelope->stream->seq <= sent->second;
  }

  /// After the last row that was sent by then; all there is, where the log cannot be read.
  void find_ends_of_sinks() const {
    std::vector<LogPlace> sinks;
    for (const PartitionRef where : identity().partitions()) {
      if (identity().has_consumer(where)) continue;
      sinks.push_back({where, 0});
      sink_ends_[where] = 0;
    }
    const auto read = log_.read(sinks, [this](const LogRecord& record) {
      if (is_of_then(record)) sink_ends_[record.where] = record.offset + 1;
      return true;
    });
    if (read) return;
    for (auto& [where, end] : sink_ends_) end = log_.end(where);
  }

  Log& log_;
  std::map<PartitionRef, Offset> ends_;  // of partitions that have a consumer
  std::map<std::pair<PartitionRef, PartitionRef>, std::uint64_t> sent_;  // rows, by stream
  mutable std::once_flag are_sinks_read_;
  mutable std::map<PartitionRef, Offset> sink_ends_;
};

class ReplayedEngine::ReplayedTurn final : public Turn {
 public:
  explicit ReplayedTurn(const ReplayedEngine& engine) : engine_(engine) {}

  void append(PartitionRef, Bytes) override { CHECK(false); }
  void after_durable(absl::AnyInvocable<void()> call) override { call(); }
  [[nodiscard]] LogTime time(PartitionRef where) const override {
    return engine_.of(where).partition->time();
  }
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const override {
    return home_in(engine_.identity(), topic, key);
  }
  [[nodiscard]] bool is_parked(PartitionRef where) const override {
    return engine_.of(where).differs.has_value();
  }
  [[nodiscard]] Offset applied(PartitionRef where) const override {
    return engine_.log_->end(where);
  }
  /// Nothing that was decided by then is missing.
  [[nodiscard]] bool is_fresh(PartitionRef) const override { return true; }
  [[nodiscard]] std::size_t waiting_requests() const override { return 0; }
  [[nodiscard]] std::uint32_t fullest_stream(PartitionRef where) const override {
    return fullest_stream_of(engine_.identity(), *engine_.of(where).partition);
  }

 private:
  const ReplayedEngine& engine_;
};

ReplayedEngine::ReplayedEngine(Log& log, std::vector<ReplayedPartition> partitions)
    : partitions_(std::move(partitions)), log_(std::make_unique<ReplayedLog>(log, partitions_)) {}

ReplayedEngine::~ReplayedEngine() = default;

const ReplayedPartition& ReplayedEngine::of(PartitionRef where) const {
  const auto found = std::find_if(partitions_.begin(), partitions_.end(),
                                  [&](const ReplayedPartition& one) { return one.where == where; });
  CHECK(found != partitions_.end());
  return *found;
}

const Consumer& ReplayedEngine::consumer(PartitionRef where) const {
  return of(where).partition->consumer();
}

// What a task posts runs after it, in the same thread.
bool ReplayedEngine::post(Task task) {
  {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
    if (std::exchange(is_running_, true)) return true;
  }
  ReplayedTurn turn(*this);
  for (;;) {
    Task next;
    {
      const std::scoped_lock lock(mutex_);
      if (tasks_.empty()) {
        is_running_ = false;
        return true;
      }
      next = std::move(tasks_.front());
      tasks_.pop_front();
    }
    next(turn);
  }
}

const LogIdentity& ReplayedEngine::identity() const {
  return log_->identity();
}

Log& ReplayedEngine::log() {
  return *log_;
}

std::vector<PartitionStatus> ReplayedEngine::status() const {
  std::vector<PartitionStatus> all;
  for (const PartitionRef where : identity().partitions()) {
    PartitionStatus& status = all.emplace_back();
    status.where = where;
    status.applied = status.end = log_->end(where);
    if (!identity().has_consumer(where)) continue;
    fill(status, *of(where).partition);
    status.parked = of(where).differs;
  }
  return all;
}

std::vector<DeadLetter> ReplayedEngine::dead_letters(PartitionRef where, Offset after,
                                                     std::size_t limit) const {
  if (!identity().has_consumer(where)) return {};
  return dead_letters_of(*of(where).partition, after, limit);
}

}  // namespace jari
