#include "consumers/inventory/grants.h"

namespace jari::inventory {

void Grants::add(const SlotKey& slot, const Grant& grant) {
  const bool is_new = slots_[slot].insert(grant).second;
  CHECK(is_new);
}

void Grants::remove(const SlotKey& slot, const Grant& grant) {
  const auto grants = slots_.find(slot);
  CHECK(grants != slots_.end() && grants->second.erase(grant) == 1);
  if (grants->second.empty()) slots_.erase(grants);
}

const Grants::OfSlot& Grants::of(const SlotKey& slot) const {
  static const OfSlot kNone;
  const auto grants = slots_.find(slot);
  return grants == slots_.end() ? kNone : grants->second;
}

const Grant* Grants::first(const SlotKey& slot, PartitionNo group, Offset before) const {
  const OfSlot& grants = of(slot);
  const auto at = grants.lower_bound(Grant{0, first_id(group)});
  const bool is_one = at != grants.end() && at->id.partition() == group && at->granted < before;
  return is_one ? &*at : nullptr;
}

}  // namespace jari::inventory
