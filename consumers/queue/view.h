// consumers/queue/view.h — what people and operators are shown of a queue and of a ticket.
//
// Decides nothing and changes nothing; says nothing of tokens, nor whether the person's own
// partition holds the admission already.
//
// Units:   as rows.h; waits in seconds.
// Errors:  none.
// Threads: as queue.h. Texts are views of the store.
#pragma once

#include <vector>

#include "consumers/queue/decisions.h"

namespace jari::queue {

enum class LineState : std::uint8_t {
  Unknown = 0,
  Closed = 1,
  Paused = 2,
  Scheduled = 3,
  Open = 4
};
[[nodiscard]] std::string_view to_text(LineState state);    // `scheduled`
[[nodiscard]] std::string_view to_text(WaitingFor reason);  // `draw`; empty for Nothing
[[nodiscard]] std::string_view to_text(TicketState state);  // `waiting`

/// The expected wait: if nobody stays inside for long, and if everybody stays to the end.
struct WaitRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const WaitRange&) const = default;
};

struct QueueView {
  QueueId queue;
  ProgrammeId programme;
  LineState state = LineState::Unknown;
  WaitingFor waiting_for = WaitingFor::Nothing;
  std::uint64_t now_serving = 0;  // the highest place admitted so far
  std::uint64_t last_ticket = 0;
  std::uint64_t waiting = 0;
  std::uint64_t inside = 0;
  std::optional<std::uint32_t> tickets_drawn;  // once drawn
  const QueueRow* settings = nullptr;  // the rest: times, rate, pre-queue, draw, message, version
  Instant as_of;
};

struct TicketView {
  QueueId queue;
  std::uint64_t ticket = 0;
  std::optional<std::uint64_t> place;        // nothing until the pre-queue is drawn
  TicketState state = TicketState::Unknown;  // Ended of one given back by who was inside
  bool is_given_back = false;
  std::optional<std::uint64_t> ahead;  // of a waiting one with a place; 0 of any other
  std::optional<WaitRange> wait_seconds;
  std::optional<Instant> admitted_until;  // by the queue's time, of one inside
  std::uint32_t poll_after_seconds = 1;
  Instant as_of;
};

[[nodiscard]] QueueView view_of(const QueueState& state, const Lane& lane, const LogTime& time);
[[nodiscard]] TicketView ticket_of(const QueueState& state, const Lane& lane, TicketNo ticket,
                                   const LogTime& time);
/// How long somebody with `ahead` before them waits, as far as settings and the clock say; nothing
/// where nobody can say (paused, closed, held, not drawn, nobody admitted at all).
[[nodiscard]] std::optional<WaitRange> expected_wait(const QueueState& state, const Lane& lane,
                                                     std::uint64_t ahead, const LogTime& time);

}  // namespace jari::queue
