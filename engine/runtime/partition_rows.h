// engine/runtime/partition_rows.h — the engine's own rows in the state of a partition.
//
// Private to engine/runtime/; the consumers' rows are theirs.
//
// Units:   Instant is log time in ms.
// Errors:  none.
// Threads: plain values.
#pragma once

#include "engine/record/envelope.h"
#include "engine/store/names.h"

namespace jari {

/// The engine's own facts of a partition: one row.
struct PartitionRow {
  Instant now;
  std::int64_t outages_ms = 0;
  std::uint64_t epoch = 0;
  Name node;
  Hash128 process;
  std::uint16_t reads = 0;   // bodies up to this version are applied
  std::uint16_t writes = 0;  // bodies of this version are emitted
  Hash128 incarnation;
  std::uint64_t dead_letters = 0;
  std::uint16_t barrier = 0;   // of the settings' partition: the version whose readers we wait for
  std::uint16_t knows_to = 0;  // the newest version that the owner's program can apply
  JARI_FIELDS(PartitionRow, now, outages_ms, epoch, node, process, reads, writes, incarnation,
              dead_letters, barrier, knows_to)
};

inline constexpr std::uint8_t kPositionTable = 255;    // beside the tables, no part of the digest
inline constexpr std::uint8_t kFirstNodesTable = 252;  // from here on: what only a node knows of

/// Where the state stands: written with the state, compared with the log at every start.
struct PartitionPosition {
  Offset next_offset = 0;
  Hash128 chain_low;  // the SHA-256 chain's two halves
  Hash128 chain_high;
  Hash128 digest;
  Hash128 last_record;  // XXH3 of the record at next_offset - 1
  JARI_FIELDS(PartitionPosition, next_offset, chain_low, chain_high, digest, last_record)
};

/// The digest of the state after a record.
struct DigestAt {
  Offset offset = 0;
  Hash128 digest;
};

struct OffsetKey {
  Offset offset = 0;
  bool operator==(const OffsetKey&) const = default;
  JARI_FIELDS(OffsetKey, offset)
};
struct PartitionRowKey {
  std::uint8_t one = 0;
  bool operator==(const PartitionRowKey&) const = default;
  JARI_FIELDS(PartitionRowKey, one)
};
struct DeadLetterRow {
  Instant time;
  Name reason;
  JARI_FIELDS(DeadLetterRow, time, reason)
};

}  // namespace jari
