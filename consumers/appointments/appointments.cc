#include "consumers/appointments/appointments.h"

#include <algorithm>

#include "consumers/appointments/changes.h"
#include "consumers/appointments/hold_requests.h"
#include "consumers/appointments/session_end.h"
#include "consumers/appointments/turns.h"

namespace jari::appointments {
namespace {

constexpr std::uint32_t kSweptEachTick = 4096;     // of each kind
constexpr std::uint32_t kReissuedEachTick = 1024;  // documents

using Address = Consumer::Address;

/// A made id names its partition; a text that is none was never made here or anywhere, and lies
/// where it hashes to.
Address of_made(std::optional<MadeId> id, std::string_view text) {
  if (id) return {{}, id->partition()};
  return {text, {}};
}

std::optional<Address> address_of_request(const Record& record) {
  return std::visit(
      [](const auto& one) -> std::optional<Address> {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, BookingRequested>) {
          if (!one.hold.empty()) return of_made(parse_hold(one.hold.text), one.hold.text);
          return Address{one.person.text, {}};
        } else if constexpr (std::is_same_v<T, HoldReleaseRequested>) {
          return of_made(parse_hold(one.hold.text), one.hold.text);
        } else if constexpr (std::is_same_v<T, CancelRequested> ||
                             std::is_same_v<T, RescheduleRequested> ||
                             std::is_same_v<T, AttendanceRecorded>) {
          return of_made(parse_appointment(one.appointment.text), one.appointment.text);
        } else if constexpr (std::is_same_v<T, HoldRequested> ||
                             std::is_same_v<T, EligibilityGranted> ||
                             std::is_same_v<T, EligibilityRevoked>) {
          return Address{one.person.text, {}};
        } else {
          return std::nullopt;
        }
      },
      record);
}

template <class T>
inline constexpr bool kIsEffect =
    std::is_same_v<T, Admitted> || std::is_same_v<T, AdmissionEnded> ||
    std::is_same_v<T, ReservationGranted> || std::is_same_v<T, ReservationRefused> ||
    std::is_same_v<T, HoldGranted> || std::is_same_v<T, HoldRefused> ||
    std::is_same_v<T, HoldEnded> || std::is_same_v<T, AppointmentWithdrawn>;

bool is_effect_type(RecordType type) {
  switch (type) {
    case kTypeOf<ProgrammeConfigured>:
    case kTypeOf<Admitted>:
    case kTypeOf<AdmissionEnded>:
    case kTypeOf<ReservationGranted>:
    case kTypeOf<ReservationRefused>:
    case kTypeOf<HoldGranted>:
    case kTypeOf<HoldRefused>:
    case kTypeOf<HoldEnded>:
    case kTypeOf<AppointmentWithdrawn>:
      return true;
    default:
      return false;
  }
}

Applied apply_effect(Desk& desk, const Record& record) {
  return std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, ProgrammeConfigured>) {
          desk.state.programmes.apply(one);
          return Applied::Done;
        } else if constexpr (kIsEffect<T>) {
          jari::appointments::apply(desk, one);
          return Applied::Done;
        } else {
          return Applied::DeadLetter;
        }
      },
      record);
}

}  // namespace

std::optional<Consumer::Address> Appointments::open(const Envelope& envelope) {
  if (envelope.kind == RecordKind::Request) return address_of_request(body_.read(envelope));
  if (envelope.kind != RecordKind::Effect || !is_effect_type(envelope.type)) return std::nullopt;
  body_.read(envelope);
  return Address{};
}

Hash128 Appointments::hash_of(std::uint16_t type, std::uint16_t, Bytes body) const {
  return hash_of_body(type, body);
}

Applied Appointments::apply(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  const Record& record = body_.record();
  Desk desk{state_, encoder_, context};
  if (envelope.kind == RecordKind::Effect) return apply_effect(desk, record);
  const bool is_ours = envelope.kind == RecordKind::Request && envelope.asked && is_request(record);
  if (!is_ours) return Applied::DeadLetter;
  arrive(desk, record, *envelope.asked);
  return Applied::Done;
}

void Appointments::refuse_misplaced(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  if (!envelope.asked) return;
  Desk desk{state_, encoder_, context};
  turn_away_misplaced(desk, body_.record(), *envelope.asked);
}

void Appointments::on_tick(Context& context) {
  const LogTime time = context.time();
  state_.sessions.sweep(time, kSweptEachTick);
  state_.rights.sweep(time, kSweptEachTick);
  state_.holds.sweep(time, kSweptEachTick);
  state_.requests.sweep(time, kSweptEachTick);
  // A former version goes only when every key that may still name it has gone.
  if (time.now < state_.requests.next_deadline(time)) {
    state_.appointments.sweep(time, kSweptEachTick);
  }
  if (!state_.reissues.is_working()) return;
  Desk desk{state_, encoder_, context};
  state_.reissues.work(state_.appointments, context.partitions_of(kSyncTopic), kReissuedEachTick,
                       [&](PartitionNo sink, MadeId id, const AppointmentRow& row) {
                         const std::string key = appointment_text(id);
                         if (context.home_of(kSyncTopic, key).partition == sink)
                           desk.publish(id, row);
                       });
}

Instant Appointments::next_deadline(const LogTime& time) const {
  if (state_.reissues.is_working()) return time.now;
  return std::min({state_.sessions.next_deadline(time), state_.rights.next_deadline(time),
                   state_.holds.next_deadline(time), state_.requests.next_deadline(time),
                   state_.appointments.next_deadline(time)});
}

// Outcomes are facts about requests, not documents: only `sync` can be made again from the state.
void Appointments::reissue(PartitionRef sink, std::uint64_t, Context& context) {
  if (sink.topic != kSyncTopic) return;
  state_.reissues.begin(sink.partition, make_id(context.here().partition, context.offset()));
}

}  // namespace jari::appointments
