// consumers/inventory/counts.h — what is free, held and booked in every slot and of every product.
//
// A place and a dose move together, but for the dose of who did not come. Who has them is not known
// here (reservations.h, holds.h), nor whether anybody may.
//
// Units:   places and doses are counts.
// Errors:  giving back what is not taken, and a count that does not balance, are CHECKs.
// Threads: belongs to one partition worker. Pointers to rows die at the next change.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>

#include "consumers/inventory/rows.h"

namespace jari::inventory {

class Counts {
 public:
  explicit Counts(Store& store)
      : store_(store), slots_(store, kSlotTable), stock_(store, kStockTable) {}

  [[nodiscard]] const SlotRow* slot(const SlotKey& key) const { return slots_.find(key); }
  [[nodiscard]] const StockRow* stock(const StockKey& key) const { return stock_.find(key); }
  /// How many products a site has ever had.
  [[nodiscard]] std::size_t products_of(Name site) const;

  // What an operator says.
  void put_slot(const SlotKey& key, SlotRow row);
  void put_doses(const StockKey& key, std::uint32_t doses);
  /// Nothing in it is held any more, nor booked if `booked_too`; places and doses are free at once.
  void withdraw(const SlotKey& key, Offset offset, bool booked_too);

  // One place and one dose.
  void book(const SlotKey& key, Name product);
  void unbook(const SlotKey& key, Name product, bool has_dose);
  void hold(const SlotKey& key, Name product);
  void unhold(const SlotKey& key, Name product);
  /// A held place and dose become booked ones.
  void confirm(const SlotKey& key, Name product);
  // The dose of one who is booked, alone.
  void return_dose(const SlotKey& key, Name product);
  void take_dose(const SlotKey& key, Name product);

  /// Calls visit(slot, row) for the slots of a site with from ≤ starts_at < to, in the order of
  /// (starts_at, slot), after `after`, until it says false.
  struct SlotPlace {
    Instant starts_at;
    std::string_view slot;
    auto operator<=>(const SlotPlace&) const = default;
  };
  template <class Visit>
  void for_each_slot(Name site, const SlotPlace& after, Instant to, Visit&& visit) const {
    const auto known = sites_.find(site.number);
    if (known == sites_.end()) return;
    const auto& slots = known->second.slots;
    for (auto at = slots.upper_bound(after); at != slots.end() && at->first.starts_at < to; ++at) {
      if (!visit(at->second, *slot({site, at->second}))) return;
    }
  }
  /// Calls visit(product, row) for each product that the site ever had, in the order of their ids.
  template <class Visit>
  void for_each_product(Name site, Visit&& visit) const {
    const auto known = sites_.find(site.number);
    if (known == sites_.end()) return;
    for (const auto& [id, product] : known->second.products)
      visit(product, *stock({site, product}));
  }

  template <class Visit>
  void for_each_slot_unordered(Visit&& visit) const {
    slots_.for_each_unordered(visit);
  }

  /// After loading: the order again, and whether slots and stock say the same (CHECK).
  void rebuild();
  /// Whether every count balances, slots against stock: taken again from nothing.
  [[nodiscard]] bool balances() const;

 private:
  struct SiteOrder {
    absl::btree_map<SlotPlace, Name> slots;
    absl::btree_map<std::string_view, Name> products;
  };
  template <class Change>
  void change(const SlotKey& key, Name product, Change&& change_both);

  Store& store_;
  Table<SlotKey, SlotRow> slots_;
  Table<StockKey, StockRow> stock_;
  absl::flat_hash_map<std::uint32_t, SiteOrder>
      sites_;  // by Name::number of the site; never walked
};

}  // namespace jari::inventory
