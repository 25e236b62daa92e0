// consumers/queue/decisions.h — what follows from each record in a partition of `queue`.
//
// Each answers one request in the order of refusals of openapi.yaml and makes a yes true at once;
// publishing and remembering the answer is queue.h's. `outcome` comes with the request's own fields
// filled in, and goes back as the answer.
//
// Units:   as rows.h.
// Errors:  a no is an Outcome with its Code.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/queue/state.h"

namespace jari::queue {

// settings.cc
[[nodiscard]] Outcome answer(QueueState& state, const QueueConfigured& ask, Outcome outcome,
                             Context& context);
// prequeue.cc
[[nodiscard]] Outcome answer(QueueState& state, const PrequeueDrawn& ask, Outcome outcome,
                             Context& context);
// tickets.cc
[[nodiscard]] Outcome answer(QueueState& state, const TicketRequested& ask, Outcome outcome,
                             Context& context);
[[nodiscard]] Outcome answer(QueueState& state, const TicketReturned& ask, Outcome outcome,
                             Context& context);
/// The person's partition says that the session is used up. Of a ticket not inside: nothing.
void take(QueueState& state, const SessionEnded& ended, const LogTime& time);

/// Whether `next` may take the place of what `lane` has as its pre-queue (prequeue.cc).
[[nodiscard]] Code judge_prequeue(const QueueRow& known, const LineRow& line,
                                  const std::optional<PrequeueRow>& next, Instant now);

// admission.cc

/// Why nobody is admitted, in the order that the public document names them.
enum class WaitingFor : std::uint8_t { Nothing, Draw, Programme, Opening, Pause, Capacity };
[[nodiscard]] WaitingFor waiting_for(const QueueState& state, const Lane& lane, Instant now);
/// Most admissions of one second of log time up to `now` (a tick brings the next 250 ms along).
[[nodiscard]] std::uint32_t admissions_due(std::uint32_t rate_per_second, Instant now);
/// Ends what has run out and admits who is due; at most kLooksMax places are looked at.
void admit(QueueState& state, Lane& lane, Context& context);
inline constexpr std::uint32_t kLooksMax = 4096;
/// When a tick would admit somebody or change what the queue shows; kNever if nothing is near.
[[nodiscard]] Instant next_deadline(const QueueState& state, const Lane& lane, const LogTime& time);

}  // namespace jari::queue
