// consumers/model/inventory_records.h — what stands in a partition of `inventory` (a site's own).
//
// Units:   Instant in ms; lengths in seconds or ms; coordinates in millionths of a degree; doses
// and
//          places are counts.
// Errors:  none.
// Threads: plain values; texts are views.
#pragma once

#include <cstdint>
#include <string_view>

#include "consumers/model/code.h"
#include "consumers/model/ids.h"

namespace jari {

/// Requests of an operator.
struct SitePublished {
  SiteId site;
  std::string_view name;
  std::string_view region;
  std::string_view zone;  // IANA, as `Asia/Seoul`
  std::string_view address;
  std::string_view phone;
  bool has_place = false;  // whether latitude and longitude are given
  std::int32_t latitude = 0;
  std::int32_t longitude = 0;
  std::uint32_t expects_version = 0;  // 0: whatever it is
  JARI_FIELDS(SitePublished, site, name, region, zone, address, phone, has_place, latitude,
              longitude, expects_version)
};
/// Publishes a slot, changes it, or opens a withdrawn one again. The same form serves SlotChanged,
/// which says that the slot was there as far as the door could see.
struct SlotPublished {
  SiteId site;
  SlotId slot;
  Instant starts_at;
  std::uint32_t length_seconds = 0;
  std::uint32_t capacity = 0;
  Day starts_on;                      // local date of starts_at in `zone`, computed by the door
  std::string_view zone;              // of the site, as the door saw it
  std::uint32_t expects_version = 0;  // 0: whatever it is
  JARI_FIELDS(SlotPublished, site, slot, starts_at, length_seconds, capacity, starts_on, zone,
              expects_version)
};
struct SlotChanged {
  SiteId site;
  SlotId slot;
  Instant starts_at;
  std::uint32_t length_seconds = 0;
  std::uint32_t capacity = 0;
  Day starts_on;
  std::string_view zone;
  std::uint32_t expects_version = 0;  // 0: whatever it is
  JARI_FIELDS(SlotChanged, site, slot, starts_at, length_seconds, capacity, starts_on, zone,
              expects_version)
};
struct SlotWithdrawn {
  SiteId site;
  SlotId slot;
  bool cancel = false;  // cancels who is booked, too
  JARI_FIELDS(SlotWithdrawn, site, slot, cancel)
};
struct StockChanged {
  SiteId site;
  ProductId product;
  std::int64_t doses = 0;  // added; below zero takes away
  bool lost = false;       // a loss is a fact, also below what is booked
  JARI_FIELDS(StockChanged, site, product, doses, lost)
};

/// Effects of bookings. A reservation takes a place and a dose, or neither.
struct Reserve {
  AppointmentId appointment;
  PersonId person;
  ProgrammeId programme;
  SiteId site;
  SlotId slot;
  ProductId product;
  Day not_before;  // the dose interval: the slot's local date must lie within; 0: no bound
  Day not_after;
  SlotId replaces;  // the slot at this site that the appointment gives up in the same step
  HoldId hold;      // one's own hold, used where it is of this slot and product and still lives
  std::uint32_t overrides = 0;
  JARI_FIELDS(Reserve, appointment, person, programme, site, slot, product, not_before, not_after,
              replaces, hold, overrides)
};
struct Release {
  AppointmentId appointment;
  SiteId site;
  SlotId slot;
  JARI_FIELDS(Release, appointment, site, slot)
};
/// As a client's request it stands in bookings (hold and lengths empty), as an effect in inventory.
struct HoldRequested {
  HoldId hold;
  PersonId person;
  ProgrammeId programme;
  SiteId site;
  SlotId slot;
  ProductId product;
  Day not_before;
  Day not_after;
  std::uint32_t length_ms = 0;  // how long it may live at most
  HoldId replaces;              // the hold at this site that it gives up in the same step
  std::uint32_t overrides = 0;
  JARI_FIELDS(HoldRequested, hold, person, programme, site, slot, product, not_before, not_after,
              length_ms, replaces, overrides)
};
/// The hold becomes an appointment: refused hold-expired unless it lives.
struct HoldConfirmed {
  HoldId hold;
  AppointmentId appointment;
  PersonId person;
  SiteId site;
  JARI_FIELDS(HoldConfirmed, hold, appointment, person, site)
};
/// As a client's request it stands in bookings (site empty), as an effect in inventory.
struct HoldReleaseRequested {
  HoldId hold;
  PersonId person;
  SiteId site;
  JARI_FIELDS(HoldReleaseRequested, hold, person, site)
};
/// Attendance: `missed` gives the dose back, a correction takes it again (even if that makes
/// `over`).
struct DoseReturned {
  AppointmentId appointment;
  SiteId site;
  ProductId product;
  JARI_FIELDS(DoseReturned, appointment, site, product)
};
struct DoseTaken {
  AppointmentId appointment;
  SiteId site;
  ProductId product;
  JARI_FIELDS(DoseTaken, appointment, site, product)
};

}  // namespace jari
