// Which log a new one is, drawn by the system: apart from the business, which links no chance.

#include <openssl/rand.h>

#include "engine/base/check.h"
#include "ops/jari/business.h"

namespace jari::ops {

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

Hash128 drawn_process(Instant now) {
  return {static_cast<std::uint64_t>(now.ms), random_hash().high};
}

}  // namespace jari::ops
