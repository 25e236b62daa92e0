#include "consumers/api/world.h"

namespace jari::api {
namespace {

template <class As>
void put(std::vector<const As*>& all, PartitionNo partition, const Consumer& consumer) {
  if (all.size() <= partition) all.resize(partition + std::size_t{1});
  all[partition] = static_cast<const As*>(&consumer);
}

}  // namespace

void World::set(PartitionRef where, const Consumer& consumer) {
  switch (where.topic) {
    case kQueueTopic:
      return put(queues, where.partition, consumer);
    case kBookingsTopic:
      return put(bookings, where.partition, consumer);
    case kInventoryTopic:
      return put(sites, where.partition, consumer);
    default:
      CHECK(where.topic == kProgrammesTopic);
      return put(programmes, where.partition, consumer);
  }
}

}  // namespace jari::api
