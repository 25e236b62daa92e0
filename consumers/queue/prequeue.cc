#include "consumers/queue/decisions.h"

namespace jari::queue {
namespace {

using requests::granted;
using requests::refused;

constexpr std::size_t kSeedBytes = 32;
constexpr std::size_t kBeaconCharactersMax = 200;
constexpr std::size_t kBytesInCharacterMax = 4;

/// The 32 bytes of a seed written as 64 lower-case hex digits.
std::optional<std::string> seed_bytes(std::string_view text) {
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != kSeedBytes || to_hex(bytes_of(*bytes)) != text) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace

Code judge_prequeue(const QueueRow& known, const LineRow& line,
                    const std::optional<PrequeueRow>& next, Instant now) {
  if (next == known.prequeue) return Code::None;
  if (known.draw) return Code::AlreadyDrawn;
  if (line.last_ticket == 0) return Code::None;
  if (!known.prequeue) return Code::PrequeueStarted;
  // The way out of a lost seed.
  if (!next) return now >= known.opens_at ? Code::None : Code::PrequeueStarted;
  const bool is_fixed_changed = next->commitment != known.prequeue->commitment ||
                                next->beacon_name != known.prequeue->beacon_name ||
                                next->opens_at != known.prequeue->opens_at;
  if (is_fixed_changed) return Code::PrequeueStarted;
  // Only the end may move, and not to where tickets already stand: which of them were given before
  // it is not kept.
  return next->closes_at > now ? Code::None : Code::PrequeueStarted;
}

Outcome answer(QueueState& state, const PrequeueDrawn& ask, Outcome outcome, Context& context) {
  const auto seed = seed_bytes(ask.seed);
  const bool is_seed_bad = !seed.has_value();
  const bool is_beacon_bad = ask.beacon.size() > kBeaconCharactersMax * kBytesInCharacterMax;
  if (is_seed_bad || is_beacon_bad) {
    outcome.field = is_seed_bad ? "seed" : "beacon";
    return refused(outcome, Code::InvalidRequest);
  }
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
  if (context.time().now < known.prequeue->closes_at) {
    return refused(outcome, Code::PrequeueNotClosed);
  }
  if (to_hex(sha256(bytes_of(*seed))) != known.prequeue->commitment) {
    return refused(outcome, Code::CommitmentMismatch);
  }
  if (!known.prequeue->beacon_name.empty() && ask.beacon.empty()) {
    outcome.field = "beacon";
    return refused(outcome, Code::InvalidRequest);
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
