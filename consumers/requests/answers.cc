#include "consumers/requests/answers.h"

namespace jari::requests {
namespace {

/// A refusal's own are not kept: the same content asks about the same.
void take_ids(Outcome& outcome, const Outcome& about) {
  outcome.queue = about.queue;
  outcome.programme = about.programme;
  outcome.site = about.site;
  outcome.slot = about.slot;
  outcome.product = about.product;
}

constexpr std::size_t kNameBytesMax = 256;  // of who asks

}  // namespace

Fault fault_of(const Asked& by) {
  const auto wrong = [](std::string_view field) { return Fault{Code::InvalidRequest, field}; };
  if (!by.request.empty() && !is_id(by.request)) return wrong("request");
  const bool is_name =
      !by.by.empty() && by.by.size() <= kNameBytesMax && by.by.find('\0') == std::string_view::npos;
  if (by.role == Role::Nobody || !is_name) return wrong("by");
  if (by.role == Role::Operator && by.reason.empty()) return wrong("reason");
  return {};
}

Fault fault_of_operator(const Asked& by) {
  const Fault fault = fault_of(by);
  const bool may_not = fault.code == Code::None && by.role != Role::Operator;
  return may_not ? Fault{Code::ScopeRequired, {}} : fault;
}

Fault fault_of_person(const Asked& by, PersonId person) {
  const Fault fault = fault_of(by);
  const bool is_themself = by.role == Role::Person && by.by == person.text;
  return fault.code == Code::None && !is_themself ? Fault{Code::ScopeRequired, "person"} : fault;
}

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
  switch (requests_.look(question.key, question.asked, question.counts_with, context.time())) {
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
  const std::optional<RequestRow> row = requests_.find(question.key);
  Outcome outcome = requests_.outcome_of(*row, question.asked.request);
  outcome.person = about.person;
  if (outcome.decision == Decision::Refused) take_ids(outcome, about);
  context.decided(question.asked.by, question.asked.request, encoder_.encode(outcome));
  return false;
}

void Answers::give(const Question& question, const Outcome& outcome, Context& context) {
  requests_.decided(question.key, question.asked, question.counts_with, outcome, context.time());
  publish(question, outcome, context);
}

void Answers::refuse(const Question& question, Outcome outcome, Code code, Context& context) {
  publish(question, refused(outcome, code), context);
}

void Answers::publish(const Question& question, const Outcome& outcome, Context& context) {
  context.count("decisions", decision_label(outcome.asked, outcome.code), 1);
  const Body body = encoder_.body_of(outcome);
  context.publish(kOutcomesTopic, question.sink_key, body);
  context.decided(question.asked.by, question.asked.request, body.bytes);
}

}  // namespace jari::requests
