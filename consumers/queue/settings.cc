#include "consumers/queue/decisions.h"

namespace jari::queue {
namespace {

using requests::granted;
using requests::refused;

constexpr std::size_t kCommitmentDigits = 64;

bool names(const QueueConfigured& ask, QueueField field) {
  return (ask.set & static_cast<std::uint32_t>(field)) != 0;
}

std::optional<PrequeueRow> prequeue_of(const QueueConfigured& ask) {
  if (!ask.prequeue) return std::nullopt;
  const PrequeueSettings& from = *ask.prequeue;
  return PrequeueRow{from.opens_at, from.closes_at, std::string{from.commitment},
                     std::string{from.beacon_name}};
}

QueueRow merged(QueueState& state, const QueueRow& known, const QueueConfigured& ask) {
  QueueRow next = known;
  if (names(ask, QueueField::Programme)) {
    next.programme = state.store.names().intern(ask.programme.text);
  }
  if (names(ask, QueueField::OpensAt)) next.opens_at = ask.opens_at;
  if (names(ask, QueueField::ClosesAt)) {
    next.closes_at = ask.closes_at.ms == 0 ? kNever : ask.closes_at;  // 0: not given
  }
  if (names(ask, QueueField::Rate)) next.rate_per_second = ask.rate_per_second;
  if (names(ask, QueueField::InsideMax)) next.inside_max = ask.inside_max;
  if (names(ask, QueueField::SessionSeconds)) next.session_seconds = ask.session_seconds;
  if (names(ask, QueueField::Prequeue)) next.prequeue = prequeue_of(ask);
  if (names(ask, QueueField::Message)) next.message = ask.message;
  if (names(ask, QueueField::Paused)) next.paused = ask.paused;
  if (names(ask, QueueField::Rejoin)) next.rejoin = ask.rejoin;
  ++next.version;
  return next;
}

bool is_moment(Instant at) {
  return at.ms >= 0 && at <= kNever;
}

bool is_commitment(std::string_view text) {
  const auto digits = from_hex(text);
  return digits && text.size() == kCommitmentDigits && to_hex(bytes_of(*digits)) == text;
}

/// The field that cannot be so, whatever else stands; empty where all is well.
std::string_view field_out_of_range(const QueueRow& next) {
  if (!is_moment(next.opens_at)) return "opens_at";
  if (!is_moment(next.closes_at)) return "closes_at";
  if (next.rate_per_second > kRatePerSecondMax) return "rate_per_second";
  if (next.inside_max > kInsideMaxMax) return "inside_max";
  const bool is_length = next.session_seconds >= 1 && next.session_seconds <= kSessionSecondsMax;
  if (!is_length) return "session_seconds";
  return characters_in(next.message) > kMessageCharactersMax ? "message" : std::string_view{};
}

/// The field that cannot be so; empty where all is well. Judged on the whole, which a PATCH at the
/// door cannot see.
std::string_view invalid_field(const QueueRow& next, const QueueConfigured& ask) {
  if (const auto field = field_out_of_range(next); !field.empty()) return field;
  if (!next.prequeue) return {};
  const PrequeueRow& prequeue = *next.prequeue;
  if (!is_commitment(prequeue.commitment)) return "prequeue.commitment";
  if (characters_in(prequeue.beacon_name) > kBeaconCharactersMax) return "prequeue.beacon_name";
  if (!is_moment(prequeue.opens_at)) return "prequeue.opens_at";
  if (prequeue.closes_at <= prequeue.opens_at) return "prequeue.closes_at";
  if (prequeue.closes_at > next.opens_at) {
    return names(ask, QueueField::Prequeue) ? "prequeue.closes_at" : "opens_at";
  }
  return {};
}

Outcome invalid(Outcome outcome, std::string_view field) {
  outcome.field = field;
  return refused(outcome, Code::InvalidRequest);
}

}  // namespace

Outcome answer(QueueState& state, const QueueConfigured& ask, Outcome outcome, Context& context) {
  if (names(ask, QueueField::Programme) && !is_id(ask.programme.text)) {
    return invalid(outcome, "programme");
  }
  Lane* lane = state.lane(ask.queue);
  const bool is_whole = (ask.set & kEveryQueueField) == kEveryQueueField;
  if (lane == nullptr && !is_whole) return refused(outcome, Code::UnknownQueue);
  const QueueRow known = lane == nullptr ? QueueRow{} : state.row(*lane);
  const LineRow line = lane == nullptr ? LineRow{} : state.line_row(*lane);
  if (ask.expects_version != 0 && ask.expects_version != known.version) {
    outcome.version = known.version;
    return refused(outcome, Code::StaleVersion);
  }
  const QueueRow next = merged(state, known, ask);
  if (const auto field = invalid_field(next, ask); !field.empty()) return invalid(outcome, field);
  const Code no = judge_prequeue(known, line, next.prequeue, context.time().now);
  if (no != Code::None) return refused(outcome, no);

  const Name queue = state.store.names().intern(ask.queue.text);
  state.queues.put({queue}, next);
  if (lane == nullptr) {
    state.add_lane(queue);
    state.lines.put({queue}, line);
  }
  outcome.programme = ProgrammeId{state.store.names().text(next.programme)};
  outcome.version = next.version;
  return granted(outcome, 200);
}

}  // namespace jari::queue
