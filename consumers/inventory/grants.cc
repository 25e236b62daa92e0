#include "consumers/inventory/grants.h"

namespace jari::inventory {

void Grants::add(const SlotKey& slot, const Grant& grant) {
  OfSlot& its = slots_[slot];
  const bool is_new = its.grants.insert(grant).second;
  CHECK(is_new);
  if (grant.granted >= its.since) ++its.standing;
}

void Grants::remove(const SlotKey& slot, const Grant& grant) {
  const auto at = slots_.find(slot);
  CHECK(at != slots_.end() && at->second.grants.erase(grant) == 1);
  if (grant.granted >= at->second.since) --at->second.standing;
  if (at->second.grants.empty()) slots_.erase(at);
}

void Grants::stand_since(const SlotKey& slot, Offset offset) {
  const auto at = slots_.find(slot);
  if (at == slots_.end()) return;
  at->second.since = offset;
  at->second.standing = 0;
  for_each_since(slot, offset, [&](const Grant&) {
    ++at->second.standing;
    return true;
  });
}

std::uint32_t Grants::standing(const SlotKey& slot) const {
  return of(slot).standing;
}

const Grants::OfSlot& Grants::of(const SlotKey& slot) const {
  static const OfSlot kNone;
  const auto at = slots_.find(slot);
  return at == slots_.end() ? kNone : at->second;
}

const Grant* Grants::first(const SlotKey& slot, PartitionNo group, Offset before) const {
  const auto& grants = of(slot).grants;
  const auto at = grants.lower_bound(Grant{0, first_id(group)});
  const bool is_one = at != grants.end() && at->id.partition() == group && at->granted < before;
  return is_one ? &*at : nullptr;
}

}  // namespace jari::inventory
