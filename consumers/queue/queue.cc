#include "consumers/queue/queue.h"

#include "consumers/queue/decisions.h"

namespace jari::queue {
namespace {

constexpr std::uint32_t kForgottenInTickMax = 4096;

template <class T>
constexpr bool kIsRequest =
    std::is_same_v<T, QueueConfigured> || std::is_same_v<T, PrequeueDrawn> ||
    std::is_same_v<T, TicketRequested> || std::is_same_v<T, TicketReturned>;
template <class T>
constexpr bool kIsEffect =
    std::is_same_v<T, SessionEnded> || std::is_same_v<T, ProgrammeConfigured>;
template <class T>
constexpr bool kIsOwn = std::is_same_v<T, AdmissionHeld>;

template <class T>
std::optional<Consumer::Address> address(const T& record, const Envelope& envelope) {
  using Address = Consumer::Address;
  if constexpr (kIsRequest<T>) {
    if (envelope.kind != RecordKind::Request || !envelope.asked) return std::nullopt;
    return Address{record.queue.text, std::nullopt};
  } else if constexpr (kIsEffect<T>) {
    if (envelope.kind != RecordKind::Effect) return std::nullopt;
    return Address{};
  } else if constexpr (kIsOwn<T>) {
    if (envelope.kind != RecordKind::Own) return std::nullopt;
    return Address{};
  } else {
    return std::nullopt;
  }
}

/// Who asks about what, as every outcome says it.
template <class Ask>
Outcome outcome_for(const Ask& ask, const Asked& asked) {
  Outcome outcome;
  outcome.request = asked.request;
  outcome.asked = kTypeOf<Ask>;
  outcome.queue = ask.queue;
  if constexpr (requires { ask.person; }) outcome.person = ask.person;
  return outcome;
}

/// The field whose text is no id; empty where all are.
template <class Ask>
std::string_view field_out_of_form(const Ask& ask) {
  if (!is_id(ask.queue.text)) return "queue";
  if constexpr (requires { ask.person; }) {
    if (!is_id(ask.person.text)) return "person";
  }
  return {};
}

/// People take and give back their own tickets; the rest is an operator's.
template <class Ask>
requests::Fault fault_of(const Ask& ask, const Asked& asked) {
  requests::Fault fault;
  if constexpr (requires { ask.person; }) {
    fault = requests::fault_of_person(asked, ask.person);
  } else {
    fault = requests::fault_of_operator(asked);
  }
  if (fault.code != Code::None) return fault;
  const auto field = field_out_of_form(ask);
  return field.empty() ? requests::Fault{} : requests::Fault{Code::InvalidRequest, field};
}

template <class Ask>
std::string_view sink_key_of(const Ask& ask) {
  if constexpr (requires { ask.person; }) {
    return ask.person.text;
  } else {
    return ask.queue.text;
  }
}

/// Whose keys it counts with; `room` is for a text that is not the record's.
template <class Ask>
std::string_view keys_count_with(const Ask& ask, std::string& room) {
  if constexpr (requires { ask.person; }) {
    return ask.person.text;
  } else {
    return room = requests::keeper_of(ask.queue.text);
  }
}

}  // namespace

std::optional<Consumer::Address> Queue::open(const Envelope& envelope) {
  const Record& record = body_.read(envelope);
  if (envelope.kind == RecordKind::Effect) {
    const bool is_ours =
        envelope.type == kTypeOf<SessionEnded> || envelope.type == kTypeOf<ProgrammeConfigured>;
    return is_ours ? std::optional{Address{}} : std::nullopt;
  }
  return std::visit([&](const auto& one) { return address(one, envelope); }, record);
}

Hash128 Queue::hash_of(std::uint16_t type, std::uint16_t /*version*/, Bytes body) const {
  return hash_of_body(type, body);
}

template <class Ask>
void Queue::judge(const Ask& ask, const Envelope& envelope, Context& context) {
  std::string keeper;
  const requests::Question question{*envelope.asked, keys_count_with(ask, keeper),
                                    sink_key_of(ask)};
  Outcome outcome = outcome_for(ask, *envelope.asked);
  if (const auto fault = fault_of(ask, *envelope.asked); fault.code != Code::None) {
    outcome.field = fault.field;
    answers_.refuse(question, outcome, fault.code, context);
    return;
  }
  if (!answers_.is_new(question, outcome, context)) return;
  answers_.give(question, answer(state_, ask, outcome, context), context);
}

Applied Queue::apply(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  return std::visit(
      [&](const auto& one) {
        using T = std::decay_t<decltype(one)>;
        if (!address(one, envelope)) return Applied::DeadLetter;
        if constexpr (kIsRequest<T>) {
          judge(one, envelope, context);
        } else if constexpr (std::is_same_v<T, SessionEnded>) {
          take(state_, one, context.time());
        } else if constexpr (std::is_same_v<T, ProgrammeConfigured>) {
          state_.programmes.apply(one);
        } else if constexpr (std::is_same_v<T, AdmissionHeld>) {
          if (one.on) {
            state_.held.put({}, {std::string{one.why}});
          } else if (state_.is_held()) {
            state_.held.erase({});
          }
        }
        return Applied::Done;
      },
      body_.record());
}

void Queue::refuse_misplaced(const Arrival& arrival, Context& context) {
  const Envelope& envelope = arrival.envelope;
  std::visit(
      [&](const auto& one) {
        if constexpr (kIsRequest<std::decay_t<decltype(one)>>) {
          Outcome outcome = outcome_for(one, *envelope.asked);
          outcome.field = "queue";
          answers_.refuse({*envelope.asked, {}, sink_key_of(one)}, outcome, Code::InvalidRequest,
                          context);
        }
      },
      body_.record());
}

void Queue::on_tick(Context& context) {
  state_.requests.sweep(context.time(), kForgottenInTickMax);
  for (auto& [text, lane] : state_.lanes) admit(state_, *lane, context);
}

Instant Queue::next_deadline(const LogTime& time) const {
  Instant next = state_.requests.next_deadline(time);
  for (const auto& [text, lane] : state_.lanes) {
    next = std::min(next, queue::next_deadline(state_, *lane, time));
  }
  return next;
}

void Queue::reissue(PartitionRef /*sink*/, std::uint64_t /*from*/, Context& /*context*/) {}

}  // namespace jari::queue
