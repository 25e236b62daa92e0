// consumers/inventory/state.h — all that one partition of sites knows.
//
// Decides nothing: operators.h, effects.h and sweep.h do.
//
// Units:   as rows.h.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <optional>

#include "consumers/inventory/sites.h"
#include "consumers/inventory/withdrawals.h"
#include "consumers/requests/requests.h"
#include "consumers/settings/programme_table.h"

namespace jari::inventory {

struct State {
  explicit State(Store& from);

  Store& store;
  requests::Requests requests;
  settings::ProgrammeTable programmes;
  Sites sites;
  Counts counts;
  Reservations reservations;
  Holds holds;
  Withdrawals withdrawals;

  /// The site's name if there is such a site.
  [[nodiscard]] std::optional<Name> site(SiteId site) const;
  /// The slot's key if there is such a slot.
  [[nodiscard]] std::optional<SlotKey> slot(Name site, SlotId slot) const;
  /// The site's row of a product; nullptr if it never had any.
  [[nodiscard]] const StockRow* stock(Name site, ProductId product) const;
  /// Whether `text` is what `name` stands for.
  [[nodiscard]] bool is(Name name, std::string_view text) const {
    return store.names().text(name) == text;
  }

  // A reservation or a hold goes, with its place and its dose if they still stand.
  void give_back(const ReservationKey& key);
  void give_back(MadeId hold);

  /// The slot is withdrawn by the record at `offset`: holds end, and bookings if `booked_too`.
  void withdraw(const SlotKey& key, Offset offset, bool booked_too);
  /// Said after whatever has changed a slot: its counts are those of the people who have a place in
  /// it, counted apart (CHECK).
  void expect_balance(const SlotKey& key) const;

  /// After loading.
  void rebuild();
  /// Whether slots, stock, reservations and holds say the same: taken again from nothing.
  [[nodiscard]] bool balances() const;
};

}  // namespace jari::inventory
