#include "consumers/appointments/desk.h"

namespace jari::appointments {

Case case_of(Offset offset, RecordType type, const Asked& asked) {
  return {type,     offset, asked.role, asked.by, asked.request, requests::key_of(asked),
          asked.by, {},     &asked,     {}};
}

Case case_of(const State& state, const PendingRow& row) {
  const std::string_view by = row.by.empty() ? state.text(row.person) : row.by;
  return {row.asked, row.offset, row.role, by, row.request, row.key, {}, {}, nullptr, {}};
}

Case case_of(Offset offset, const WaitingRow& row) {
  return {row.asked,   offset,   row.role, row.by,
          row.request, row.key,  {},       {row.person, row.programme},
          nullptr,     row.place};
}

bool may_name(const State& state, const Case& one, Name whose, PersonId said) {
  return said.empty() ? one.is_operator() : state.text(whose) == said.text;
}

Outcome outcome_in(const State& state, PersonId person, ProgrammeId programme) {
  Outcome outcome;
  outcome.person = person;
  if (const auto* settings = state.programmes.find(programme); settings != nullptr) {
    outcome.programme = programme;
    outcome.programme_version = settings->version;
  }
  return outcome;
}

Outcome outcome_of(const State& state, const PendingRow& row) {
  Outcome outcome;
  outcome.person = PersonId{state.text(row.person)};
  outcome.programme = ProgrammeId{state.text(row.programme)};
  outcome.programme_version = row.programme_version;
  return outcome;
}

bool Desk::has_room(const Case& one, std::string_view site, std::uint32_t rows) const {
  return one.is_operator() || context.has_room(site_partition(site), rows);
}

void Desk::publish(MadeId id, const AppointmentRow& row) {
  const std::string id_text = appointment_text(id);
  const Appointment document = state.appointments.document(row, id_text);
  context.publish(kSyncTopic, id_text, encoder_.row_of(document, time().now));
}

void Desk::grant(const Case& one, Outcome outcome, std::uint16_t status) {
  outcome.decision = Decision::Granted;
  outcome.code = Code::None;
  outcome.status = status;
  settle(one, outcome);
}

void Desk::refuse(const Case& one, Outcome outcome, Code code) {
  outcome.decision = Decision::Refused;
  outcome.code = code;
  outcome.status = status_of(code);
  settle(one, outcome);
}

void Desk::turn_away(const Case& one, Outcome outcome, Code code) {
  outcome.decision = Decision::Refused;
  outcome.code = code;
  outcome.status = status_of(code);
  say(one, outcome);
}

void Desk::settle(const Case& one, Outcome& outcome) {
  outcome.asked = one.type;
  if (one.asked != nullptr) {
    state.requests.decided(one.key, *one.asked, outcome.person.text, outcome, time());
  } else {
    state.requests.decided(one.key, outcome, time());
  }
  say(one, outcome);
}

void Desk::say(const Case& one, Outcome& outcome) {
  outcome.asked = one.type;
  outcome.request = one.request;
  context.count("decisions", decision_label(one.type, outcome.code));
  const std::string_view about = outcome.person.empty() ? one.about : outcome.person.text;
  const Body body = encoder_.body_of(outcome);
  context.publish(kOutcomesTopic, about, body);
  context.decided(one.by, one.request, body.bytes);
}

void Desk::repeat(const Case& one, std::string_view person) {
  IdTexts texts;
  auto outcome = outcome_again(state, one.key, one.request, texts);
  CHECK(outcome.has_value());
  outcome->person = PersonId{person};
  context.decided(one.by, one.request, encoder_.encode(*outcome));
}

void Desk::begin(const Case& one, std::string_view person) {
  if (one.asked != nullptr) state.requests.begin(one.key, *one.asked, person, one.type);
}

std::optional<Outcome> outcome_again(const State& state, const Hash128& key,
                                     std::string_view request, IdTexts& texts) {
  const auto row = state.requests.find(key);
  if (!row || row->pending) return std::nullopt;
  Outcome outcome = state.requests.outcome_of(*row, request);
  if (!row->hold.empty()) {
    texts.hold = hold_text(row->hold);
    outcome.hold = HoldId{texts.hold};
  }
  if (!row->appointment.empty()) {
    texts.appointment = appointment_text(row->appointment);
    const AppointmentRow* known =
        state.appointments.find(row->appointment, row->appointment_version);
    CHECK(known != nullptr);  // versions outlive the keys that name them
    outcome.appointment = state.appointments.document(*known, texts.appointment);
    outcome.person = outcome.appointment->person;
  }
  return outcome;
}

}  // namespace jari::appointments
