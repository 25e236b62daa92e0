// consumers/inventory/withdrawals.h — who must be told that a slot was withdrawn, worked off in
// bounded portions.
//
// The withdrawal itself is done at once (counts.h): everything that was granted before it stands no
// more, for every decision and count. What is left is only the telling. A slot that is opened again
// meanwhile keeps what was granted since.
//
// Units:   none.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <optional>

#include <absl/container/btree_map.h>

#include "consumers/inventory/counts.h"
#include "consumers/inventory/holds.h"
#include "consumers/inventory/reservations.h"

namespace jari::inventory {

/// What a withdrawal has taken and whose person's partition has not been told: one of the two.
struct Untold {
  SlotKey slot;
  MadeId hold;
  MadeId appointment;
};

class Withdrawals {
 public:
  Withdrawals(const Counts& counts, const Reservations& reservations, const Holds& holds)
      : counts_(counts), reservations_(reservations), holds_(holds) {}

  /// The slot has just been withdrawn (again).
  void begin(const SlotKey& key);

  /// The first in order for `group` or, if it has none, for the next one that has. The order: by
  /// partition of bookings, then by withdrawal; in one slot holds first, each as they were granted.
  [[nodiscard]] std::optional<Untold> first(PartitionNo group);
  [[nodiscard]] bool empty() const { return pending_.empty(); }
  /// After loading of the other three.
  void rebuild();

 private:
  struct Part {
    PartitionNo group = 0;
    Offset withdrawn_at = 0;  // no two slots are withdrawn at one offset
    auto operator<=>(const Part&) const = default;
  };
  [[nodiscard]] std::optional<Untold> first_of(const SlotKey& key, PartitionNo group) const;

  const Counts& counts_;
  const Reservations& reservations_;
  const Holds& holds_;
  absl::btree_map<Part, SlotKey> pending_;
};

}  // namespace jari::inventory
