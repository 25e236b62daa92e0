#include "ops/jari/business.h"

#include <openssl/rand.h>

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/programmes/programmes.h"
#include "consumers/queue/queue.h"
#include "engine/base/check.h"

namespace jari::ops {

std::unique_ptr<Consumer> make_consumer(PartitionRef where, Store& store) {
  switch (where.topic) {
    case kQueueTopic:
      return std::make_unique<queue::Queue>(store);
    case kBookingsTopic:
      return std::make_unique<appointments::Appointments>(store);
    case kInventoryTopic:
      return std::make_unique<inventory::Inventory>(store);
    case kProgrammesTopic:
      return std::make_unique<programmes::Programmes>(store);
    default:
      break;
  }
  CHECK(false);
  return nullptr;
}

LogIdentity new_identity(PartitionNo partitions, Instant begins) {
  LogIdentity identity;
  identity.incarnation = random_hash();
  identity.begins = begins;
  identity.stream_window = kStreamWindow;
  identity.outage_ms = kOutageMs;
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    const bool is_sink = topic == kSyncTopic || topic == kOutcomesTopic;
    const PartitionNo count = topic == kProgrammesTopic ? PartitionNo{1} : partitions;
    identity.topics.push_back({std::string(kTopicNames[topic]), count, is_sink});
  }
  return identity;
}

Hash128 random_hash() {
  Hash128 hash;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&hash), sizeof hash) == 1);
  return hash;
}

}  // namespace jari::ops
