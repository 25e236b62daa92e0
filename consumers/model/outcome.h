// consumers/model/outcome.h — what was decided: the appointment as a document, and the outcome of a
// request.
//
// Units:   Instant in ms; versions only grow.
// Errors:  none.
// Threads: plain values; texts are views.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "consumers/model/code.h"
#include "consumers/model/ids.h"

namespace jari {

enum class AppointmentState : std::uint8_t {
  Unknown = 0,
  Booked = 1,
  Cancelled = 2,
  Attended = 3,
  Missed = 4,
};
[[nodiscard]] std::string_view to_text(AppointmentState state);  // `booked`

enum class CancelledBy : std::uint8_t { Nobody = 0, Person = 1, Operator = 2, Withdrawal = 3 };
[[nodiscard]] std::string_view to_text(CancelledBy by);  // `withdrawal`

/// An appointment as it stood at one of its versions: a document of `sync`, an answer.
struct Appointment {
  AppointmentId appointment;
  ProgrammeId programme;
  PersonId person;
  SiteId site;
  SlotId slot;
  ProductId product;
  std::uint8_t dose = 0;
  Instant starts_at;
  Day starts_on;
  std::uint32_t length_seconds = 0;
  std::string_view zone;
  AppointmentState state = AppointmentState::Unknown;
  CancelledBy cancelled_by = CancelledBy::Nobody;
  bool slot_withdrawn = false;
  Instant rebook_until;  // 0: no right to rebook came of it
  std::uint32_t version = 0;
  JARI_FIELDS(Appointment, appointment, programme, person, site, slot, product, dose, starts_at,
              starts_on, length_seconds, zone, state, cancelled_by, slot_withdrawn, rebook_until,
              version)
};

/// The JSON document of `sync` and of every answer that shows an appointment. `as_of` is the log
/// time it is true at. Appended to `out`.
void append_json(std::string& out, const Appointment& appointment, Instant as_of);

enum class Decision : std::uint8_t { Unknown = 0, Granted = 1, Refused = 2 };

/// One for each request that a partition decided. What does not apply is left empty.
struct Outcome {
  std::string_view request;
  std::uint16_t asked = 0;  // RecordType of the request
  PersonId person;
  Decision decision = Decision::Unknown;
  Code code = Code::None;
  std::uint16_t status = 0;  // HTTP, as the call answers it
  QueueId queue;
  std::uint64_t ticket = 0;
  ProgrammeId programme;
  std::uint32_t programme_version = 0;  // the settings it was judged by
  std::optional<Appointment> appointment;
  HoldId hold;
  SiteId site;
  SlotId slot;
  ProductId product;
  Instant until;  // of a hold
  bool used_rebook_right = false;
  std::string_view field;  // of an invalid request
  Instant opens_at;        // of a queue or cohort that is not open yet
  Day not_before;
  Day not_after;
  std::uint32_t version = 0;  // of a setting
  JARI_FIELDS(Outcome, request, asked, person, decision, code, status, queue, ticket, programme,
              programme_version, appointment, hold, site, slot, product, until, used_rebook_right,
              field, opens_at, not_before, not_after, version)
};

}  // namespace jari
