// consumers/appointments/rows.h — what one partition of `bookings` keeps of its people: the rows of
// its tables and their keys.
//
// Rows are small: texts that name things are Names. What lives only while it waits for an answer is
// in line_rows.h.
//
// Units:   Instant is log time, Deadline log time without outages; Day counts days.
// Errors:  none.
// Threads: plain values.
#pragma once

#include "consumers/model/outcome.h"
#include "engine/runtime/consumer.h"
#include "engine/store/names.h"

namespace jari::appointments {

// The tables' numbers are part of the stored form.
inline constexpr std::uint8_t kRequestsTable = 20;
inline constexpr std::uint8_t kProgrammesTable = 21;
inline constexpr std::uint8_t kEligibilityTable = 22;
inline constexpr std::uint8_t kSessionsTable = 23;
inline constexpr std::uint8_t kRightsTable = 24;
inline constexpr std::uint8_t kHoldsTable = 25;
inline constexpr std::uint8_t kAppointmentsTable = 26;
inline constexpr std::uint8_t kVersionsTable = 27;
inline constexpr std::uint8_t kPendingTable = 28;
inline constexpr std::uint8_t kWaitingTable = 29;
inline constexpr std::uint8_t kReissuesTable = 30;

/// A person in a programme: what eligibility is granted to, and what takes its turn in a line.
struct PersonProgramme {
  Name person;
  Name programme;
  bool operator==(const PersonProgramme&) const = default;
  JARI_FIELDS(PersonProgramme, person, programme)
};

/// An empty cohort: revoked. The row stays, for who is revoked may still attend.
struct EligibilityRow {
  Name cohort;
  Name last_product;
  Day last_dose_on;
  std::uint32_t grants = 0;   // how often it was granted: which grant a dose was counted in
  std::uint32_t counted = 0;  // doses since the grant, in the order of their counting
  std::uint8_t doses_done = 0;
  Name granted_product;  // the last two as they were granted, before any dose was counted
  Day granted_on;
  JARI_FIELDS(EligibilityRow, cohort, last_product, last_dose_on, grants, counted, doses_done,
              granted_product, granted_on)
};

struct SessionKey {
  Name person;
  Name queue;
  bool operator==(const SessionKey&) const = default;
  JARI_FIELDS(SessionKey, person, queue)
};
enum class SessionState : std::uint8_t { Unknown = 0, Live = 1, UsedUp = 2, GivenBack = 3 };
/// The admission of the highest ticket. It stays until `ends`, also when it was over earlier, so
/// that a lower ticket's that comes later is known as such.
struct SessionRow {
  std::uint64_t ticket = 0;
  Deadline ends;
  Offset since = 0;  // of the admission
  SessionState state = SessionState::Unknown;
  JARI_FIELDS(SessionRow, ticket, ends, since, state)
};

/// A right to rebook; its key is the appointment that was lost.
struct RightRow {
  Name person;
  Name programme;
  Deadline ends;
  JARI_FIELDS(RightRow, person, programme, ends)
};

enum class HoldState : std::uint8_t {
  Unknown = 0,
  Live = 1,
  Used = 2,
  Expired = 3,
  Withdrawn = 4,
  Released = 5,
};
struct HoldRow {
  Name person;
  Name programme;
  Name site;
  Name slot;
  Name product;
  Deadline ends;       // what the person is shown; the site's partition decides
  Deadline forget_at;  // until then it is known how it ended
  std::uint8_t dose = 0;
  HoldState state = HoldState::Unknown;
  JARI_FIELDS(HoldRow, person, programme, site, slot, product, ends, forget_at, dose, state)
};

struct AppointmentRow {
  Name person;
  Name programme;
  Name site;
  Name slot;
  Name product;
  Name zone;
  Instant starts_at;
  Instant rebook_until;
  Day starts_on;
  std::uint32_t length_seconds = 0;
  std::uint32_t version = 0;
  std::uint8_t dose = 0;
  AppointmentState state = AppointmentState::Unknown;
  CancelledBy cancelled_by = CancelledBy::Nobody;
  bool slot_withdrawn = false;
  // The grant that the dose was counted in, and as which since then. What a later grant says stands
  // for it, too, however it is corrected after that.
  std::uint32_t counted_in = 0;
  std::uint32_t counted_as = 0;
  JARI_FIELDS(AppointmentRow, person, programme, site, slot, product, zone, starts_at, rebook_until,
              starts_on, length_seconds, version, dose, state, cancelled_by, slot_withdrawn,
              counted_in, counted_as)
};

/// A version that another has followed, for as long as a key may ask for it again.
struct VersionKey {
  std::uint64_t appointment = 0;
  std::uint32_t version = 0;
  auto operator<=>(const VersionKey&) const = default;
  JARI_FIELDS(VersionKey, appointment, version)
};
struct VersionRow {
  AppointmentRow row;
  Deadline forget_at;
  JARI_FIELDS(VersionRow, row, forget_at)
};

}  // namespace jari::appointments
