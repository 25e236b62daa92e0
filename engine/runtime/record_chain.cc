#include "engine/runtime/record_chain.h"

#include <cstring>

namespace jari {

void RecordChain::step(Bytes record) {
  chain_.step(record);
  last_record_ = hash128(record);
}

void RecordChain::start(const PartitionPosition& position) {
  Sha256 value;
  std::memcpy(value.data(), &position.chain_low, sizeof(Hash128));
  std::memcpy(value.data() + sizeof(Hash128), &position.chain_high, sizeof(Hash128));
  chain_.start(value);
  last_record_ = position.last_record;
}

void RecordChain::fill(PartitionPosition& position) const {
  std::memcpy(&position.chain_low, value().data(), sizeof(Hash128));
  std::memcpy(&position.chain_high, value().data() + sizeof(Hash128), sizeof(Hash128));
  position.last_record = last_record_;
}

}  // namespace jari
