// A person's ticket in a queue: taken, shown, given back.
#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

constexpr std::string_view kTickets = "/v1/queues/{queue}/tickets";
constexpr std::string_view kMine = "/v1/queues/{queue}/tickets/me";

std::optional<Fault> take(Asking& asking) {
  Form form(*asking.body);
  if (auto fault = form.fault()) return fault;
  const QueueId queue{asking.call.captures[0]};
  add_append(asking, kQueueTopic, queue.text,
             TicketRequested{queue, PersonId{asking.call.caller.name}});
  return std::nullopt;
}

std::optional<Fault> give_back(Asking& asking) {
  const QueueId queue{asking.call.captures[0]};
  add_append(asking, kQueueTopic, queue.text,
             TicketReturned{queue, PersonId{asking.call.caller.name}});
  return std::nullopt;
}

/// Who was inside has left it only when their own partition knows.
bool is_given_back(const World& world, const Turn& turn, Call& call) {
  const QueueId queue{call.captures[0]};
  const PersonId person{call.caller.name};
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  const auto session = world.bookings_at(home).view().session(person, queue, turn.time(home));
  if (!session) {
    touch(call.reply, turn, home);
    return true;
  }
  const PartitionRef where = call.appends.front().where;
  const auto ticket =
      world.queue_at(where).ticket_numbered(queue, session->ticket, turn.time(where));
  return !ticket || !ticket->is_given_back;
}

void look_at_ticket(const World& world, const Turn& turn, Call& call) {
  const QueueId queue{call.captures[0]};
  const PersonId person{call.caller.name};
  const PartitionRef where = world.home_of(kQueueTopic, queue.text);
  const auto& line = world.queue_at(where);
  touch(call.reply, turn, where);
  const auto ticket = line.ticket(queue, person, turn.time(where));
  if (!ticket) {
    const bool is_known = line.queue(queue) != nullptr;
    return refuse(call.reply, is_known ? Code::NoTicket : Code::UnknownQueue);
  }
  Reply& reply = call.reply;
  reply.kind = Reply::Kind::Ticket;
  reply.status = 200;
  reply.ticket = ticket_now(world, turn, person, *ticket);
  reply.as_of = ticket->as_of;
  reply.body = queue.text;
  touch(reply, turn, world.home_of(kBookingsTopic, person.text));
}

}  // namespace

void add_ticket_routes(std::vector<Route>& to) {
  to.push_back({.method = http::Method::Post,
                .pattern = kTickets,
                .access = Access::Person,
                .key = KeyRule::Required,
                .takes_body = true,
                .needs_body = false,
                .prepare = take});
  to.push_back({.pattern = kMine, .access = Access::Person, .look = look_at_ticket});
  to.push_back({.method = http::Method::Delete,
                .pattern = kMine,
                .access = Access::Person,
                .key = KeyRule::Required,
                .prepare = give_back,
                .is_settled = is_given_back});
}

}  // namespace jari::api
