// consumers/api/world.h — World: the consumers of every partition, as queries see them.
//
// Changes nothing: what is here is const.
//
// Errors:  a partition that is none of theirs is a bug (CHECK).
// Threads: within a task of the engine only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/model/topics.h"
#include "consumers/programmes/programmes.h"
#include "consumers/queue/queue.h"
#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace jari::api {

/// How far the old database is behind.
struct LegacyLag {
  std::uint64_t records = 0;
  std::int64_t seconds = 0;
  std::uint64_t missing = 0;  // rows of `sync` that it never gets
  bool operator==(const LegacyLag&) const = default;
};

struct World {
  const LogIdentity& log;
  const Engine* engine = nullptr;           // for its status
  std::vector<const queue::Queue*> queues;  // by partition, as the others
  std::vector<const appointments::Appointments*> bookings;
  std::vector<const inventory::Inventory*> sites;
  std::vector<const programmes::Programmes*> programmes;
  std::optional<LegacyLag> legacy = {};  // absent where no `jari sync` is known of
  std::string node = {};                 // the name of who shows it; empty: none that serves

  /// Puts a partition's consumer in its place, or another one in place of one that is gone.
  void set(PartitionRef where, const Consumer& consumer);

  [[nodiscard]] const queue::Queue& queue_at(PartitionRef where) const {
    CHECK(where.topic == kQueueTopic && where.partition < queues.size());
    return *queues[where.partition];
  }
  [[nodiscard]] const appointments::Appointments& bookings_at(PartitionRef where) const {
    CHECK(where.topic == kBookingsTopic && where.partition < bookings.size());
    return *bookings[where.partition];
  }
  [[nodiscard]] const inventory::Inventory& site_at(PartitionRef where) const {
    CHECK(where.topic == kInventoryTopic && where.partition < sites.size());
    return *sites[where.partition];
  }
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const {
    return {topic, static_cast<PartitionNo>(partition_of(key, log.topics[topic].partitions))};
  }
};

inline constexpr PartitionRef kProgrammesHome{kProgrammesTopic, 0};

}  // namespace jari::api
