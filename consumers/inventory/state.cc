#include "consumers/inventory/state.h"

namespace jari::inventory {

State::State(Store& from)
    : store(from),
      requests(from, kRequestTable),
      programmes(from, kProgrammeTable),
      sites(from),
      counts(from),
      reservations(from),
      holds(from),
      withdrawals(counts, reservations, holds) {}

std::optional<Name> State::site(SiteId site) const {
  const auto name = store.names().find(site.text);
  if (!name || sites.find(*name) == nullptr) return std::nullopt;
  return name;
}

std::optional<SlotKey> State::slot(Name site, SlotId slot) const {
  const auto name = store.names().find(slot.text);
  if (!name || counts.slot({site, *name}) == nullptr) return std::nullopt;
  return SlotKey{site, *name};
}

const StockRow* State::stock(Name site, ProductId product) const {
  const auto name = store.names().find(product.text);
  return name ? counts.stock({site, *name}) : nullptr;
}

void State::give_back(const ReservationKey& key) {
  const ReservationRow row = *reservations.find(key);
  const SlotKey slot{key.site, row.slot};
  reservations.remove(key);
  if (stands(row, *counts.slot(slot))) counts.unbook(slot, row.product, row.has_dose);
  expect_balance(slot);
}

void State::give_back(MadeId hold) {
  const HoldRow row = *holds.find(hold);
  const SlotKey slot{row.site, row.slot};
  holds.remove(hold);
  if (stands(row, *counts.slot(slot))) counts.unhold(slot, row.product);
  expect_balance(slot);
}

void State::withdraw(const SlotKey& key, Offset offset, bool booked_too) {
  counts.withdraw(key, offset, booked_too);
  holds.stand_since(key, offset);
  if (booked_too) reservations.stand_since(key, offset);
  expect_balance(key);
  withdrawals.begin(key);
}

void State::expect_balance(const SlotKey& key) const {
  const SlotRow& slot = *counts.slot(key);
  CHECK(slot.booked == reservations.grants().standing(key));
  CHECK(slot.held == holds.grants().standing(key));
}

void State::rebuild() {
  requests.rebuild();
  programmes.rebuild();
  sites.rebuild();
  counts.rebuild();
  reservations.rebuild();
  holds.rebuild();
  counts.for_each_slot_unordered([&](const SlotKey& key, const SlotRow& row) {
    holds.stand_since(key, row.holds_ended_before);
    reservations.stand_since(key, row.cancelled_before);
  });
  withdrawals.rebuild();
  CHECK(balances());
}

bool State::balances() const {
  struct Sum {
    std::uint64_t booked = 0;
    std::uint64_t held = 0;
    std::uint64_t doses = 0;
  };
  absl::flat_hash_map<SlotKey, Sum, FieldHash> sums;
  reservations.for_each_unordered([&](const ReservationKey& key, const ReservationRow& row) {
    const SlotKey slot{key.site, row.slot};
    if (!stands(row, *counts.slot(slot))) return;
    ++sums[slot].booked;
    sums[slot].doses += row.has_dose ? 1 : 0;
  });
  holds.for_each_unordered([&](const HoldKey&, const HoldRow& row) {
    const SlotKey slot{row.site, row.slot};
    if (stands(row, *counts.slot(slot))) ++sums[slot].held;
  });
  bool all = counts.balances();
  counts.for_each_slot_unordered([&](const SlotKey& key, const SlotRow& row) {
    const auto found = sums.find(key);
    const Sum sum = found == sums.end() ? Sum{} : found->second;
    std::uint64_t doses = 0;
    for (const SlotDoses& one : row.doses) doses += one.booked;
    all = all && sum.booked == row.booked && sum.held == row.held && sum.doses == doses;
  });
  return all;
}

}  // namespace jari::inventory
