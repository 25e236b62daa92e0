// engine/runtime/member_options.h — what a node among several is made with, besides what every node
// is.
//
// Errors:  none.
// Threads: as NodeOptions. make_consumer may be called again, in the member's thread: the state of
//          that partition is made again, and the consumer it had is gone. find_copy is called in
//          it, too, and must not wait; what it is handed may be called from any.
#pragma once

#include "engine/runtime/node_options.h"
#include "engine/store/state_disk.h"

namespace jari {

inline constexpr std::size_t kWaitingBytesMax = std::size_t{2'048} << 20;

/// A copy of a state that was held against the log and kept: what stands there of one partition.
struct ProvedCopy {
  std::string name;  // as people call it
  StateBatch rows;   // as a member has them on its disk
};
/// Which copy of a partition is wanted: the newest that the log still goes on from.
struct CopyWanted {
  PartitionRef where;
  Offset after = 0;    // its next_offset is greater than this,
  Offset at_most = 0;  // and no greater than this
  using Found = std::function<void(Result<ProvedCopy>)>;
};
/// Says what it found, or why it found none.
using FindCopy = std::function<void(const CopyWanted& wanted, CopyWanted::Found found)>;

struct MemberOptions : NodeOptions {
  /// How long an owner may be silent before another node claims.
  milliseconds takeover_after{1'000};
  /// Whether it claims at all; one that does not answers queries and takes requests.
  bool owns = true;
  /// Sinks that have lost acknowledged rows for good, says an operator: those that come go on
  /// behind what is left. Any other that has lost some stands still.
  std::vector<TopicNo> lost_sinks{};
  /// Memory for rows that wait for sinks, of all partitions together.
  std::size_t waiting_bytes_max = kWaitingBytesMax;
  /// Another node that lives has this one's name; of two the one that began later is to end, or the
  /// one that never claims, of which the other cannot know. Said once.
  std::function<void(bool is_to_end)> on_namesake = [](bool) {};
  /// Looks for a copy to make a partition again from, where the log has lost its first records.
  /// Empty: there is no place to look in.
  FindCopy find_copy{};
};

}  // namespace jari
