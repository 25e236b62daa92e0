#include "consumers/appointments/booking.h"

#include <algorithm>
#include <limits>

#include "consumers/appointments/hold_requests.h"
#include "consumers/appointments/judge.h"
#include "consumers/appointments/session_end.h"

namespace jari::appointments {
namespace {

/// One's own live hold of that very slot and product; an empty id: none.
MadeId own_hold_of(const State& state, PersonProgramme whose, const BookingRequested& asked) {
  const MadeId hold = state.holds.live_of(whose);
  if (hold.empty()) return hold;
  const HoldRow& row = *state.holds.find(hold);
  const bool is_of_it = state.text(row.site) == asked.site.text &&
                        state.text(row.slot) == asked.slot.text &&
                        state.text(row.product) == asked.product.text;
  return is_of_it ? hold : MadeId{};
}

void judge_by_slot(Desk& desk, const Case& one, const BookingRequested& asked) {
  State& state = desk.state;
  const Wish wish{one.whose, asked.product, one.is_operator() ? asked.overrides : 0,
                  one.is_operator()};
  const Verdict verdict = judge_wish(state, wish, one.place, desk.time());
  if (verdict.code != Code::None) {
    Outcome outcome = outcome_in(state, asked.person, asked.programme);
    outcome.field = verdict.field;
    outcome.opens_at = verdict.opens_at;
    return desk.refuse(one, outcome, verdict.code);
  }
  if (!desk.has_room(one, asked.site.text)) {
    return desk.refuse(one, outcome_in(state, asked.person, asked.programme), Code::Overloaded);
  }
  const PersonProgramme whose{*one.whose.person, *one.whose.programme};
  const MadeId id = make_id(desk.context.here().partition, one.offset);
  PendingRow row = pending_of(one, whose, *state.programmes.find(whose.programme));
  row.dose = verdict.dose;
  row.right = verdict.right;
  row.hold = own_hold_of(state, whose, asked);
  const std::string id_text = appointment_text(id);
  const std::string held = row.hold.empty() ? std::string{} : hold_text(row.hold);
  desk.begin(one, asked.person.text);
  state.lines.ask(id, std::move(row));
  desk.emit_to_site(Reserve{AppointmentId{id_text}, asked.person, asked.programme, asked.site,
                            asked.slot, asked.product, verdict.interval.not_before,
                            verdict.interval.not_after, SlotId{}, HoldId{held}, wish.overrides});
}

/// Why a hold cannot be booked by any more. One that its slot's withdrawal ended says so until it
/// would have ended anyway, as its site does.
Code code_of(const HoldRow& hold, const LogTime& time) {
  switch (hold.state) {
    case HoldState::Used:
      return Code::AlreadyBooked;
    case HoldState::Withdrawn:
      return time.is_over(hold.ends) ? Code::HoldExpired : Code::SlotWithdrawn;
    case HoldState::Expired:
    case HoldState::Released:
      return Code::HoldExpired;
    case HoldState::Live:
    case HoldState::Unknown:
      break;
  }
  return Code::None;
}

/// `{hold}` needs only that the hold lives, and that is for the site to say.
void judge_by_hold(Desk& desk, const Case& one, const BookingRequested& asked) {
  State& state = desk.state;
  Outcome outcome;
  outcome.person = asked.person;
  const MadeId hold = parse_hold(asked.hold.text).value_or(MadeId{});
  const HoldRow* held = state.holds.find(hold);
  if (held == nullptr || state.text(held->person) != asked.person.text) {
    return desk.refuse(one, outcome, Code::UnknownHold);
  }
  const PersonProgramme whose{held->person, held->programme};
  const settings::ProgrammeRow& programme = *state.programmes.find(held->programme);
  outcome.programme = ProgrammeId{state.text(held->programme)};
  outcome.programme_version = programme.version;
  if (held->state != HoldState::Live) {
    return desk.refuse(one, outcome, code_of(*held, desk.time()));
  }
  const SiteId site{state.text(held->site)};
  if (!desk.has_room(one, site.text)) return desk.refuse(one, outcome, Code::Overloaded);

  const MadeId id = make_id(desk.context.here().partition, one.offset);
  PendingRow row = pending_of(one, whose, programme);
  row.hold = hold;
  row.right = state.rights.first_live(whose, desk.time());
  row.dose = held->dose;
  if (state.eligible(whose) != nullptr) {
    constexpr std::uint32_t kMost = std::numeric_limits<std::uint8_t>::max();
    const std::uint32_t dose = doses_of(state, whose, desk.time().now).next();
    row.dose = static_cast<std::uint8_t>(std::min(dose, kMost));
  }
  const std::string id_text = appointment_text(id);
  desk.begin(one, asked.person.text);
  state.lines.ask(id, std::move(row));
  desk.emit_to_site(HoldConfirmed{asked.hold, AppointmentId{id_text}, asked.person, site});
}

/// The hold became the appointment, or is no longer needed.
void settle_holds(Desk& desk, PersonProgramme whose, MadeId used) {
  if (!used.empty()) desk.state.holds.end(used, HoldState::Used, desk.time());
  if (const MadeId other = desk.state.holds.live_of(whose); !other.empty()) {
    release_hold(desk, other);
  }
}

}  // namespace

void judge(Desk& desk, const Case& one, const BookingRequested& asked) {
  return asked.hold.empty() ? judge_by_slot(desk, one, asked) : judge_by_hold(desk, one, asked);
}

void finish_booking(Desk& desk, MadeId id, const PendingRow& row, const ReservationGranted& how) {
  State& state = desk.state;
  const PersonProgramme whose{row.person, row.programme};
  Names& names = state.store.names();
  AppointmentRow made;
  made.person = row.person;
  made.programme = row.programme;
  made.site = names.intern(how.site.text);
  made.slot = names.intern(how.slot.text);
  made.product = names.intern(how.product.text);
  made.zone = names.intern(how.zone);
  made.starts_at = how.starts_at;
  made.starts_on = how.starts_on;
  made.length_seconds = how.length_seconds;
  made.dose = row.dose;
  made.state = AppointmentState::Booked;
  state.appointments.add(id, made);
  state.reissues.added(id);
  if (!row.right.empty()) state.rights.use_up(row.right);

  const AppointmentRow& stands = *state.appointments.find(id);
  const std::string id_text = appointment_text(id);
  desk.publish(id, stands);
  Outcome outcome = outcome_of(state, row);
  outcome.appointment = state.appointments.document(stands, id_text);
  outcome.used_rebook_right = !row.right.empty();
  desk.grant(case_of(desk.state, row), outcome, 201);
  settle_holds(desk, whose, row.hold);
  end_session_if_used_up(desk, whose);
}

void finish_booking(Desk& desk, MadeId, const PendingRow& row, const ReservationRefused& why) {
  if (why.code == Code::HoldExpired && !row.hold.empty()) {
    desk.state.holds.end(row.hold, HoldState::Expired, desk.time());
  }
  desk.refuse(case_of(desk.state, row), refusal_of(desk.state, row, why.not_before, why.not_after),
              why.code);
}

Outcome refusal_of(const State& state, const PendingRow& row, Day not_before, Day not_after) {
  Outcome outcome = outcome_of(state, row);
  outcome.not_before = not_before;
  outcome.not_after = not_after;
  return outcome;
}

PendingRow pending_of(const Case& one, PersonProgramme whose,
                      const settings::ProgrammeRow& programme) {
  PendingRow row;
  row.person = whose.person;
  row.programme = whose.programme;
  row.asked = one.type;
  row.offset = one.offset;
  row.key = one.key;
  row.role = one.role;
  if (one.is_operator()) row.by = one.by;
  row.request = one.request;
  row.programme_version = programme.version;
  row.ticket = one.place.ticket;
  row.is_given_back = one.place.is_given_back;
  return row;
}

}  // namespace jari::appointments
