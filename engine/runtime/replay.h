// engine/runtime/replay.h — the state made again from the log in an empty place: from its first
// record, or from a copy of the state that a node has written behind.
//
// Compares every tick's digest with its own on the way. Writes nothing.
//
// Units:   up_to is an offset (each partition's records before and with it) or a log time.
// Errors:  what reading the log says; LogMismatch for a copy that was not made from it. A partition
//          whose digest differs, or whose next record is missing, is in the report.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/runtime/partition.h"
#include "engine/store/state_disk.h"

namespace jari {

struct ReplayLimit {
  std::optional<Offset> offset;  // the last one to apply
  std::optional<Instant> time;   // stop before log time passes it
};

struct ReplayedPartition {
  PartitionRef where;
  Offset next_offset = 0;
  Hash128 digest;
  std::uint64_t compared = 0;          // ticks whose digest was held against ours
  std::uint64_t disputes = 0;          // by nodes that say that such a digest is wrong
  std::optional<std::string> differs;  // why it stopped before the end: where, and what is there
  bool is_over = false;                // it stands at the limit
  std::unique_ptr<Partition> partition;
};

using MakePartitionConsumer = std::function<std::unique_ptr<Consumer>(PartitionRef, Store&)>;
/// Called now and then with how many records have been applied.
using Progress = std::function<void(std::uint64_t records)>;

class Replay {
 public:
  Replay(Log& log, PartitionRef settings, KnownVersions known, const MakePartitionConsumer& make);

  /// Before anything is applied: begins with the state that is in `copy`.
  [[nodiscard]] Result<void> load(StateDisk& copy);
  /// Applies what the log has by now, up to `limit`.
  [[nodiscard]] Result<void> advance(const ReplayLimit& limit, const Progress& progress);
  [[nodiscard]] std::vector<ReplayedPartition>& partitions() { return all_; }

 private:
  ReplayedPartition& of(PartitionRef where) { return all_[first_[where.topic] + where.partition]; }
  Result<void> take_row(PartitionRef where, std::uint8_t table, std::string_view key,
                        std::string_view row);
  void take(const LogRecord& record, const ReplayLimit& limit);

  Log& log_;
  std::vector<std::size_t> first_;  // of each topic, in `all_`
  std::vector<ReplayedPartition> all_;
  std::vector<PartitionPosition> positions_;  // while loading, as `all_`
  std::uint64_t records_ = 0;                 // applied
  std::size_t going_on_ = 0;
};

/// From the first record.
[[nodiscard]] Result<std::vector<ReplayedPartition>> replay(Log& log, PartitionRef settings,
                                                            KnownVersions known,
                                                            const MakePartitionConsumer& make,
                                                            const ReplayLimit& limit,
                                                            const Progress& progress);

}  // namespace jari
