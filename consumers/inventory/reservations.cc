#include "consumers/inventory/reservations.h"

namespace jari::inventory {

void Reservations::add(const ReservationKey& key, const ReservationRow& row) {
  CHECK(!rows_.contains(key));
  rows_.put(key, row);
  grants_.add({key.site, row.slot}, {row.granted, key.appointment});
}

void Reservations::remove(const ReservationKey& key) {
  const ReservationRow* row = rows_.find(key);
  CHECK(row != nullptr);
  grants_.remove({key.site, row->slot}, {row->granted, key.appointment});
  rows_.erase(key);
}

void Reservations::set_dose(const ReservationKey& key, bool has_dose) {
  rows_.change(key, [&](ReservationRow& row) { row.has_dose = has_dose; });
}

void Reservations::rebuild() {
  grants_.clear();
  rows_.for_each_unordered([&](const ReservationKey& key, const ReservationRow& row) {
    grants_.add({key.site, row.slot}, {row.granted, key.appointment});
  });
}

}  // namespace jari::inventory
