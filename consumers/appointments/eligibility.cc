#include "consumers/appointments/eligibility.h"

namespace jari::appointments {

void judge(Desk& desk, const Case& one, const EligibilityGranted& asked) {
  State& state = desk.state;
  const Outcome outcome = outcome_in(state, asked.person, asked.programme);
  if (outcome.programme.empty()) return desk.refuse(one, outcome, Code::UnknownProgramme);
  Names& names = state.store.names();
  const PersonProgramme whose{names.intern(asked.person.text), names.intern(asked.programme.text)};
  EligibilityRow row;
  if (const EligibilityRow* known = state.eligibility.find(whose)) row.grants = known->grants;
  ++row.grants;
  row.cohort = names.intern(asked.cohort.text);
  row.doses_done = asked.doses_done;
  row.last_dose_on = asked.last_dose_on;
  row.last_product = names.intern(asked.last_product.text);
  row.granted_on = row.last_dose_on;
  row.granted_product = row.last_product;
  state.eligibility.put(whose, row);
  desk.grant(one, outcome, 200);
}

void judge(Desk& desk, const Case& one, const EligibilityRevoked& asked) {
  State& state = desk.state;
  const Outcome outcome = outcome_in(state, asked.person, asked.programme);
  if (outcome.programme.empty()) return desk.refuse(one, outcome, Code::UnknownProgramme);
  const auto person = state.name(asked.person.text);
  const PersonProgramme whose{person.value_or(Name{}), *state.name(asked.programme.text)};
  if (person && state.eligible(whose) != nullptr) {
    state.eligibility.change(whose, [](EligibilityRow& row) { row.cohort = Name{}; });
  }
  desk.grant(one, outcome, 204);
}

}  // namespace jari::appointments
