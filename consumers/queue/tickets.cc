#include "consumers/queue/decisions.h"

namespace jari::queue {
namespace {

using requests::granted;
using requests::refused;

Outcome with_ticket(Outcome outcome, TicketNo ticket, std::uint16_t status) {
  outcome.ticket = ticket;
  return granted(outcome, status);
}

TicketNo give_ticket(QueueState& state, Lane& lane, PersonId person, Instant now) {
  const QueueRow& settings = state.row(lane);
  const bool is_drawn_later = awaits_draw(settings) && now < settings.prequeue->closes_at;
  const TicketNo ticket = state.lines
                              .change({lane.queue},
                                      [&](LineRow& line) {
                                        ++line.last_ticket;
                                        line.last_ticket_at = now;
                                        if (is_drawn_later)
                                          line.prequeue_tickets = line.last_ticket;
                                      })
                              .last_ticket;
  const Name name = state.store.names().intern(person.text);
  state.tickets.put({lane.queue, ticket}, {name, TicketState::Waiting, {}});
  lane.latest[name.number] = ticket;
  lane.line.join();
  return ticket;
}

void set_state(QueueState& state, const Lane& lane, TicketNo ticket, TicketState next) {
  state.tickets.change({lane.queue, ticket}, [&](TicketRow& row) { row.state = next; });
}

void leave_line(QueueState& state, Lane& lane, TicketNo ticket) {
  const Place place = lane.place_of(ticket);
  lane.line.leave(place);
  if (const PassedRow* passed = state.passed.find({lane.queue, place}); passed != nullptr) {
    const auto at = lane.passed.find(passed->partition);
    CHECK(at != lane.passed.end() && at->second.erase(place) == 1);
    if (at->second.empty()) lane.passed.erase(at);
    state.passed.erase({lane.queue, place});
  }
  set_state(state, lane, ticket, TicketState::Returned);
}

}  // namespace

Outcome answer(QueueState& state, const TicketRequested& ask, Outcome outcome, Context& context) {
  Lane* lane = state.lane(ask.queue);
  if (lane == nullptr) return refused(outcome, Code::UnknownQueue);
  const LogTime time = context.time();
  const QueueRow& settings = state.row(*lane);
  const TicketNo latest = state.latest(*lane, ask.person);
  if (latest != 0 && is_live(*state.tickets.find({lane->queue, latest}), time)) {
    return with_ticket(outcome, latest, 200);
  }
  if (time.now >= settings.closes_at) return refused(outcome, Code::QueueClosed);
  const Instant opens_at = settings.prequeue ? settings.prequeue->opens_at : settings.opens_at;
  if (time.now < opens_at) {
    outcome.opens_at = opens_at;
    return refused(outcome, Code::QueueNotOpen);
  }
  if (latest != 0 && !settings.rejoin) return refused(outcome, Code::TicketEnded);
  if (state.line_row(*lane).last_ticket >= kTicketsMax) return refused(outcome, Code::Overloaded);
  return with_ticket(outcome, give_ticket(state, *lane, ask.person, time.now), 201);
}

// Whoever was admitted is told to their own partition too where the session has run out by the
// queue's time: that partition may have stood still, and counts for itself.
Outcome answer(QueueState& state, const TicketReturned& ask, Outcome outcome, Context& context) {
  Lane* lane = state.lane(ask.queue);
  if (lane == nullptr) return refused(outcome, Code::UnknownQueue);
  const TicketNo latest = state.latest(*lane, ask.person);
  if (latest == 0) return refused(outcome, Code::NoTicket);
  const TicketRow ticket = *state.tickets.find({lane->queue, latest});
  if (ticket.state == TicketState::Waiting) {
    leave_line(state, *lane, latest);
  } else if (ticket.state == TicketState::Admitted) {
    const PartitionRef home = context.home_of(kBookingsTopic, ask.person.text);
    if (!context.has_room(home)) return refused(outcome, Code::Overloaded);
    const bool is_inside = is_live(ticket, context.time());
    if (is_inside) lane->end_session(ticket.ends);
    set_state(state, *lane, latest, is_inside ? TicketState::Returned : TicketState::Ended);
    Encoder encoder;
    context.emit(home, encoder.body_of(AdmissionEnded{ask.person, ask.queue, latest}));
  }
  return with_ticket(outcome, latest, 204);
}

void take(QueueState& state, const SessionEnded& ended, const LogTime& time) {
  Lane* lane = state.lane(ended.queue);
  if (lane == nullptr || ended.ticket > kTicketsMax) return;
  const auto number = static_cast<TicketNo>(ended.ticket);
  const TicketRow* found = state.tickets.find({lane->queue, number});
  if (found == nullptr || found->state != TicketState::Admitted) return;
  if (state.store.names().text(found->person) != ended.person.text) return;
  if (is_live(*found, time)) lane->end_session(found->ends);
  set_state(state, *lane, number, TicketState::Ended);
}

}  // namespace jari::queue
