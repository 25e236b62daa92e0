#include "consumers/appointments/judge.h"

namespace jari::appointments {
namespace {

Verdict no(Code code) {
  Verdict verdict;
  verdict.code = code;
  return verdict;
}

/// Judged where the request stands; but where a grant ahead of it has changed the cohort since, its
/// window is looked up anew for that moment.
bool is_window_open(const settings::ProgrammeRow& programme, Name cohort, const Place& place) {
  if (place.was_eligible && place.cohort == cohort) return place.window_open;
  return settings::window_of(programme, cohort, place.at) != nullptr;
}

}  // namespace

Place place_of(const State& state, const KnownAs& whose, const LogTime& now) {
  Place place;
  place.at = now.now;
  if (!whose.person || !whose.programme) return place;
  const auto* settings = state.programmes.find(*whose.programme);
  if (settings == nullptr) return place;
  if (const auto* row = state.eligible({*whose.person, *whose.programme}); row != nullptr) {
    place.was_eligible = true;
    place.cohort = row->cohort;
    place.window_open = settings::window_of(*settings, row->cohort, now.now) != nullptr;
  }
  if (settings->queue.empty()) return place;
  const SessionRow* session = state.sessions.live({*whose.person, settings->queue}, now);
  if (session == nullptr) return place;
  place.admitted = true;
  place.ticket = session->ticket;
  place.session_ends = session->ends;
  place.session_left_ms = now.left(session->ends).count();
  return place;
}

Verdict judge_entry(const State& state, PersonProgramme whose,
                    const settings::ProgrammeRow& programme, const Wish& wish, const Place& place,
                    const LogTime& now) {
  const Name cohort = state.eligible(whose)->cohort;
  Verdict verdict;
  verdict.right = state.rights.first_live(whose, now);
  const bool is_free = !verdict.right.empty();
  if (!is_free && !overrides(wish.overrides, Override::CohortNotOpen) &&
      !is_window_open(programme, cohort, place)) {
    verdict.code = Code::CohortNotOpen;
    const auto next = settings::next_opening(programme, cohort, place.at);
    verdict.opens_at = next.value_or(Instant{});
  } else if (!is_free && !wish.is_operators && !programme.queue.empty()) {
    if (!place.admitted) verdict.code = Code::NotAdmitted;
    verdict.is_limited = true;
  }
  return verdict;
}

Verdict judge_wish(const State& state, const Wish& wish, const Place& place, const LogTime& now) {
  const KnownAs& named = wish.whose;
  const auto* programme = named.programme ? state.programmes.find(*named.programme) : nullptr;
  if (programme == nullptr) return no(Code::UnknownProgramme);
  const auto product_name = state.name(wish.product.text);
  const auto* product = product_name ? settings::product_of(*programme, *product_name) : nullptr;
  if (product == nullptr) return no(Code::UnknownProduct);

  const PersonProgramme whose{named.person.value_or(Name{}), *named.programme};
  if (!named.person || state.eligible(whose) == nullptr) return no(Code::NotEligible);
  const Doses doses = doses_of(state, whose, now.now);
  if (doses.done >= product->doses) return no(Code::NotEligible);
  if (has_all_allowed(doses, *programme)) return no(Code::AlreadyBooked);
  if (doses.next() > product->doses) return no(Code::NotEligible);
  if (!fits(*product, doses.next(), doses.last_product)) {
    Verdict verdict = no(Code::NotEligible);
    verdict.field = "product";
    return verdict;
  }
  Verdict verdict = judge_entry(state, whose, *programme, wish, place, now);
  verdict.dose = static_cast<std::uint8_t>(doses.next());
  verdict.interval = interval_after(*product, doses.last_on);
  return verdict;
}

}  // namespace jari::appointments
