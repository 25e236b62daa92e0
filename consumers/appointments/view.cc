#include "consumers/appointments/view.h"

#include <algorithm>

#include "consumers/appointments/judge.h"

namespace jari::appointments {
namespace {

/// The days of the next dose, of whichever product one may have: the widest of them.
void widen(EligibilityView& out, const Interval& interval, bool is_first) {
  if (is_first) {
    out.not_before = interval.not_before;
    out.not_after = interval.not_after;
    return;
  }
  out.not_before = std::min(out.not_before, interval.not_before);
  const bool has_end = out.not_after.is_known() && interval.not_after.is_known();
  out.not_after = has_end ? std::max(out.not_after, interval.not_after) : Day{};
}

void show_window(EligibilityView& out, const settings::ProgrammeRow& programme, Name cohort,
                 Instant now) {
  if (const auto* open = settings::window_of(programme, cohort, now); open != nullptr) {
    out.opens_at = open->opens_at;
    out.closes_at = open->closes_at;
    return;
  }
  const auto next = settings::next_opening(programme, cohort, now);
  if (!next) return;
  out.opens_at = *next;
  out.closes_at = settings::window_of(programme, cohort, *next)->closes_at;
}

}  // namespace

std::optional<SessionView> View::session(PersonId person, QueueId queue,
                                         const LogTime& time) const {
  const auto person_name = state_.name(person.text);
  const auto queue_name = state_.name(queue.text);
  if (!person_name || !queue_name) return std::nullopt;
  const SessionRow* row = state_.sessions.live({*person_name, *queue_name}, time);
  if (row == nullptr) return std::nullopt;
  return SessionView{row->ticket, time.at(row->ends)};
}

bool View::show(MadeId id, const AppointmentRow& row, Visit visit) const {
  const std::string id_text = appointment_text(id);
  return visit(state_.appointments.document(row, id_text));
}

void View::appointments_of(PersonId person, Visit visit) const {
  const auto name = state_.name(person.text);
  if (!name) return;
  state_.appointments.for_each_newest_first(
      *name, [&](MadeId id, const AppointmentRow& row) { return show(id, row, visit); });
}

void View::day_list(const DayQuery& query, Visit visit) const {
  const auto site = state_.name(query.site.text);
  if (!site) return;
  const bool goes_on = query.is_after && query.from <= query.after.starts_at;
  const DayPlace from = goes_on ? query.after : DayPlace{query.from, {}, {}};
  state_.appointments.for_each_of_site(
      *site, from, goes_on, [&](MadeId id, const AppointmentRow& row) {
        if (row.starts_at >= query.to) return false;
        const bool is_asked_for =
            (query.slot.empty() || state_.text(row.slot) == query.slot.text) &&
            (query.state == AppointmentState::Unknown || row.state == query.state);
        return !is_asked_for || show(id, row, visit);
      });
}

bool View::appointment(MadeId id, Visit visit) const {
  const AppointmentRow* row = state_.appointments.find(id);
  if (row != nullptr) show(id, *row, visit);
  return row != nullptr;
}

bool View::is_pending(MadeId id) const {
  return state_.lines.pending(id) != nullptr;
}

std::vector<HoldView> View::holds_of(PersonId person, const LogTime& time) const {
  std::vector<HoldView> out;
  const auto name = state_.name(person.text);
  if (!name) return out;
  state_.holds.for_each_live(*name, [&](MadeId hold, const HoldRow& row) {
    if (time.is_over(row.ends)) return;
    out.push_back({hold_text(hold), ProgrammeId{state_.text(row.programme)},
                   SiteId{state_.text(row.site)}, SlotId{state_.text(row.slot)},
                   ProductId{state_.text(row.product)}, time.at(row.ends)});
  });
  return out;
}

std::vector<EligibilityView> View::eligibility_of(PersonId person, const LogTime& time) const {
  std::vector<EligibilityView> out;
  const auto name = state_.name(person.text);
  if (!name) return out;
  for (const auto& [text, programme] : state_.programmes.by_text()) {
    const EligibilityRow* row = state_.eligible({*name, programme});
    if (row != nullptr) out.push_back(eligibility_in(*name, programme, *row, time));
  }
  return out;
}

EligibilityView View::eligibility_in(Name person, Name programme, const EligibilityRow& row,
                                     const LogTime& time) const {
  const settings::ProgrammeRow& settings = *state_.programmes.find(programme);
  const PersonProgramme whose{person, programme};
  EligibilityView out;
  out.programme = ProgrammeId{state_.text(programme)};
  out.cohort = CohortId{state_.text(row.cohort)};
  out.doses_done = row.doses_done;
  out.last_dose_on = row.last_dose_on;
  out.last_product = ProductId{state_.text(row.last_product)};
  show_window(out, settings, row.cohort, time.now);
  if (const auto end = state_.rights.last_end(whose, time)) out.rebook_until = time.at(*end);

  const Doses doses = doses_of(state_, whose, time.now);
  bool has_product = false;
  bool has_dose_left = false;
  for (const settings::ProductRow& product : settings.products) {
    has_dose_left |= doses.done < product.doses;
    if (!fits(product, doses.next(), doses.last_product)) continue;
    widen(out, interval_after(product, doses.last_on), !has_product);
    has_product = true;
  }
  out.code = Code::NotEligible;
  if (has_dose_left && has_all_allowed(doses, settings)) {
    out.code = Code::AlreadyBooked;
  } else if (has_product) {
    const Wish wish{{person, programme}, {}, 0, false};
    const Place place = place_of(state_, wish.whose, time);
    out.code = judge_entry(state_, whose, settings, wish, place, time).code;
  }
  out.may_book = out.code == Code::None;
  return out;
}

Counts View::counts() const {
  return {state_.appointments.size(),   state_.eligibility.size(), state_.sessions.size(),
          state_.rights.size(),         state_.holds.live_count(), state_.lines.pending_count(),
          state_.lines.waiting_count(), state_.programmes.size()};
}

}  // namespace jari::appointments
