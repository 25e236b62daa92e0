// engine/log/archive/segment.h — what a segment says of itself, and what its file is called.
//
// Errors:  none.
// Threads: plain values.
#pragma once

#include <string>

#include "engine/log/log.h"

namespace jari {

struct SegmentAbout {
  PartitionRef where;
  LogWriters writers = LogWriters::One;
  Offset base_offset = 0;
  Offset end_offset = 0;  // after its last record
  Sha256 chain_before{};  // of the partition: SHA-256, one step a record
  Sha256 chain_after{};
  Hash128 last_record;  // hash of it
  std::string genesis;  // of the log, as its newest genesis record says it
};

inline constexpr std::string_view kSegmentSuffix = ".segment";
inline constexpr std::string_view kUnfinished = "unfinished";  // the file of the next segment

/// `00000000000000004711.segment`: sorts by offset.
[[nodiscard]] std::string segment_name(Offset base_offset);

}  // namespace jari
