// consumers/model/booking_records.h — what stands in a partition of `bookings` (a person's own).
//
// Requests that name an appointment or a hold stand in the partition that its id names; the others
// in the person's. `overrides` are bits of Override, an operator's only.
//
// Units:   Day counts days; lengths in ms or seconds, never ends.
// Errors:  none.
// Threads: plain values; texts are views.
#pragma once

#include <cstdint>
#include <string_view>

#include "consumers/model/code.h"
#include "consumers/model/ids.h"

namespace jari {

/// Requests of an operator.
struct EligibilityGranted {
  PersonId person;
  ProgrammeId programme;
  CohortId cohort;
  std::uint8_t doses_done = 0;
  Day last_dose_on;
  ProductId last_product;
  JARI_FIELDS(EligibilityGranted, person, programme, cohort, doses_done, last_dose_on, last_product)
};
struct EligibilityRevoked {
  PersonId person;
  ProgrammeId programme;
  JARI_FIELDS(EligibilityRevoked, person, programme)
};
struct AttendanceRecorded {
  AppointmentId appointment;
  bool attended = false;
  JARI_FIELDS(AttendanceRecorded, appointment, attended)
};

/// Requests of a person, or of an operator for one. A booking has a hold, or the other four.
struct BookingRequested {
  PersonId person;
  ProgrammeId programme;
  SiteId site;
  SlotId slot;
  ProductId product;
  HoldId hold;
  std::uint32_t overrides = 0;
  JARI_FIELDS(BookingRequested, person, programme, site, slot, product, hold, overrides)
};
struct CancelRequested {
  AppointmentId appointment;
  PersonId person;  // who proved to be it; empty for an operator
  JARI_FIELDS(CancelRequested, appointment, person)
};
struct RescheduleRequested {
  AppointmentId appointment;
  PersonId person;  // as above
  SiteId site;
  SlotId slot;
  ProductId product;  // empty: the one it has
  std::uint32_t overrides = 0;
  JARI_FIELDS(RescheduleRequested, appointment, person, site, slot, product, overrides)
};

/// Effects of inventory. `appointment` names what was asked for; at most one change of an
/// appointment is pending at a time.
struct ReservationGranted {
  AppointmentId appointment;
  PersonId person;
  SiteId site;
  SlotId slot;
  ProductId product;
  Instant starts_at;
  std::uint32_t length_seconds = 0;
  Day starts_on;
  std::string_view zone;
  JARI_FIELDS(ReservationGranted, appointment, person, site, slot, product, starts_at,
              length_seconds, starts_on, zone)
};
struct ReservationRefused {
  AppointmentId appointment;
  PersonId person;
  Code code = Code::None;
  Day not_before;  // of the dose interval, where that is the reason
  Day not_after;
  JARI_FIELDS(ReservationRefused, appointment, person, code, not_before, not_after)
};
struct HoldGranted {
  HoldId hold;
  PersonId person;
  std::uint32_t length_ms = 0;  // how long it lives from here
  JARI_FIELDS(HoldGranted, hold, person, length_ms)
};
struct HoldRefused {
  HoldId hold;
  PersonId person;
  Code code = Code::None;
  Day not_before;
  Day not_after;
  JARI_FIELDS(HoldRefused, hold, person, code, not_before, not_after)
};
enum class HoldEnd : std::uint8_t { Unknown = 0, Expired = 1, Withdrawn = 2, Released = 3 };
struct HoldEnded {
  HoldId hold;
  PersonId person;
  HoldEnd why = HoldEnd::Unknown;
  JARI_FIELDS(HoldEnded, hold, person, why)
};
/// The slot was withdrawn with its appointments: ignored unless the appointment is booked there.
struct AppointmentWithdrawn {
  AppointmentId appointment;
  PersonId person;
  SiteId site;
  SlotId slot;
  JARI_FIELDS(AppointmentWithdrawn, appointment, person, site, slot)
};

}  // namespace jari
