#include "consumers/inventory/withdrawals.h"

namespace jari::inventory {

void Withdrawals::begin(const SlotKey& key) {
  const SlotRow* slot = counts_.slot(key);
  CHECK(slot != nullptr);
  const auto add = [&](PartitionNo group) {
    pending_.insert_or_assign({group, slot->holds_ended_before}, key);
  };
  holds_.grants().for_each_group(key, slot->holds_ended_before, add);
  reservations_.grants().for_each_group(key, slot->cancelled_before, add);
}

std::optional<Untold> Withdrawals::first(PartitionNo group) {
  auto at = pending_.lower_bound(Part{group, 0});
  while (at != pending_.end()) {
    // One that was withdrawn again since stands under its later offset: as after a restart.
    const bool is_latest = counts_.slot(at->second)->holds_ended_before == at->first.withdrawn_at;
    const auto untold = is_latest ? first_of(at->second, at->first.group) : std::nullopt;
    if (untold) return untold;
    at = pending_.erase(at);
  }
  return std::nullopt;
}

std::optional<Untold> Withdrawals::first_of(const SlotKey& key, PartitionNo group) const {
  const SlotRow* slot = counts_.slot(key);
  CHECK(slot != nullptr);
  if (const Grant* hold = holds_.grants().first(key, group, slot->holds_ended_before);
      hold != nullptr) {
    return Untold{key, hold->id, {}};
  }
  if (const Grant* grant = reservations_.grants().first(key, group, slot->cancelled_before);
      grant != nullptr) {
    return Untold{key, {}, grant->id};
  }
  return std::nullopt;
}

void Withdrawals::rebuild() {
  pending_.clear();
  const auto add = [&](MadeId id, const SlotKey& key) {
    pending_.insert_or_assign({id.partition(), counts_.slot(key)->holds_ended_before}, key);
  };
  reservations_.for_each_unordered([&](const ReservationKey& key, const ReservationRow& row) {
    const SlotKey slot{key.site, row.slot};
    if (!stands(row, *counts_.slot(slot))) add(key.appointment, slot);
  });
  holds_.for_each_unordered([&](const HoldKey& key, const HoldRow& row) {
    const SlotKey slot{row.site, row.slot};
    if (row.ended == HoldEnd::Unknown && !stands(row, *counts_.slot(slot))) add(key.hold, slot);
  });
}

}  // namespace jari::inventory
