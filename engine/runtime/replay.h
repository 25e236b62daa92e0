// engine/runtime/replay.h — the state made again from a log's first record, in an empty place.
//
// Compares every tick's digest with its own on the way. Writes nothing.
//
// Units:   up_to is an offset (each partition's records before and with it) or a log time.
// Errors:  what reading the log says. A partition whose digest differs is in the report.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/runtime/partition.h"

namespace jari {

struct ReplayLimit {
  std::optional<Offset> offset;  // the last one to apply
  std::optional<Instant> time;   // stop before log time passes it
};

struct ReplayedPartition {
  PartitionRef where;
  Offset next_offset = 0;
  Hash128 digest;
  std::optional<std::string> differs;  // where a tick's digest is not ours, and how
  std::unique_ptr<Partition> partition;
};

using MakePartitionConsumer = std::function<std::unique_ptr<Consumer>(PartitionRef, Store&)>;
/// Called now and then with how many records have been applied.
using Progress = std::function<void(std::uint64_t records)>;

[[nodiscard]] Result<std::vector<ReplayedPartition>> replay(Log& log, PartitionRef settings,
                                                            KnownVersions known,
                                                            const MakePartitionConsumer& make,
                                                            const ReplayLimit& limit,
                                                            const Progress& progress);

}  // namespace jari
