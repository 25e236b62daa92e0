#include "consumers/appointments/booking.h"
#include "consumers/appointments/changes.h"
#include "consumers/appointments/doses.h"

namespace jari::appointments {
namespace {

bool is_same_slot(const State& state, const AppointmentRow& row, const RescheduleRequested& asked) {
  return state.text(row.site) == asked.site.text && state.text(row.slot) == asked.slot.text &&
         (asked.product.empty() || state.text(row.product) == asked.product.text);
}

/// What the new product and the doses around it say. A product that the appointment has already is
/// not judged again: settings that change touch nothing that stands.
struct Change {
  Code code = Code::None;
  std::string_view field;
  Interval interval;
};
Change judge_change(const State& state, MadeId id, const AppointmentRow& row,
                    const RescheduleRequested& asked, Instant now) {
  const settings::ProgrammeRow& programme = *state.programmes.find(row.programme);
  Name product = row.product;
  const bool is_another = !asked.product.empty() && state.text(row.product) != asked.product.text;
  if (is_another) {
    const auto name = state.name(asked.product.text);
    if (!name || settings::product_of(programme, *name) == nullptr) {
      return {Code::UnknownProduct, {}, {}};
    }
    product = *name;
  }
  const Neighbours around = neighbours_of(state, id, row, programme, product, now);
  if (is_another && !around.fits) return {Code::NotEligible, "product", {}};
  return {Code::None, {}, around.interval};
}

}  // namespace

void judge(Desk& desk, const Case& one, const RescheduleRequested& asked) {
  State& state = desk.state;
  const AppointmentRow* row = known_to(state, one, asked.appointment, asked.person);
  Outcome outcome;
  outcome.person = asked.person;
  if (row == nullptr) return desk.refuse(one, outcome, Code::UnknownAppointment);
  const MadeId id = *parse_appointment(asked.appointment.text);
  const PersonId person{state.text(row->person)};
  const ProgrammeId programme{state.text(row->programme)};
  outcome = outcome_in(state, person, programme);
  if (row->state != AppointmentState::Booked || row->starts_at <= desk.time().now) {
    return desk.refuse(one, outcome, Code::AppointmentNotActive);
  }
  if (is_same_slot(state, *row, asked)) return grant_appointment(desk, one, id, 200);
  const Change change = judge_change(state, id, *row, asked, desk.time().now);
  if (change.code != Code::None) {
    outcome.field = change.field;
    return desk.refuse(one, outcome, change.code);
  }
  if (!desk.has_room(one, asked.site.text)) return desk.refuse(one, outcome, Code::Overloaded);

  const ProductId product =
      asked.product.empty() ? ProductId{state.text(row->product)} : asked.product;
  const bool stays = state.text(row->site) == asked.site.text;
  const SlotId replaces = stays ? SlotId{state.text(row->slot)} : SlotId{};
  PendingRow pending =
      pending_of(one, {row->person, row->programme}, *state.programmes.find(row->programme));
  desk.begin(one, person.text);
  state.lines.ask(id, std::move(pending));
  desk.emit_to_site(Reserve{asked.appointment, person, programme, asked.site, asked.slot, product,
                            change.interval.not_before, change.interval.not_after, replaces,
                            HoldId{}, one.is_operator() ? asked.overrides : 0});
}

void finish_reschedule(Desk& desk, MadeId id, const PendingRow& row,
                       const ReservationGranted& how) {
  State& state = desk.state;
  Names& names = state.store.names();
  const AppointmentRow before = *state.appointments.find(id);
  AppointmentRow next = before;
  next.site = names.intern(how.site.text);
  next.slot = names.intern(how.slot.text);
  next.product = names.intern(how.product.text);
  next.zone = names.intern(how.zone);
  next.starts_at = how.starts_at;
  next.starts_on = how.starts_on;
  next.length_seconds = how.length_seconds;
  change_appointment(desk, id, next);
  if (!(before.site == next.site)) {
    desk.emit_to_site(
        Release{how.appointment, SiteId{state.text(before.site)}, SlotId{state.text(before.slot)}});
  }
  grant_appointment(desk, case_of(desk.state, row), id, 200);
}

void finish_reschedule(Desk& desk, MadeId id, const PendingRow& row,
                       const ReservationRefused& why) {
  desk.refuse(case_of(desk.state, row), refusal_of(desk.state, row, why.not_before, why.not_after),
              why.code);
  if (row.is_withdrawn) cancel_appointment(desk, id, CancelledBy::Withdrawal);
}

}  // namespace jari::appointments
