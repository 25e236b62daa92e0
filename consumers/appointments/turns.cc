#include "consumers/appointments/turns.h"

#include <tuple>

#include "consumers/appointments/booking.h"
#include "consumers/appointments/changes.h"
#include "consumers/appointments/eligibility.h"
#include "consumers/appointments/form.h"
#include "consumers/appointments/hold_requests.h"
#include "consumers/appointments/judge.h"

namespace jari::appointments {
namespace {

using requests::Seen;

template <class T>
inline constexpr bool kIsRequest = requires(const State& state, const T& asked) {
  subject_of(state, asked);
};

/// The request's body read back from its canonical form. Views point into `bytes`.
template <class T>
T body_of(std::string_view bytes) {
  T asked;
  const canonical::Plain plain;
  CHECK(canonical::take(bytes, asked, plain));
  return asked;
}

/// The line a request belongs to, where one is pending in it.
std::optional<PersonProgramme> busy_line_of(const State& state, const KnownAs& whose) {
  if (!whose.person || !whose.programme) return std::nullopt;
  const PersonProgramme line{*whose.person, *whose.programme};
  return state.lines.is_pending(line) ? std::optional{line} : std::nullopt;
}

template <class T>
void wait(Desk& desk, const Case& one, const Subject& subject, PersonProgramme line,
          const T& asked) {
  WaitingRow row;
  row.person = line.person;
  row.programme = line.programme;
  row.asked = one.type;
  row.key = one.key;
  row.role = one.role;
  row.by = one.by;
  row.request = one.request;
  row.place = one.place;
  canonical::append(row.body, asked, canonical::Plain{});
  const MadeId request = make_id(desk.context.here().partition, one.offset);
  if (desk.state.lines.wait(request, std::move(row))) {
    desk.begin(one, subject.person);
  } else {
    Outcome outcome;
    outcome.person = PersonId{subject.person};
    desk.turn_away(one, outcome, Code::SlowDown);
  }
}

template <class T>
void arrive_as(Desk& desk, const T& asked_for, const Asked& asked) {
  State& state = desk.state;
  Case one = case_of(desk.context.offset(), kTypeOf<T>, asked);
  const Subject subject = subject_of(state, asked_for);
  if (!subject.about.empty()) one.about = subject.about;
  Outcome outcome;
  outcome.person = PersonId{subject.person};
  Fault fault = requests::fault_of(asked);
  if (fault.code == Code::None) fault = fault_of(asked_for, asked);
  if (fault.code != Code::None) {
    outcome.field = fault.field;
    return desk.turn_away(one, outcome, fault.code);
  }
  switch (state.requests.look(one.key, asked, subject.person, desk.time())) {
    case Seen::Decided:
      return desk.repeat(one, subject.person);
    case Seen::Reused:
      return desk.turn_away(one, outcome, Code::IdempotencyKeyReused);
    case Seen::TooMany:
      return desk.turn_away(one, outcome, Code::SlowDown);
    case Seen::Pending:
      return;  // whoever asks is told once it is decided
    case Seen::New:
      break;
  }
  one.whose = state.known_as(subject.person, subject.programme);
  one.place = place_of(state, one.whose, desk.time());
  if (const auto line = busy_line_of(state, one.whose); line) {
    return wait(desk, one, subject, *line, asked_for);
  }
  judge(desk, one, asked_for);
}

template <RecordType Index = 1>
void judge_waiting(Desk& desk, Offset offset, const WaitingRow& row) {
  if constexpr (Index < kRecordTypesEnd) {
    using T = std::variant_alternative_t<Index, Record>;
    if constexpr (kIsRequest<T>) {
      if (row.asked == Index) {
        return judge(desk, case_of(offset, row), body_of<T>(row.body));
      }
    }
    judge_waiting<Index + 1>(desk, offset, row);
  } else {
    CHECK(row.asked < kRecordTypesEnd);  // only what arrived here waits
  }
}

/// Whose turn has come, until one of them is pending again.
void take_turns(Desk& desk, PersonProgramme line) {
  while (!desk.state.lines.is_pending(line)) {
    const auto next = desk.state.lines.next(line);
    if (!next) return;
    judge_waiting(desk, next->first.offset(), next->second);
  }
}

/// Takes the pending request that `made` names, has it finished, and lets the next one in.
template <class Finish>
void answer(Desk& desk, std::optional<MadeId> made, bool is_right_kind(RecordType),
            Finish&& finish) {
  const PendingRow* known = made ? desk.state.lines.pending(*made) : nullptr;
  if (known == nullptr || !is_right_kind(known->asked)) {
    return desk.context.count("bookings", "answer nobody waits for");
  }
  const PendingRow row = desk.state.lines.take(*made);
  finish(*made, row);
  take_turns(desk, {row.person, row.programme});
}

bool is_of_reservation(RecordType asked) {
  return asked == kTypeOf<BookingRequested> || asked == kTypeOf<RescheduleRequested>;
}
bool is_of_hold(RecordType asked) {
  return asked == kTypeOf<HoldRequested>;
}

template <class Answer>
void finish_reservation(Desk& desk, const Answer& how) {
  answer(desk, parse_appointment(how.appointment.text), is_of_reservation,
         [&](MadeId id, const PendingRow& row) {
           if (row.asked == kTypeOf<BookingRequested>) {
             finish_booking(desk, id, row, how);
           } else {
             finish_reschedule(desk, id, row, how);
           }
         });
}

}  // namespace

bool is_request(const Record& record) {
  return std::visit([](const auto& one) { return kIsRequest<std::decay_t<decltype(one)>>; },
                    record);
}

void arrive(Desk& desk, const Record& asked_for, const Asked& asked) {
  std::visit(
      [&](const auto& one) {
        if constexpr (kIsRequest<std::decay_t<decltype(one)>>) arrive_as(desk, one, asked);
      },
      asked_for);
}

void turn_away_misplaced(Desk& desk, const Record& asked_for, const Asked& asked) {
  std::visit(
      [&](const auto& asked_one) {
        using T = std::decay_t<decltype(asked_one)>;
        if constexpr (kIsRequest<T>) {
          const Subject subject = subject_of(desk.state, asked_one);
          const Case one = case_of(desk.context.offset(), kTypeOf<T>, asked);
          Outcome outcome;
          outcome.person = PersonId{subject.person};
          outcome.field = "partition";
          desk.turn_away(one, outcome, Code::InvalidRequest);
        }
      },
      asked_for);
}

void apply(Desk& desk, const ReservationGranted& how) {
  finish_reservation(desk, how);
}

void apply(Desk& desk, const ReservationRefused& why) {
  finish_reservation(desk, why);
}

void apply(Desk& desk, const HoldGranted& how) {
  answer(desk, parse_hold(how.hold.text), is_of_hold,
         [&](MadeId id, const PendingRow& row) { finish_hold(desk, id, row, how); });
}

void apply(Desk& desk, const HoldRefused& why) {
  answer(desk, parse_hold(why.hold.text), is_of_hold,
         [&](MadeId id, const PendingRow& row) { finish_hold(desk, id, row, why); });
}

}  // namespace jari::appointments
