#include "consumers/queue/decisions.h"

namespace jari::queue {
namespace {

using requests::granted;
using requests::refused;

constexpr std::size_t kSeedBytes = 32;

/// The 32 bytes of a seed written as 64 lower-case hex digits.
std::optional<std::string> seed_bytes(std::string_view text) {
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != kSeedBytes || to_hex(bytes_of(*bytes)) != text) {
    return std::nullopt;
  }
  return bytes;
}

/// What tickets were taken under.
bool is_fixed_changed(const PrequeueRow& known, const PrequeueRow& next) {
  return next.commitment != known.commitment || next.beacon_name != known.beacon_name ||
         next.opens_at != known.opens_at;
}

std::string_view field_out_of_form(const PrequeueDrawn& ask) {
  if (!seed_bytes(ask.seed)) return "seed";
  return characters_in(ask.beacon) > kBeaconCharactersMax ? "beacon" : std::string_view{};
}

}  // namespace

Code judge_prequeue(const QueueRow& known, const LineRow& line,
                    const std::optional<PrequeueRow>& next, Instant now) {
  if (next == known.prequeue) return Code::None;
  if (line.last_ticket > 0 && known.prequeue && next && is_fixed_changed(*known.prequeue, *next)) {
    return Code::PrequeueStarted;
  }
  if (known.draw) return Code::AlreadyDrawn;
  if (line.last_ticket == 0) return Code::None;
  if (!known.prequeue) return Code::PrequeueStarted;
  // The way out of a lost seed.
  if (!next) return now >= known.opens_at ? Code::None : Code::PrequeueStarted;
  // Only the end may move, to behind everybody who has come, and not once it has passed: by then
  // the beacon may be known, and whoever knows the seed could pick the end whose order they like.
  const bool is_open = now < known.prequeue->closes_at;
  const bool is_behind_all = next->closes_at > line.last_ticket_at;
  return is_open && is_behind_all ? Code::None : Code::PrequeueStarted;
}

Outcome answer(QueueState& state, const PrequeueDrawn& ask, Outcome outcome, Context& context) {
  outcome.field = field_out_of_form(ask);
  if (!outcome.field.empty()) return refused(outcome, Code::InvalidRequest);
  Lane* lane = state.lane(ask.queue);
  if (lane == nullptr) return refused(outcome, Code::UnknownQueue);
  const QueueRow& known = state.row(*lane);
  if (known.draw) {
    const bool is_same = known.draw->seed == ask.seed && known.draw->beacon == ask.beacon;
    if (!is_same) return refused(outcome, Code::AlreadyDrawn);
    outcome.version = known.version;
    return granted(outcome, 200);
  }
  if (!known.prequeue) return refused(outcome, Code::CommitmentMismatch);
  if (!known.prequeue->beacon_name.empty() && ask.beacon.empty()) {
    outcome.field = "beacon";
    return refused(outcome, Code::InvalidRequest);
  }
  if (context.time().now < known.prequeue->closes_at) {
    return refused(outcome, Code::PrequeueNotClosed);
  }
  if (to_hex(sha256(bytes_of(*seed_bytes(ask.seed)))) != known.prequeue->commitment) {
    return refused(outcome, Code::CommitmentMismatch);
  }
  const std::uint32_t drawn = state.line_row(*lane).prequeue_tickets;
  outcome.version =
      state.queues
          .change({lane->queue},
                  [&](QueueRow& row) {
                    row.draw = DrawRow{std::string{ask.seed}, std::string{ask.beacon}, drawn};
                    ++row.version;
                  })
          .version;
  state.redraw(*lane);
  return granted(outcome, 200);
}

}  // namespace jari::queue
