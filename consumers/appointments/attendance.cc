#include <limits>

#include "consumers/appointments/changes.h"

namespace jari::appointments {
namespace {

/// The dose was given: it counts as done from the appointment's date.
void count_dose(State& state, AppointmentRow& next) {
  const PersonProgramme whose{next.person, next.programme};
  if (next.counted_in != 0) return;
  state.eligibility.change(whose, [&](EligibilityRow& row) {
    next.counted_in = row.grants;
    next.counted_as = ++row.counted;
    if (row.doses_done < std::numeric_limits<std::uint8_t>::max()) ++row.doses_done;
    row.last_dose_on = next.starts_on;
    row.last_product = next.product;
  });
}

/// The dose that was counted last is now another one, or the one that was granted.
void look_for_last_dose(const State& state, PersonProgramme whose, std::uint32_t but,
                        EligibilityRow& row) {
  std::uint32_t last = 0;
  row.last_dose_on = row.granted_on;
  row.last_product = row.granted_product;
  state.appointments.for_each_newest_first(whose.person, [&](MadeId, const AppointmentRow& one) {
    const bool counts = one.programme == whose.programme && one.counted_in == row.grants &&
                        one.counted_as != but && one.counted_as > last;
    if (!counts) return true;
    last = one.counted_as;
    row.last_dose_on = one.starts_on;
    row.last_product = one.product;
    return true;
  });
}

}  // namespace

void uncount_dose(State& state, AppointmentRow& next) {
  const PersonProgramme whose{next.person, next.programme};
  if (state.eligibility.find(whose)->grants != next.counted_in) return;
  state.eligibility.change(whose, [&](EligibilityRow& row) {
    if (row.doses_done > 0) --row.doses_done;
    look_for_last_dose(state, whose, next.counted_as, row);
  });
  next.counted_in = 0;
  next.counted_as = 0;
}

void judge(Desk& desk, const Case& one, const AttendanceRecorded& asked) {
  State& state = desk.state;
  const AppointmentRow* row = known_to(state, one, asked.appointment, PersonId{});
  if (row == nullptr) return desk.refuse(one, Outcome{}, Code::UnknownAppointment);
  const MadeId id = *parse_appointment(asked.appointment.text);
  Outcome outcome =
      outcome_in(state, PersonId{state.text(row->person)}, ProgrammeId{state.text(row->programme)});
  if (row->state == AppointmentState::Cancelled) {
    return desk.refuse(one, outcome, Code::AppointmentNotActive);
  }
  if (desk.time().now < row->starts_at) {
    outcome.field = "attended";
    return desk.refuse(one, outcome, Code::InvalidRequest);
  }
  const AppointmentState before = row->state;
  const AppointmentState after =
      asked.attended ? AppointmentState::Attended : AppointmentState::Missed;
  if (before == after) return grant_appointment(desk, one, id, 200);

  AppointmentRow next = *row;
  next.state = after;
  if (after == AppointmentState::Attended) count_dose(state, next);
  if (before == AppointmentState::Attended) uncount_dose(state, next);
  const SiteId site{state.text(next.site)};
  const ProductId product{state.text(next.product)};
  if (after == AppointmentState::Missed) {
    desk.emit_to_site(DoseReturned{asked.appointment, site, product});
  } else if (before == AppointmentState::Missed) {
    desk.emit_to_site(DoseTaken{asked.appointment, site, product});
  }
  change_appointment(desk, id, next);
  grant_appointment(desk, one, id, 200);
}

}  // namespace jari::appointments
