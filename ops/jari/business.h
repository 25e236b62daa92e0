// ops/jari/business.h — the business put into the engine: which consumer a partition has.
//
// Errors:  a topic that is a sink has no consumer (CHECK).
// Threads: pure, but for what is drawn (new_identity.cc), from any.
#pragma once

#include <cstdint>
#include <memory>

#include "consumers/model/topics.h"
#include "engine/log/log.h"
#include "engine/runtime/consumer.h"
#include "engine/runtime/partition.h"
#include "engine/store/store.h"

namespace jari::ops {

inline constexpr PartitionRef kSettingsPartition{kProgrammesTopic, 0};
inline constexpr std::uint32_t kStreamWindow = 16'384;
inline constexpr std::uint32_t kOutageMs = 10'000;

[[nodiscard]] std::unique_ptr<Consumer> make_consumer(PartitionRef where, Store& store);
[[nodiscard]] KnownVersions known_versions();

/// A new log with this many partitions of each topic (programmes has one).
[[nodiscard]] LogIdentity new_identity(PartitionNo partitions, Instant begins);

/// 128 bits from the system's generator: an incarnation.
[[nodiscard]] Hash128 random_hash();
/// A process: as unlike any other, and greater than what was drawn before.
[[nodiscard]] Hash128 drawn_process(Instant now);

}  // namespace jari::ops
