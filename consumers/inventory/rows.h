// consumers/inventory/rows.h — the rows that one partition of sites keeps: sites, slots, stock, who
// has booked and who holds.
//
// Says nothing of what changes them: counts.h, reservations.h, holds.h.
//
// Units:   places and doses are counts; granted is the offset of the record that granted it; until
//          is log time in which outages do not count.
// Errors:  none.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consumers/model/booking_records.h"
#include "engine/runtime/consumer.h"
#include "engine/store/table.h"

namespace jari::inventory {

// Table numbers are part of the stored form; inventory has 50 to 79.
inline constexpr std::uint8_t kRequestTable = 50;
inline constexpr std::uint8_t kSiteTable = 51;
inline constexpr std::uint8_t kSlotTable = 52;
inline constexpr std::uint8_t kStockTable = 53;
inline constexpr std::uint8_t kReservationTable = 54;
inline constexpr std::uint8_t kHoldTable = 55;
inline constexpr std::uint8_t kProgrammeTable = 56;

struct SiteKey {
  Name site;
  bool operator==(const SiteKey&) const = default;
  JARI_FIELDS(SiteKey, site)
};
struct SiteRow {
  std::string name;
  Name region;
  Name zone;
  std::string address;
  std::string phone;
  bool has_place = false;
  std::int32_t latitude = 0;  // millionths of a degree
  std::int32_t longitude = 0;
  std::uint32_t version = 0;
  JARI_FIELDS(SiteRow, name, region, zone, address, phone, has_place, latitude, longitude, version)
};

/// What a slot has of one product. A dose that was given back (missed) is not counted.
struct SlotDoses {
  Name product;
  std::uint32_t booked = 0;
  std::uint32_t held = 0;
  JARI_FIELDS(SlotDoses, product, booked, held)
};

struct SlotKey {
  Name site;
  Name slot;
  bool operator==(const SlotKey&) const = default;
  JARI_FIELDS(SlotKey, site, slot)
};
/// A withdrawal takes everything that was granted before its offset, at once: the two `_before`
/// say up to where. Their reservations and holds stay in the tables only until each person's
/// partition has been told.
struct SlotRow {
  Instant starts_at;
  std::uint32_t length_seconds = 0;
  std::uint32_t capacity = 0;
  std::uint32_t booked = 0;
  std::uint32_t held = 0;
  Day starts_on;
  Name zone;
  bool is_withdrawn = false;
  std::uint32_t version = 0;
  Offset holds_ended_before = 0;  // of the latest withdrawal
  Offset cancelled_before = 0;    // of the latest that cancelled who was booked
  std::vector<SlotDoses> doses;
  JARI_FIELDS(SlotRow, starts_at, length_seconds, capacity, booked, held, starts_on, zone,
              is_withdrawn, version, holds_ended_before, cancelled_before, doses)
};

struct StockKey {
  Name site;
  Name product;
  bool operator==(const StockKey&) const = default;
  JARI_FIELDS(StockKey, site, product)
};
struct StockRow {
  std::uint32_t doses = 0;
  std::uint32_t booked = 0;
  std::uint32_t held = 0;
  JARI_FIELDS(StockRow, doses, booked, held)
};

/// An appointment has at most one place at a site.
struct ReservationKey {
  MadeId appointment;
  Name site;
  bool operator==(const ReservationKey&) const = default;
  JARI_FIELDS(ReservationKey, appointment, site)
};
struct ReservationRow {
  Name slot;
  Name product;
  Name person;
  Offset granted = 0;
  bool has_dose = true;
  JARI_FIELDS(ReservationRow, slot, product, person, granted, has_dose)
};

struct HoldKey {
  MadeId hold;
  bool operator==(const HoldKey&) const = default;
  JARI_FIELDS(HoldKey, hold)
};
struct HoldRow {
  Name site;
  Name slot;
  Name product;
  Name person;
  Offset granted = 0;
  Deadline until;
  HoldEnd ended = HoldEnd::Unknown;  // Withdrawn: its person was told, it stays until its deadline
  bool is_owed = false;              // it is over, and its person's partition has yet to hear why
  JARI_FIELDS(HoldRow, site, slot, product, person, granted, until, ended, is_owed)
};

/// Places or doses: free + held + booked = total + over, and one of free and over is 0.
struct Balance {
  std::uint64_t total = 0;
  std::uint64_t booked = 0;
  std::uint64_t held = 0;
  [[nodiscard]] std::uint64_t taken() const { return booked + held; }
  [[nodiscard]] std::uint64_t free() const { return total > taken() ? total - taken() : 0; }
  [[nodiscard]] std::uint64_t over() const { return taken() > total ? taken() - total : 0; }
};
[[nodiscard]] inline Balance balance_of(const SlotRow& row) {
  return {row.capacity, row.booked, row.held};
}
[[nodiscard]] inline Balance balance_of(const StockRow& row) {
  return {row.doses, row.booked, row.held};
}

}  // namespace jari::inventory
