#include "ops/jari/business.h"

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

}  // namespace jari::ops
