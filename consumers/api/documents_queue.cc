#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

void append_prequeue(http::JsonWriter& json, const queue::QueueRow& settings) {
  if (!settings.prequeue) return;
  const queue::PrequeueRow& prequeue = *settings.prequeue;
  json.key("prequeue").begin_object();
  json.field("opens_at", text_at(prequeue.opens_at));
  json.field("closes_at", text_at(prequeue.closes_at));
  json.field("commitment", prequeue.commitment);
  if (!prequeue.beacon_name.empty()) json.field("beacon_name", prequeue.beacon_name);
  if (settings.draw) {
    json.field("seed", settings.draw->seed);
    if (!settings.draw->beacon.empty()) json.field("beacon", settings.draw->beacon);
    json.field("tickets", settings.draw->tickets);
  }
  json.end_object();
}

void append_times(http::JsonWriter& json, const queue::QueueRow& settings) {
  json.field("opens_at", text_at(settings.opens_at));
  json.field("closes_at", text_at(settings.closes_at));
}

void append_pace(http::JsonWriter& json, const queue::QueueRow& settings) {
  json.field("rate_per_second", settings.rate_per_second);
  json.field("inside_max", settings.inside_max);
  json.field("session_seconds", settings.session_seconds);
}

std::optional<queue::QueueView> find(const World& world, const Turn& turn, QueueId queue,
                                     Reply& reply) {
  const PartitionRef where = world.home_of(kQueueTopic, queue.text);
  touch(reply, turn, where);
  auto view = world.queue_at(where).view(queue, turn.time(where));
  if (!view) refuse(reply, Code::UnknownQueue);
  return view;
}

void append_product(http::JsonWriter& json, const ProductSettings& product) {
  json.begin_object();
  json.field("product", product.product.text);
  json.field("doses", product.doses);
  json.field("interval_days_min", product.interval_days_min);
  if (product.interval_days_max != kNoLatestDay) {
    json.field("interval_days_max", product.interval_days_max);
  }
  if (!product.follows.empty()) {
    json.key("follows").begin_array();
    for (const ProductId& before : product.follows) json.value(before.text);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

void show_queue(const World& world, const Turn& turn, QueueId queue, Reply& reply) {
  const auto view = find(world, turn, queue, reply);
  if (!view) return;
  const queue::QueueRow& settings = *view->settings;
  std::string body;
  body.reserve(768);
  http::JsonWriter json(body);
  json.begin_object();
  json.field("queue", view->queue.text).field("programme", view->programme.text);
  json.field("state", to_text(view->state));
  if (view->waiting_for != queue::WaitingFor::Nothing) {
    json.field("waiting_for", to_text(view->waiting_for));
  }
  append_times(json, settings);
  json.field("now_serving", view->now_serving).field("last_ticket", view->last_ticket);
  json.field("waiting", view->waiting).field("inside", view->inside);
  append_pace(json, settings);
  json.field("rejoin", settings.rejoin);
  if (!settings.message.empty()) json.field("message", settings.message);
  append_prequeue(json, settings);
  json.field("version", settings.version).field("as_of", text_at(view->as_of));
  json.end_object();
  show(reply, std::move(body));
}

void show_queue_settings(const World& world, const Turn& turn, QueueId queue, Reply& reply) {
  const auto view = find(world, turn, queue, reply);
  if (!view) return;
  const queue::QueueRow& settings = *view->settings;
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  json.field("queue", view->queue.text).field("programme", view->programme.text);
  append_times(json, settings);
  append_pace(json, settings);
  append_prequeue(json, settings);
  if (!settings.message.empty()) json.field("message", settings.message);
  json.field("paused", settings.paused).field("rejoin", settings.rejoin);
  json.field("version", settings.version).field("as_of", text_at(view->as_of));
  json.end_object();
  show(reply, std::move(body));
  reply.version = settings.version;
}

void show_programme(const World& world, const Turn& turn, ProgrammeId programme, Reply& reply) {
  touch(reply, turn, kProgrammesHome);
  const auto settings = world.programmes.front()->settings(programme);
  if (!settings) return refuse(reply, Code::UnknownProgramme);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  json.field("programme", programme.text).field("name", settings->name);
  if (!settings->queue.empty()) json.field("queue", settings->queue.text);
  json.key("cohorts").begin_array();
  for (const CohortWindow& window : settings->cohorts) {
    json.begin_object().field("cohort", window.cohort.text);
    json.field("opens_at", text_at(window.opens_at));
    json.field("closes_at", text_at(window.closes_at)).end_object();
  }
  json.end_array().key("products").begin_array();
  for (const ProductSettings& product : settings->products) append_product(json, product);
  json.end_array();
  json.field("active_appointments_max", settings->active_appointments_max);
  json.field("hold_seconds", settings->hold_seconds);
  json.field("rebook_seconds", settings->rebook_seconds);
  json.field("version", settings->version);
  json.field("as_of", text_at(turn.time(kProgrammesHome).now)).end_object();
  show(reply, std::move(body));
  reply.version = settings->version;
}

// A ticket says admitted only once the person's own partition holds the admission, so that a
// booking sent at once is not refused; and until when, only that partition knows.
TicketNow ticket_now(const World& world, const Turn& turn, PersonId person,
                     const queue::TicketView& ticket) {
  TicketNow now;
  now.ticket = ticket.ticket;
  now.place = ticket.place;
  now.state = to_text(ticket.state);
  now.ahead = ticket.ahead.value_or(0);
  now.poll_after_seconds = ticket.poll_after_seconds;
  if (ticket.wait_seconds) {
    now.wait_seconds = std::pair{ticket.wait_seconds->low, ticket.wait_seconds->high};
  }
  const bool may_be_inside =
      ticket.state == queue::TicketState::Admitted || ticket.state == queue::TicketState::Ended;
  if (!may_be_inside) return now;
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  const auto session =
      world.bookings_at(home).view().session(person, ticket.queue, turn.time(home));
  if (session && session->ticket == ticket.ticket) {
    now.state = to_text(queue::TicketState::Admitted);
    now.admitted_until = session->ends;
  } else if (ticket.state == queue::TicketState::Admitted) {
    now.state = to_text(queue::TicketState::Waiting);
    now.poll_after_seconds = 1;
  }
  return now;
}

void append_ticket(http::JsonWriter& json, std::string_view queue, const TicketNow& ticket,
                   Instant as_of, std::string_view admission_token) {
  json.begin_object();
  json.field("queue", queue).field("ticket", ticket.ticket);
  if (ticket.place) {
    json.field("place", *ticket.place);
  } else {
    json.key("place").null();
  }
  json.field("state", ticket.state).field("ahead", ticket.ahead);
  if (ticket.wait_seconds) {
    json.key("wait_seconds").begin_object().field("low", ticket.wait_seconds->first);
    json.field("high", ticket.wait_seconds->second).end_object();
  }
  if (ticket.admitted_until) json.field("admitted_until", text_at(*ticket.admitted_until));
  if (!admission_token.empty()) json.field("admission_token", admission_token);
  json.field("poll_after_seconds", ticket.poll_after_seconds);
  json.field("as_of", text_at(as_of)).end_object();
}

}  // namespace jari::api
