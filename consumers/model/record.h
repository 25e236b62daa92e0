// consumers/model/record.h — bytes of a record's body to and from the plain structs of the
// business.
//
// The body is schemas/records.fbs: a table with one union. RecordType is the union's number: append
// only.
//
// Errors:  decode() gives nothing for bytes that do not verify as the type said.
// Threads: pure; an Encoder belongs to one thread.
#pragma once

#include <string_view>
#include <variant>

#include "consumers/model/booking_records.h"
#include "consumers/model/inventory_records.h"
#include "consumers/model/outcome.h"
#include "consumers/model/programme_records.h"
#include "consumers/model/queue_records.h"
#include "engine/record/canonical.h"

namespace jari {

/// Every body there is; the place in the list is the number (0: none).
using Record =
    std::variant<std::monostate, QueueConfigured, PrequeueDrawn, TicketRequested, TicketReturned,
                 SessionEnded, Admitted, AdmissionEnded, AdmissionHeld, ProgrammeConfigured,
                 EligibilityGranted, EligibilityRevoked, AttendanceRecorded, BookingRequested,
                 CancelRequested, RescheduleRequested, ReservationGranted, ReservationRefused,
                 HoldGranted, HoldRefused, HoldEnded, AppointmentWithdrawn, SitePublished,
                 SlotPublished, SlotChanged, SlotWithdrawn, StockChanged, Reserve, Release,
                 HoldRequested, HoldConfirmed, HoldReleaseRequested, DoseReturned, DoseTaken,
                 Outcome>;

using RecordType = std::uint16_t;
inline constexpr RecordType kRecordTypesEnd = std::variant_size_v<Record>;

template <class T, RecordType Index = 1>
constexpr RecordType record_type() {
  if constexpr (std::is_same_v<std::variant_alternative_t<Index, Record>, T>) {
    return Index;
  } else {
    return record_type<T, Index + 1>();
  }
}
template <class T>
inline constexpr RecordType kTypeOf = record_type<T>();

/// Rows of `sync` are JSON, no table: their type stands beyond the union.
inline constexpr RecordType kAppointmentRow = 200;

/// `BookingRequested`; empty for a number that is no type.
[[nodiscard]] std::string_view name_of(RecordType type);

/// What a decision is counted as: the request or effect, and what became of it
/// (`BookingRequested slot-full`, `Reserve granted`).
[[nodiscard]] std::string_view decision_label(RecordType asked, Code code);

/// The version of bodies that this program writes, and the versions that it can apply.
inline constexpr std::uint16_t kLogicVersion = 1;
inline constexpr std::uint16_t kLogicVersionFirst = 1;

/// Whether a partition decides it, or keeps it as a dead letter: a request of a type or a version
/// that there is not, or that nobody may ask for.
[[nodiscard]] bool is_of_known_form(const Envelope& envelope);

/// monostate where the bytes are no body of that type. Views point into `body`.
[[nodiscard]] Record decode(RecordType type, Bytes body);
/// The same into a record that is there already.
void decode_into(Record& record, RecordType type, Bytes body);

/// The canonical hash of a body (engine/record/canonical.h over its struct), or of its bytes where
/// they are none of that type. `record` is the body as decode() gave it.
[[nodiscard]] Hash128 hash_of_body(RecordType type, Bytes body);
[[nodiscard]] Hash128 hash_of_body(const Record& record, Bytes body);

/// The body of the record that is being applied, read once. Texts are views of its bytes.
class OpenBody {
 public:
  const Record& read(const Envelope& envelope) {
    bytes_ = envelope.body;
    decode_into(record_, envelope.type, bytes_);
    return record_;
  }
  [[nodiscard]] const Record& record() const { return record_; }
  [[nodiscard]] Hash128 content() const { return hash_of_body(record_, bytes_); }

 private:
  Record record_;
  Bytes bytes_;
};

/// The canonical hash of a struct.
template <class T>
[[nodiscard]] Hash128 hash_of_record(const T& record) {
  thread_local std::string bytes;
  bytes.clear();
  canonical::append(bytes, record, canonical::Plain{});
  return hash128(bytes_of(bytes));
}

class Encoder {
 public:
  /// The body's bytes, valid until the next call.
  template <class T>
  [[nodiscard]] Bytes encode(const T& record) {
    return flat::write_union_root(builder_, static_cast<std::uint8_t>(kTypeOf<T>), record);
  }
  [[nodiscard]] Bytes encode(const Record& record);
  /// The same as it goes into a stream.
  template <class T>
  [[nodiscard]] Body body_of(const T& record) {
    return {kTypeOf<T>, encode(record), hash_of_record(record)};
  }
  /// The row of `sync` that shows an appointment as it is at `as_of`.
  [[nodiscard]] Body row_of(const Appointment& appointment, Instant as_of);

 private:
  flat::Builder builder_{1024};
  std::string row_;
};

}  // namespace jari
