// What an operator sees of the service and of a person; the feed of changes is changes.h.
#include <algorithm>
#include <array>

#include "consumers/api/documents.h"
#include "consumers/api/pages.h"
#include "consumers/api/refusals.h"
#include "consumers/api/routes.h"

namespace jari::api {
namespace {

constexpr std::array<std::string_view, 2> kPages{"after", "limit"};
constexpr std::array<std::string_view, 3> kChanges{"after", "limit", "wait"};

void append_partition(http::JsonWriter& json, const World& world, PartitionRef where) {
  json.field("topic", world.log.topics[where.topic].name).field("partition", where.partition);
}

void look_at_status(const World& world, const Turn& turn, Call& call) {
  call.reply.is_of_any_age = true;  // it says itself where each partition stands
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  if (!world.node.empty()) json.field("node", world.node);
  json.field("log", to_text(world.log.incarnation)).key("partitions").begin_array();
  Instant newest;
  for (const PartitionStatus& status : world.engine->status()) {
    touch(call.reply, turn, status.where);
    newest = std::max(newest, status.now);
    json.begin_object();
    append_partition(json, world, status.where);
    json.field("owner", status.owner);
    json.field("applied", static_cast<std::int64_t>(status.applied) - 1).field("end", status.end);
    if (status.durable) json.field("durable", static_cast<std::int64_t>(*status.durable) - 1);
    const bool is_sink = world.log.topics[status.where.topic].is_sink;
    if (status.waiting_bytes > 0) json.field("waiting_bytes", status.waiting_bytes);
    json.field("digest", is_sink ? std::string{} : to_text(status.digest));
    if (status.parked) json.field("parked", *status.parked);
    json.end_object();
  }
  json.end_array();
  if (const auto health = world.engine->state_health(); !health) {
    const bool is_for_good = health.error().code == ErrorCode::Unavailable;
    json.key("state_behind").begin_object().field("until", is_for_good ? "restart" : "retry");
    json.field("detail", health.error().detail).end_object();
  }
  if (world.legacy) {
    json.key("legacy").begin_object().field("records", world.legacy->records);
    json.field("seconds", world.legacy->seconds);
    json.field("missing", world.legacy->missing).end_object();
  }
  json.field("as_of", text_at(newest)).end_object();
  show(call.reply, std::move(body));
}

void look_at_person(const World& world, const Turn& turn, Call& call) {
  const PersonId person{call.captures[0]};
  const PartitionRef home = world.home_of(kBookingsTopic, person.text);
  touch(call.reply, turn, home);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().field("person", person.text).key("tickets").begin_array();
  for (PartitionNo i = 0; i < world.queues.size(); ++i) {
    const PartitionRef where{kQueueTopic, i};
    touch(call.reply, turn, where);
    for (const auto& ticket : world.queues[i]->tickets_of(person, turn.time(where))) {
      append_ticket(json, ticket.queue.text, ticket_now(world, turn, person, ticket), ticket.as_of,
                    {});
    }
  }
  json.end_array();
  append_eligibility(json, world, turn, person);
  append_holds(json, world, turn, person);
  append_appointments(json, world, turn, person);
  json.field("as_of", text_at(turn.time(home).now)).end_object();
  show(call.reply, std::move(body));
}

/// `next` of dead letters: topic, partition and offset to go on from.
std::optional<LogPlace> parse_dead_letter_place(const World& world, const std::string& text) {
  const auto page = parse_page(ListKind::DeadLetters, text);
  const auto places = page ? parse_places(world.log, *page) : std::optional<Places>{};
  if (!places || places->size() != 1) return std::nullopt;
  return places->front();
}

void list_dead_letters(const World& world, const Turn& turn, Call& call) {
  LogPlace from;
  if (!call.search.after.empty()) {
    const auto place = parse_dead_letter_place(world, call.search.after);
    if (!place) return refuse(call.reply, {.code = Code::InvalidRequest, .field = "after"});
    from = *place;
  }
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().key("dead_letters").begin_array();
  std::size_t left = call.search.limit;
  std::optional<LogPlace> next;
  Instant newest;
  for (const PartitionRef where : world.log.partitions()) {
    touch(call.reply, turn, where);
    if (world.log.topics[where.topic].is_sink) continue;
    newest = std::max(newest, turn.time(where).now);
    if (where < from.where || next) continue;
    const Offset first = where == from.where ? from.next_offset : 0;
    for (const DeadLetter& letter : world.engine->dead_letters(where, first, left + 1)) {
      if (left == 0) {
        next = LogPlace{where, letter.offset};
        break;
      }
      --left;
      json.begin_object();
      append_partition(json, world, where);
      json.field("offset", letter.offset).field("time", text_at(letter.time));
      json.field("reason", letter.reason).end_object();
    }
  }
  json.end_array();
  if (next) {
    const std::string place = places_text(world.log, {&*next, 1}, kPositionTextMax);
    json.field("next", page_text(ListKind::DeadLetters, place));
  }
  json.field("as_of", text_at(newest)).end_object();
  show(call.reply, std::move(body));
}

/// The log is read when this has come back, by the feed.
void look_at_changes(const World& world, const Turn& turn, Call& call) {
  for (PartitionNo i = 0; i < world.log.topics[kSyncTopic].partitions; ++i) {
    touch(call.reply, turn, {kSyncTopic, i});
  }
  call.reply.kind = Reply::Kind::Document;
  call.reply.status = 200;
}

}  // namespace

void add_operator_status_routes(std::vector<Route>& to) {
  to.push_back({.pattern = "/v1/operator/status",
                .access = Access::Reader,
                .is_of_the_node = true,
                .look = look_at_status});
  to.push_back({.pattern = "/v1/operator/people/{person}",
                .access = Access::Reader,
                .look = look_at_person});
  to.push_back({.pattern = "/v1/operator/dead-letters",
                .access = Access::Reader,
                .parameters = kPages,
                .look = list_dead_letters});
  to.push_back({.pattern = "/v1/operator/changes",
                .access = Access::Reader,
                .answers = Answers::Changes,
                .parameters = kChanges,
                .look = look_at_changes});
}

}  // namespace jari::api
