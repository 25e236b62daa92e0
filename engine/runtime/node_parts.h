// engine/runtime/node_parts.h — what every node does with its partitions, whoever speaks for them.
//
// Private to engine/runtime/.
//
// Errors:  LogMismatch and BadBytes say what to do with the state.
// Threads: free functions; a partition belongs to its node's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/engine.h"
#include "engine/runtime/node_options.h"
#include "engine/runtime/partition.h"
#include "engine/store/state_disk.h"

namespace jari {

[[nodiscard]] std::string name_of(const LogIdentity& identity, PartitionRef where);
/// Why the state of a partition is none of this log, and what to do.
[[nodiscard]] Error not_its_log(const LogIdentity& identity, PartitionRef where,
                                const std::string& why);

/// Every row of the state, once it is known that the log has its partition.
[[nodiscard]] Result<void> load_rows(StateDisk& disk, const LogIdentity& identity,
                                     const StateDisk::LoadVisit& take);
[[nodiscard]] Result<PartitionPosition> read_position(std::string_view row);
void put_position(StateBatch& rows, const PartitionPosition& position);

/// Why a partition is to stop before this offset, if a CHECK has left a marker there.
[[nodiscard]] std::optional<std::string> marked(const std::vector<ParkMarker>& markers,
                                                PartitionRef where, Offset offset);
/// Why this record cannot be applied next: those before it are missing.
[[nodiscard]] std::optional<std::string> why_missing(Offset next, Offset found);
/// Why the partition is to be parked by whoever speaks for it, if the record applied last says so.
[[nodiscard]] std::optional<std::string> why_tail_is_lost(const Partition& partition);

[[nodiscard]] PartitionRef home_in(const LogIdentity& identity, TopicNo topic,
                                   std::string_view key);
/// Rows of the fullest stream to another partition that nobody has acknowledged.
[[nodiscard]] std::uint32_t fullest_stream_of(const LogIdentity& identity,
                                              const Partition& partition);
/// What a partition says of itself.
void fill(PartitionStatus& status, const Partition& partition);
[[nodiscard]] std::vector<DeadLetter> dead_letters_of(const Partition& partition, Offset after,
                                                      std::size_t limit);

}  // namespace jari
