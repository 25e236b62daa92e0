// consumers/proof/checkpoint.h — Checkpoint: what a log was like up to a moment, in a text short
// enough to be published, so that nobody can alter what stood there then.
//
//     jari checkpoint 1
//     log INCARNATION
//     time LOG-TIME
//     TOPIC PARTITION SIZE CHAIN ROOT [TICK UPTO DIGEST]
//     …
//
// A line for each partition, in the log's order. CHAIN is the partition's SHA-256 chain after SIZE
// records, ROOT the root of its Merkle tree (RFC 9162), both in hex. TICK is where the newest tick
// below SIZE stands that says a DIGEST, of the state after offset UPTO; sinks have none. LOG-TIME
// is the latest that a tick below says. It is published as a signed note (note.h).
//
// Units:   sizes and offsets count records; log time RFC 3339.
// Errors:  BadBytes for a text that is no checkpoint: there is one text for each.
// Threads: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/log/log.h"

namespace jari::proof {

inline constexpr std::string_view kCheckpointOrigin = "jari checkpoint 1";

/// What a tick says of the state.
struct DigestMark {
  Offset tick = 0;
  Offset upto = 0;
  Hash128 digest;
  bool operator==(const DigestMark&) const = default;
};

/// One partition up to a size.
struct PartitionMark {
  std::string topic;
  PartitionNo partition = 0;
  Offset size = 0;
  Sha256 chain{};
  Sha256 root{};
  std::optional<DigestMark> digest;
  bool operator==(const PartitionMark&) const = default;
};

struct Checkpoint {
  Hash128 log;
  Instant time;
  std::vector<PartitionMark> partitions;
  bool operator==(const Checkpoint&) const = default;

  [[nodiscard]] const PartitionMark* find(std::string_view topic, PartitionNo partition) const;
  [[nodiscard]] std::uint64_t records() const;
};

[[nodiscard]] std::string to_text(const Checkpoint& checkpoint);
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);
/// What names a checkpoint: the hash of its text.
[[nodiscard]] Sha256 hash_of(const Checkpoint& checkpoint);

}  // namespace jari::proof
