#include "consumers/requests/answers.h"

namespace jari::requests {

std::string keeper_of(std::string_view thing) {
  return "/" + std::string{thing};  // an id has no slash
}

Outcome granted(Outcome outcome, std::uint16_t status) {
  outcome.decision = Decision::Granted;
  outcome.code = Code::None;
  outcome.status = status;
  return outcome;
}

Outcome refused(Outcome outcome, Code code) {
  outcome.decision = Decision::Refused;
  outcome.code = code;
  outcome.status = status_of(code);
  return outcome;
}

bool Answers::is_new(const Question& question, const Outcome& about, Context& context) {
  switch (requests_.look(question.asked, question.counts_with)) {
    case Seen::New:
      return true;
    case Seen::Pending:
      return false;  // its answer will be told when it is decided
    case Seen::Reused:
      refuse(question, about, Code::IdempotencyKeyReused, context);
      return false;
    case Seen::TooMany:
      refuse(question, about, Code::SlowDown, context);
      return false;
    case Seen::Decided:
      break;
  }
  const RequestRow* row = requests_.find(key_of(question.asked));
  Outcome outcome = requests_.outcome_of(*row, question.asked.request);
  outcome.person = about.person;
  context.decided(question.asked.by, question.asked.request, encoder_.encode(outcome));
  return false;
}

void Answers::give(const Question& question, const Outcome& outcome, Context& context) {
  requests_.decided(question.asked, question.counts_with, outcome, context.time());
  publish(question, outcome, context);
}

void Answers::refuse(const Question& question, Outcome outcome, Code code, Context& context) {
  publish(question, refused(outcome, code), context);
}

void Answers::publish(const Question& question, const Outcome& outcome, Context& context) {
  std::string label{name_of(outcome.asked)};
  label.append(" ").append(outcome.code == Code::None ? "granted" : to_text(outcome.code));
  context.count("decisions", label, 1);
  const Bytes body = encoder_.encode(outcome);
  context.publish(kOutcomesTopic, question.sink_key, kTypeOf<Outcome>, body);
  context.decided(question.asked.by, question.asked.request, body);
}

}  // namespace jari::requests
