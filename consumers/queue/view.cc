#include "consumers/queue/view.h"

#include <algorithm>

#include "consumers/queue/queue.h"

namespace jari::queue {
namespace {

constexpr std::uint64_t kPollSecondsUnknown = 60;  // while no wait can be told
constexpr std::uint64_t kPollPart = 4;             // of the session, and of the low wait

std::uint64_t ceil_div(std::uint64_t number, std::uint64_t by) {
  return (number + by - 1) / by;
}

std::uint64_t seconds_until(Instant at, Instant now) {
  return at <= now ? 0 : static_cast<std::uint64_t>((at.ms - now.ms) / 1000);
}

TicketState shown(const TicketRow& ticket, const LogTime& time) {
  const bool was_inside = ticket.ends != Deadline{};
  const bool is_over = ticket.state != TicketState::Waiting && !is_live(ticket, time);
  return was_inside && is_over ? TicketState::Ended : ticket.state;
}

/// The shortest wait that a waiting one can have.
std::uint64_t least_wait(const QueueRow& settings, const TicketView& ticket) {
  if (ticket.wait_seconds) return ticket.wait_seconds->low;
  if (settings.opens_at <= ticket.as_of) return kPollPart * kPollSecondsUnknown;
  return seconds_until(settings.opens_at, ticket.as_of);
}

std::uint32_t poll_after(const QueueRow& settings, const TicketView& ticket) {
  std::uint64_t most = settings.session_seconds / kPollPart;
  if (ticket.state == TicketState::Waiting) {
    most = std::min(most, least_wait(settings, ticket) / kPollPart);
  }
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, most));
}

}  // namespace

std::string_view to_text(LineState state) {
  switch (state) {
    case LineState::Closed:
      return "closed";
    case LineState::Paused:
      return "paused";
    case LineState::Scheduled:
      return "scheduled";
    case LineState::Open:
      return "open";
    case LineState::Unknown:
      break;
  }
  return "unknown";
}

std::string_view to_text(WaitingFor reason) {
  switch (reason) {
    case WaitingFor::Draw:
      return "draw";
    case WaitingFor::Programme:
      return "programme";
    case WaitingFor::Opening:
      return "opening";
    case WaitingFor::Pause:
      return "pause";
    case WaitingFor::Capacity:
      return "capacity";
    case WaitingFor::Nothing:
      break;
  }
  return {};
}

std::string_view to_text(TicketState state) {
  switch (state) {
    case TicketState::Waiting:
      return "waiting";
    case TicketState::Admitted:
      return "admitted";
    case TicketState::Returned:
      return "returned";
    case TicketState::Ended:
      return "ended";
    case TicketState::Unknown:
      break;
  }
  return "unknown";
}

QueueView view_of(const QueueState& state, const Lane& lane, const LogTime& time) {
  const QueueRow& settings = state.row(lane);
  const LineRow& line = state.line_row(lane);
  QueueView view;
  view.queue = QueueId{state.store.names().text(lane.queue)};
  view.programme = ProgrammeId{state.store.names().text(settings.programme)};
  view.state = time.now >= settings.closes_at ? LineState::Closed
               : settings.paused              ? LineState::Paused
               : time.now < settings.opens_at ? LineState::Scheduled
                                              : LineState::Open;
  view.waiting_for = waiting_for(state, lane, time.now);
  // A closed queue admits nobody whatever else holds; only the draw is still worth waiting for.
  const bool is_closed = view.state == LineState::Closed;
  if (is_closed && view.waiting_for != WaitingFor::Draw) view.waiting_for = WaitingFor::Nothing;
  view.now_serving = line.now_serving;
  view.last_ticket = line.last_ticket;
  view.waiting = lane.line.waiting();
  view.inside = lane.inside_at(time);
  if (settings.draw) view.tickets_drawn = settings.draw->tickets;
  view.settings = &settings;
  view.as_of = time.now;
  return view;
}

// Low: only the rate counts. High: whoever is inside stays to the end of the session, so that
// inside_max at most come in for each length of a session. Both begin when the queue opens.
std::optional<WaitRange> expected_wait(const QueueState& state, const Lane& lane,
                                       std::uint64_t ahead, const LogTime& time) {
  const QueueRow& settings = state.row(lane);
  if (time.now >= settings.closes_at || settings.paused || state.is_held()) return std::nullopt;
  if (settings.rate_per_second == 0 || settings.inside_max == 0) return std::nullopt;
  const WaitingFor reason = waiting_for(state, lane, time.now);
  if (reason != WaitingFor::Nothing && reason != WaitingFor::Opening) return std::nullopt;
  const std::uint64_t opening = seconds_until(settings.opens_at, time.now);
  const std::uint64_t inside = lane.inside_at(time);
  const std::uint64_t free = settings.inside_max > inside ? settings.inside_max - inside : 0;
  const std::uint64_t beyond = ahead + 1 > free ? ahead + 1 - free : 0;
  const std::uint64_t turns = ceil_div(beyond, settings.inside_max);
  const std::uint64_t by_rate = ceil_div(ahead + 1, settings.rate_per_second);
  const std::uint64_t by_sessions = turns * settings.session_seconds;
  return WaitRange{opening + ahead / settings.rate_per_second,
                   opening + std::max(by_rate, by_sessions)};
}

TicketView ticket_of(const QueueState& state, const Lane& lane, TicketNo ticket,
                     const LogTime& time) {
  const TicketRow* row = state.tickets.find({lane.queue, ticket});
  CHECK(row != nullptr);
  const QueueRow& settings = state.row(lane);
  TicketView view;
  view.queue = QueueId{state.store.names().text(lane.queue)};
  view.ticket = ticket;
  view.state = shown(*row, time);
  view.is_given_back = row->state == TicketState::Returned;
  const bool is_waiting = view.state == TicketState::Waiting;
  if (!awaits_draw(settings)) view.place = lane.place_of(ticket);
  if (!is_waiting) view.ahead = 0;
  if (is_waiting && view.place) {
    view.ahead = lane.line.ahead_of(static_cast<Place>(*view.place));
    view.wait_seconds = expected_wait(state, lane, *view.ahead, time);
  }
  if (view.state == TicketState::Admitted) view.admitted_until = time.at(row->ends);
  view.as_of = time.now;
  view.poll_after_seconds = poll_after(settings, view);
  return view;
}

const QueueRow* Queue::queue(QueueId queue) const {
  const Lane* lane = state_.lane(queue);
  return lane == nullptr ? nullptr : &state_.row(*lane);
}

std::optional<QueueView> Queue::view(QueueId queue, const LogTime& time) const {
  const Lane* lane = state_.lane(queue);
  if (lane == nullptr) return std::nullopt;
  return view_of(state_, *lane, time);
}

std::vector<QueueId> Queue::queues() const {
  std::vector<QueueId> all;
  for (const auto& [text, lane] : state_.lanes) all.emplace_back(text);
  return all;
}

std::optional<TicketView> Queue::ticket(QueueId queue, PersonId person, const LogTime& time) const {
  const Lane* lane = state_.lane(queue);
  const TicketNo latest = lane == nullptr ? 0 : state_.latest(*lane, person);
  if (latest == 0) return std::nullopt;
  return ticket_of(state_, *lane, latest, time);
}

std::optional<TicketView> Queue::ticket_numbered(QueueId queue, std::uint64_t ticket,
                                                 const LogTime& time) const {
  const Lane* lane = state_.lane(queue);
  if (lane == nullptr || ticket == 0 || ticket > state_.line_row(*lane).last_ticket) {
    return std::nullopt;
  }
  return ticket_of(state_, *lane, static_cast<TicketNo>(ticket), time);
}

std::vector<TicketView> Queue::tickets_of(PersonId person, const LogTime& time) const {
  std::vector<TicketView> all;
  for (const auto& [text, lane] : state_.lanes) {
    const TicketNo latest = state_.latest(*lane, person);
    if (latest != 0) all.push_back(ticket_of(state_, *lane, latest, time));
  }
  return all;
}

std::optional<requests::RequestRow> Queue::remembered(const Hash128& key) const {
  return state_.requests.find(key);
}

Outcome Queue::outcome_of(const requests::RequestRow& row, std::string_view request) const {
  return state_.requests.outcome_of(row, request);
}

}  // namespace jari::queue
