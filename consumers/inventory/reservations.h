// consumers/inventory/reservations.h — who has a place and a dose for good, until they are given
// back.
//
// Counts nothing (counts.h) and decides nothing.
//
// Units:   none.
// Errors:  a second one for the same appointment at a site is a CHECK.
// Threads: belongs to one partition worker. Pointers to rows die at the next change.
#pragma once

#include "consumers/inventory/grants.h"

namespace jari::inventory {

class Reservations {
 public:
  explicit Reservations(Store& store) : rows_(store, kReservationTable) {}

  [[nodiscard]] const ReservationRow* find(const ReservationKey& key) const {
    return rows_.find(key);
  }
  void add(const ReservationKey& key, const ReservationRow& row);
  void remove(const ReservationKey& key);
  void set_dose(const ReservationKey& key, bool has_dose);

  [[nodiscard]] const Grants& grants() const { return grants_; }
  /// A withdrawal of the slot has taken what was granted before `offset`.
  void stand_since(const SlotKey& slot, Offset offset) { grants_.stand_since(slot, offset); }
  template <class Visit>
  void for_each_unordered(Visit&& visit) const {
    rows_.for_each_unordered(visit);
  }
  /// After loading.
  void rebuild();

 private:
  Table<ReservationKey, ReservationRow> rows_;
  Grants grants_;
};

/// Whether it is still booked there: no withdrawal has cancelled it.
[[nodiscard]] inline bool stands(const ReservationRow& row, const SlotRow& slot) {
  return row.granted >= slot.cancelled_before;
}

}  // namespace jari::inventory
