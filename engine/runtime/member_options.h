// engine/runtime/member_options.h — what a node among several is made with, besides what every node
// is.
//
// Errors:  none.
// Threads: as NodeOptions. make_consumer may be called again, in the member's thread: the state of
//          that partition is made again, and the consumer it had is gone.
#pragma once

#include "engine/runtime/node_options.h"

namespace jari {

inline constexpr std::size_t kWaitingBytesMax = std::size_t{2'048} << 20;

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
};

}  // namespace jari
