// engine/runtime/engine.h — the port Engine: what a door and a query service ask of the machine.
//
// All tasks run on the one thread that owns the partitions, between batches: a task may read every
// consumer's tables and append requests; it may not wait. Nothing a task saw may be told to anybody
// before it is durable: that is what after_durable() is for.
//
// Units:   Offset counts records of a partition; Instant is log time.
// Errors:  post() says false once the engine is stopping: the task was not taken.
// Threads: post() from any; Turn only within its task; what after_durable() takes runs on the
//          engine's thread or the log's, in order, and must be short.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/functional/any_invocable.h>

#include "engine/log/log.h"
#include "engine/runtime/consumer.h"

namespace jari {

/// Where a partition stands.
struct PartitionStatus {
  PartitionRef where;
  std::string owner;                  // the node that speaks for it
  Offset applied = 0;                 // next_offset to apply
  std::optional<Offset> durable;      // next_offset of what its state on disk has, if there is one
  Offset end = 0;                     // next_offset of the log
  Hash128 digest;                     // of the state at `applied`
  std::optional<std::string> parked;  // why it is stopped
  Instant now;                        // its log time
  std::uint64_t dead_letters = 0;
  std::size_t waiting_bytes = 0;  // of memory, for its rows that wait for sinks
};

struct DeadLetter {
  PartitionRef where;
  Offset offset = 0;
  Instant time;
  std::string reason;
};

class Turn {
 public:
  virtual ~Turn() = default;

  /// The record goes to the log. On one machine it is applied before any later task runs; where the
  /// log has many writers, once it comes back from it.
  virtual void append(PartitionRef where, Bytes record) = 0;
  /// Runs once all that this task has seen and appended is durable: at once if it is already.
  virtual void after_durable(absl::AnyInvocable<void()> call) = 0;

  [[nodiscard]] virtual LogTime time(PartitionRef where) const = 0;
  [[nodiscard]] virtual PartitionRef home_of(TopicNo topic, std::string_view key) const = 0;
  [[nodiscard]] virtual bool is_parked(PartitionRef where) const = 0;
  /// The offset to be applied next: state is as of all before it.
  [[nodiscard]] virtual Offset applied(PartitionRef where) const = 0;
  /// Whether the state there is that of now: nothing that was decided more than a moment ago is
  /// missing. Not while nobody, or somebody else without our knowing, speaks for the partition.
  [[nodiscard]] virtual bool is_fresh(PartitionRef where) const = 0;
  /// Requests appended and not applied yet, in all partitions: what a door bounds.
  [[nodiscard]] virtual std::size_t waiting_requests() const = 0;
  /// Rows of the fullest stream from this partition, of its window: a door refuses before it is
  /// full.
  [[nodiscard]] virtual std::uint32_t fullest_stream(PartitionRef where) const = 0;
  /// The sink for which so many of its rows wait that there is no room for more: until it takes
  /// them, a door lets nobody but operators change anything there. None waits where the log has one
  /// writer.
  [[nodiscard]] virtual std::optional<PartitionRef> blocking_sink(PartitionRef /*where*/) const {
    return std::nullopt;
  }
};

/// Told of decisions on the engine's thread, while the record is applied. It may read tables and
/// must not answer before Turn::after_durable says so.
class Listener {
 public:
  virtual ~Listener() = default;
  /// `who` and `request` are the Asked's `by` and `request`. `outcome` dies with the call.
  virtual void decided(PartitionRef where, std::string_view who, std::string_view request,
                       Bytes outcome, Turn& turn) = 0;
  /// The batch is applied, and what it wrote is on its way to the log.
  virtual void batch_applied(Turn& turn) = 0;
  /// For the metrics: `what` happened in a partition, for `label`.
  virtual void counted(PartitionRef where, std::string_view what, std::string_view label,
                       std::uint64_t add) = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;

  using Task = absl::AnyInvocable<void(Turn&)>;
  [[nodiscard]] virtual bool post(Task task) = 0;

  [[nodiscard]] virtual const LogIdentity& identity() const = 0;
  [[nodiscard]] virtual std::string_view node() const = 0;
  /// Within a task only.
  [[nodiscard]] virtual std::vector<PartitionStatus> status() const = 0;
  [[nodiscard]] virtual std::vector<DeadLetter> dead_letters(PartitionRef where, Offset after,
                                                             std::size_t limit) const = 0;
  /// Nothing, or why the state is not written behind; Unavailable: not before the next start.
  [[nodiscard]] virtual Result<void> state_health() const = 0;
  /// Reads durable records, as Log::read: for the feed of changes. From any thread.
  [[nodiscard]] virtual Log& log() = 0;
};

}  // namespace jari
