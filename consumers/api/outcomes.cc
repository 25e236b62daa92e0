#include <algorithm>

#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

/// The same document as the call that asked answers with, of now.
void show_ticket(const World& world, const Turn& turn, PartitionRef where, const Outcome& outcome,
                 Call& call) {
  const auto& queue = world.queue_at(where);
  const LogTime time = turn.time(where);
  const auto ticket = queue.ticket_numbered(outcome.queue, outcome.ticket, time);
  if (!ticket) return refuse(call.reply, Code::NoTicket);
  Reply& reply = call.reply;
  reply.kind = Reply::Kind::Ticket;
  reply.status = outcome.status;
  reply.ticket = ticket_now(world, turn, PersonId{call.caller.name}, *ticket);
  reply.as_of = ticket->as_of;
  reply.body = outcome.queue.text;
}

void show_appointment(const Turn& turn, PartitionRef where, const Outcome& outcome, Reply& reply) {
  thread_local Encoder encoder;
  reply.kind = Reply::Kind::Appointment;
  reply.status = outcome.status;
  reply.body = text_of(encoder.encode(outcome));
  reply.as_of = turn.time(where).now;
}

void show_hold(const Outcome& outcome, Reply& reply) {
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().field("hold", outcome.hold.text).field("programme", outcome.programme.text);
  json.field("site", outcome.site.text).field("slot", outcome.slot.text);
  json.field("product", outcome.product.text).field("until", text_at(outcome.until)).end_object();
  show(reply, std::move(body), outcome.status);
}

void show_grant(const Turn& turn, PartitionRef where, const Outcome& outcome, Call& call) {
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().field("programme", outcome.programme.text);
  json.field("count", std::max<std::size_t>(1, call.appends.size()));
  json.field("as_of", text_at(turn.time(where).now)).end_object();
  show(call.reply, std::move(body));
}

}  // namespace

void show(Reply& reply, std::string json, std::uint16_t status) {
  reply.kind = Reply::Kind::Document;
  reply.status = status;
  reply.body = std::move(json);
}

void touch(Reply& reply, const Turn& turn, PartitionRef where) {
  add_place(reply.places, {where, turn.applied(where)});
}

std::optional<requests::RequestRow> remembered(const World& world, PartitionRef where,
                                               const Hash128& key) {
  switch (where.topic) {
    case kQueueTopic:
      return world.queue_at(where).remembered(key);
    case kBookingsTopic:
      return world.bookings_at(where).view().remembered(key);
    case kInventoryTopic:
      return world.site_at(where).view().remembered(key);
    default:
      return world.programmes.front()->remembered(key);
  }
}

void show_remembered(const World& world, const Turn& turn, PartitionRef where, const Hash128& key,
                     std::string_view request, Call& call) {
  const auto row = remembered(world, where, key);
  CHECK(row && !row->pending);
  if (where.topic == kBookingsTopic) {
    appointments::IdTexts texts;
    const auto outcome = world.bookings_at(where).view().outcome_again(key, request, texts);
    CHECK(outcome.has_value());
    return show_outcome(world, turn, where, *outcome, call);
  }
  const Outcome outcome =
      where.topic == kQueueTopic       ? world.queue_at(where).outcome_of(*row, request)
      : where.topic == kInventoryTopic ? world.site_at(where).view().outcome_of(*row, request)
                                       : world.programmes.front()->outcome_of(*row, request);
  show_outcome(world, turn, where, outcome, call);
}

void show_outcome(const World& world, const Turn& turn, PartitionRef where, const Outcome& outcome,
                  Call& call) {
  Reply& reply = call.reply;
  if (outcome.decision != Decision::Granted) return refuse(reply, refusal_of(outcome));
  switch (outcome.asked) {
    case kTypeOf<TicketRequested>:
      return show_ticket(world, turn, where, outcome, call);
    case kTypeOf<QueueConfigured>:
      return show_queue_settings(world, turn, outcome.queue, reply);
    case kTypeOf<PrequeueDrawn>:
      return show_queue(world, turn, outcome.queue, reply);
    case kTypeOf<ProgrammeConfigured>:
      return show_programme(world, turn, outcome.programme, reply);
    case kTypeOf<SitePublished>:
      return show_site(world, turn, outcome.site, reply);
    case kTypeOf<SlotPublished>:
    case kTypeOf<SlotChanged>:
      return show_slot(world, turn, outcome.site, outcome.slot, BookedBy::WhereOver, reply);
    case kTypeOf<SlotWithdrawn>:
      return show_slot(world, turn, outcome.site, outcome.slot, BookedBy::Always, reply,
                       call.booked_by);
    case kTypeOf<StockChanged>:
      return show_stock(world, turn, outcome.site, reply);
    case kTypeOf<HoldRequested>:
      return show_hold(outcome, reply);
    case kTypeOf<EligibilityGranted>:
      return show_grant(turn, where, outcome, call);
    default:
      break;
  }
  if (outcome.appointment) return show_appointment(turn, where, outcome, reply);
  reply.kind = Reply::Kind::Nothing;  // given back, revoked
  reply.status = 204;
}

void append_appointment(std::string& out, Bytes outcome, Instant as_of) {
  const Record record = decode(kTypeOf<Outcome>, outcome);
  CHECK(std::holds_alternative<Outcome>(record));
  append_json(out, *std::get<Outcome>(record).appointment, as_of);
}

}  // namespace jari::api
