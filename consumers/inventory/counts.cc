#include "consumers/inventory/counts.h"

#include <limits>
#include <utility>

namespace jari::inventory {
namespace {

bool balances(const Balance& balance) {
  return balance.free() + balance.held + balance.booked == balance.total + balance.over() &&
         (balance.free() == 0 || balance.over() == 0);
}

/// Every hold has a dose; of those booked, all but the missed.
bool balances(const SlotRow& row) {
  std::uint64_t held = 0;
  std::uint64_t booked = 0;
  for (const SlotDoses& doses : row.doses) {
    held += doses.held;
    booked += doses.booked;
  }
  return balances(balance_of(row)) && held == row.held && booked <= row.booked;
}

SlotDoses& doses_of(SlotRow& row, Name product) {
  for (SlotDoses& doses : row.doses) {
    if (doses.product == product) return doses;
  }
  return row.doses.emplace_back(SlotDoses{product, 0, 0});
}

void drop_empty_doses(SlotRow& row) {
  std::erase_if(row.doses, [](const SlotDoses& doses) { return doses.booked + doses.held == 0; });
}

void take(std::uint32_t& count) {
  CHECK(count < std::numeric_limits<std::uint32_t>::max());
  ++count;
}
void give(std::uint32_t& count, std::uint32_t by = 1) {
  CHECK(count >= by);
  count -= by;
}

}  // namespace

template <class Change>
void Counts::change(const SlotKey& key, Name product, Change&& change_both) {
  stock_.change({key.site, product}, [&](StockRow& stock) {
    slots_.change(key, [&](SlotRow& slot) {
      change_both(slot, doses_of(slot, product), stock);
      drop_empty_doses(slot);
      CHECK(inventory::balances(slot));
    });
    CHECK(inventory::balances(balance_of(stock)));
  });
}

void Counts::book(const SlotKey& key, Name product) {
  change(key, product, [](SlotRow& slot, SlotDoses& doses, StockRow& stock) {
    take(slot.booked);
    take(doses.booked);
    take(stock.booked);
  });
}

void Counts::unbook(const SlotKey& key, Name product, bool has_dose) {
  change(key, product, [&](SlotRow& slot, SlotDoses& doses, StockRow& stock) {
    give(slot.booked);
    give(doses.booked, has_dose ? 1 : 0);
    give(stock.booked, has_dose ? 1 : 0);
  });
}

void Counts::hold(const SlotKey& key, Name product) {
  change(key, product, [](SlotRow& slot, SlotDoses& doses, StockRow& stock) {
    take(slot.held);
    take(doses.held);
    take(stock.held);
  });
}

void Counts::unhold(const SlotKey& key, Name product) {
  change(key, product, [](SlotRow& slot, SlotDoses& doses, StockRow& stock) {
    give(slot.held);
    give(doses.held);
    give(stock.held);
  });
}

void Counts::confirm(const SlotKey& key, Name product) {
  change(key, product, [](SlotRow& slot, SlotDoses& doses, StockRow& stock) {
    give(slot.held);
    give(doses.held);
    give(stock.held);
    take(slot.booked);
    take(doses.booked);
    take(stock.booked);
  });
}

void Counts::return_dose(const SlotKey& key, Name product) {
  change(key, product, [](SlotRow&, SlotDoses& doses, StockRow& stock) {
    give(doses.booked);
    give(stock.booked);
  });
}

void Counts::take_dose(const SlotKey& key, Name product) {
  change(key, product, [](SlotRow&, SlotDoses& doses, StockRow& stock) {
    take(doses.booked);
    take(stock.booked);
  });
}

void Counts::withdraw(const SlotKey& key, Offset offset, bool booked_too) {
  slots_.change(key, [&](SlotRow& slot) {
    for (SlotDoses& doses : slot.doses) {
      stock_.change({key.site, doses.product}, [&](StockRow& stock) {
        give(stock.held, std::exchange(doses.held, 0));
        if (booked_too) give(stock.booked, std::exchange(doses.booked, 0));
        CHECK(inventory::balances(balance_of(stock)));
      });
    }
    slot.is_withdrawn = true;
    slot.held = 0;
    slot.holds_ended_before = offset;
    if (booked_too) {
      slot.booked = 0;
      slot.cancelled_before = offset;
    }
    drop_empty_doses(slot);
    CHECK(inventory::balances(slot));
  });
}

void Counts::put_slot(const SlotKey& key, SlotRow row) {
  const std::string_view id = store_.names().text(key.slot);
  auto& slots = sites_[key.site.number].slots;
  if (const SlotRow* known = slot(key); known != nullptr) slots.erase({known->starts_at, id});
  slots.insert_or_assign({row.starts_at, id}, key.slot);
  CHECK(inventory::balances(slots_.put(key, std::move(row))));
}

void Counts::put_doses(const StockKey& key, std::uint32_t doses) {
  StockRow row;
  if (const StockRow* known = stock(key); known != nullptr) row = *known;
  row.doses = doses;
  stock_.put(key, row);
  sites_[key.site.number].products.insert_or_assign(store_.names().text(key.product), key.product);
  CHECK(inventory::balances(balance_of(row)));
}

std::size_t Counts::products_of(Name site) const {
  const auto known = sites_.find(site.number);
  return known == sites_.end() ? 0 : known->second.products.size();
}

void Counts::rebuild() {
  sites_.clear();
  slots_.for_each_unordered([&](const SlotKey& key, const SlotRow& row) {
    const std::string_view id = store_.names().text(key.slot);
    sites_[key.site.number].slots.insert_or_assign({row.starts_at, id}, key.slot);
  });
  stock_.for_each_unordered([&](const StockKey& key, const StockRow&) {
    const std::string_view id = store_.names().text(key.product);
    sites_[key.site.number].products.insert_or_assign(id, key.product);
  });
  CHECK(balances());
}

bool Counts::balances() const {
  bool all = true;
  absl::flat_hash_map<StockKey, StockRow, FieldHash> sums;
  slots_.for_each_unordered([&](const SlotKey& key, const SlotRow& row) {
    all = all && inventory::balances(row);
    for (const SlotDoses& doses : row.doses) {
      StockRow& sum = sums[{key.site, doses.product}];
      sum.booked += doses.booked;
      sum.held += doses.held;
    }
  });
  stock_.for_each_unordered([&](const StockKey& key, const StockRow& row) {
    const StockRow& sum = sums[key];
    all = all && inventory::balances(balance_of(row)) && row.booked == sum.booked &&
          row.held == sum.held;
    sums.erase(key);
  });
  return all && sums.empty();
}

}  // namespace jari::inventory
