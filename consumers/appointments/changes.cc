#include "consumers/appointments/changes.h"

namespace jari::appointments {

const AppointmentRow* known_to(const State& state, const Case& one, AppointmentId appointment,
                               PersonId person) {
  const auto id = parse_appointment(appointment.text);
  const AppointmentRow* row = id ? state.appointments.find(*id) : nullptr;
  return row != nullptr && may_name(state, one, row->person, person) ? row : nullptr;
}

void grant_appointment(Desk& desk, const Case& one, MadeId id, std::uint16_t status) {
  const AppointmentRow& row = *desk.state.appointments.find(id);
  const std::string id_text = appointment_text(id);
  Outcome outcome = outcome_in(desk.state, PersonId{desk.state.text(row.person)},
                               ProgrammeId{desk.state.text(row.programme)});
  outcome.appointment = desk.state.appointments.document(row, id_text);
  desk.grant(one, outcome, status);
}

void change_appointment(Desk& desk, MadeId id, const AppointmentRow& next) {
  desk.publish(id, desk.state.appointments.change(id, next, desk.time()));
}

void cancel_appointment(Desk& desk, MadeId id, CancelledBy by) {
  State& state = desk.state;
  AppointmentRow next = *state.appointments.find(id);
  if (next.state == AppointmentState::Attended) uncount_dose(state, next);
  next.state = AppointmentState::Cancelled;
  next.cancelled_by = by;
  next.slot_withdrawn = by == CancelledBy::Withdrawal;
  const auto* programme = state.programmes.find(next.programme);
  if (by != CancelledBy::Person && programme != nullptr && programme->rebook_seconds > 0) {
    const Deadline ends = desk.time().after(seconds{programme->rebook_seconds});
    state.rights.give(id, {next.person, next.programme}, ends);
    next.rebook_until = desk.time().at(ends);
  }
  change_appointment(desk, id, next);
}

void judge(Desk& desk, const Case& one, const CancelRequested& asked) {
  State& state = desk.state;
  const AppointmentRow* row = known_to(state, one, asked.appointment, asked.person);
  Outcome outcome;
  outcome.person = asked.person;
  if (row == nullptr) return desk.refuse(one, outcome, Code::UnknownAppointment);
  const MadeId id = *parse_appointment(asked.appointment.text);
  outcome =
      outcome_in(state, PersonId{state.text(row->person)}, ProgrammeId{state.text(row->programme)});
  if (row->state == AppointmentState::Cancelled) return grant_appointment(desk, one, id, 200);
  if (row->state != AppointmentState::Booked || !is_in_time_to_cancel(desk, one, *row)) {
    return desk.refuse(one, outcome, Code::AppointmentNotActive);
  }
  const SiteId site{state.text(row->site)};
  const SlotId slot{state.text(row->slot)};
  if (!desk.has_room(one, site.text)) return desk.refuse(one, outcome, Code::Overloaded);
  cancel_appointment(desk, id, one.is_operator() ? CancelledBy::Operator : CancelledBy::Person);
  desk.emit_to_site(Release{asked.appointment, site, slot});
  grant_appointment(desk, one, id, 200);
}

void apply(Desk& desk, const AppointmentWithdrawn& withdrawal) {
  State& state = desk.state;
  const auto id = parse_appointment(withdrawal.appointment.text);
  const AppointmentRow* row = id ? state.appointments.find(*id) : nullptr;
  const bool stands_there = row != nullptr && row->state != AppointmentState::Cancelled &&
                            state.text(row->site) == withdrawal.site.text &&
                            state.text(row->slot) == withdrawal.slot.text;
  if (!stands_there) return;
  if (state.lines.pending(*id) != nullptr) return state.lines.withdraw(*id);
  cancel_appointment(desk, *id, CancelledBy::Withdrawal);
}

}  // namespace jari::appointments
