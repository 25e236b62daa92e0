#include <algorithm>
#include <utility>

#include "consumers/api/api.h"
#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

constexpr std::string_view kPrivate = "private, no-store";
constexpr std::string_view kPublic = "public, max-age=1";
constexpr std::string_view kVary = "Jari-Position, Origin";
constexpr std::string_view kRetryAfterPending = "1";

/// A document without its `as_of`, which is its last member where it has one.
std::string_view without_time(std::string_view json) {
  return json.substr(0, json.rfind(",\"as_of\":\""));
}

bool is_listed(std::string_view list, std::string_view etag) {
  return list == "*" || list.find(etag) != std::string_view::npos ||
         list.find(etag.substr(2)) != std::string_view::npos;  // strong, as some caches make it
}

}  // namespace

/// On the log's thread: one post for each io thread, which writes the documents.
void Api::deliver(std::vector<CallPtr> calls) {
  Executor* const executor = executor_.load();
  if (executor == nullptr || calls.empty()) return;
  std::vector<std::vector<CallPtr>> by_thread(settings_.io_threads);
  for (CallPtr& call : calls) {
    const std::uint32_t thread = call->responder ? call->responder.thread() : 0;
    by_thread[thread].push_back(std::move(call));
  }
  for (std::uint32_t thread = 0; thread < by_thread.size(); ++thread) {
    if (by_thread[thread].empty()) continue;
    executor->run_on(thread, [this, mine = std::move(by_thread[thread])]() mutable {
      for (CallPtr& call : mine) answer_delivered(std::move(call));
    });
  }
}

void Api::answer_delivered(CallPtr call) {
  const bool is_shown = call->reply.kind == Reply::Kind::Document;
  switch (call->route->answers) {
    case Answers::Published:
      return answer_published(std::move(call));
    case Answers::Events:
      return answer_events(std::move(call));
    case Answers::Changes:
      if (is_shown) return answer_changes(std::move(call));
      break;
    default:
      break;
  }
  send(std::move(call));
}

Copy Api::copy_of(const Call& call) const {
  const Hash128 hash = hash128(bytes_of(without_time(call.reply.body)));
  return {call.reply.body, "W/\"" + to_text(hash) + "\"",
          position_text(world_.log, call.reply.places)};
}

void Api::answer_published(CallPtr call) {
  const bool is_shown = call->reply.kind == Reply::Kind::Document;
  std::shared_ptr<const Copy> copy;  // the book is the other owner
  if (is_shown) copy = std::make_shared<const Copy>(copy_of(*call));
  std::vector<CallPtr> waiting;
  if (!call->published_as.empty()) {
    waiting = published_.put(*call, copy, clock_.read().since_boot);
  }
  for (CallPtr& other : waiting) {
    if (is_shown) {
      send_copy(std::move(other), *copy);
    } else {
      other->reply = call->reply;
      send(std::move(other));
    }
  }
  if (is_shown) return send_copy(std::move(call), *copy);
  send(std::move(call));
}

void Api::send_copy(CallPtr call, const Copy& copy) {
  http::Response response;
  const bool is_had = !call->if_none_match.empty() && is_listed(call->if_none_match, copy.etag);
  if (is_had) {
    response = http::empty_response(304);
  } else {
    response.body = copy.body;
  }
  response.headers.add("Cache-Control", call->position ? kPrivate : kPublic);
  response.headers.add("ETag", copy.etag);
  response.headers.add("Vary", kVary);
  response.headers.add("Jari-Position", copy.position);
  send(std::move(call), std::move(response));
}

/// The first document begins the stream; later ones are said to all who watch.
void Api::answer_events(CallPtr call) {
  const milliseconds now = clock_.read().since_boot;
  const bool is_shown = call->reply.kind == Reply::Kind::Document;
  const bool is_new = static_cast<bool>(call->responder);
  if (!is_shown) {
    if (is_new) send(std::move(call));
    return;
  }
  const Copy copy = copy_of(*call);
  const std::string queue = call->captures[0];
  if (!is_new) return events_.say(queue, copy.body, copy.etag, now);
  http::Response response;
  response.content_type = http::kEventStream;
  response.headers.add("Cache-Control", kPrivate);
  response.headers.add("Jari-Position", copy.position);
  if (call->is_head || is_stopping_.load()) return send(std::move(call), std::move(response));
  response.body = Events::event_of(copy.body);
  add_origin(call->origin, response);
  figures_.answered(call->route, 200, now - call->began);
  events_.add(queue, call->responder.stream(std::move(response)), copy.etag, now);
}

void Api::answer_changes(CallPtr call) {
  const bool is_over = changes_.read(*call, clock_.read().since_boot);
  if (is_over || is_stopping_.load()) return send(std::move(call));
  changes_.keep(std::move(call));
}

void Api::send(CallPtr call) {
  // What a partition was asked about has its place, and is counted where it is decided.
  const bool is_the_doors =
      call->reply.kind == Reply::Kind::Refused && call->reply.places.empty() && call->responder;
  if (is_the_doors) figures_.refused(to_text(call->reply.refusal.code));
  http::Response response = response_of(*call);
  response.headers.add("Cache-Control", kPrivate);
  send(std::move(call), std::move(response));
}

/// As send() would have it, of a call whose body has not come.
http::Response Api::refused_at_once(Call& call) {
  figures_.refused(to_text(call.reply.refusal.code));
  http::Response response = response_of(call);
  response.headers.add("Cache-Control", kPrivate);
  add_origin(call.origin, response);
  const milliseconds took = clock_.read().since_boot - call.began;
  figures_.answered(call.route, static_cast<std::uint16_t>(response.status), took);
  return response;
}

void Api::send(CallPtr call, http::Response response) {
  add_origin(call->origin, response);
  const milliseconds took = clock_.read().since_boot - call->began;
  figures_.answered(call->route, static_cast<std::uint16_t>(response.status), took);
  call->responder.answer(std::move(response));
}

void Api::add_origin(std::string_view origin, http::Response& response) const {
  const http::HeaderField field{"origin", origin};
  http::RequestHead head;
  if (!origin.empty()) head.headers = {&field, 1};
  cors_.add_headers(head, response);
}

http::Response Api::refused_response(const Call& call) {
  http::Response response = http::to_response(problem_of(call.reply.refusal, call.key));
  if (response.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  response.is_overload = call.reply.refusal.code == Code::Overloaded;
  return response;
}

/// The JSON of what was done, or nothing.
std::string Api::document_of(Call& call) {
  Reply& reply = call.reply;
  std::string body;
  if (reply.kind == Reply::Kind::Ticket) {
    std::string token;
    if (reply.ticket.admitted_until) {
      token = admission_tokens_.of(
          {reply.body, call.caller.name, reply.ticket.ticket, *reply.ticket.admitted_until});
    }
    body.reserve(320 + token.size());
    http::JsonWriter json(body);
    append_ticket(json, reply.body, reply.ticket, reply.as_of, token);
  } else if (reply.kind == Reply::Kind::Appointment) {
    body.reserve(512);
    append_appointment(body, bytes_of(reply.body), reply.as_of);
  } else if (reply.kind == Reply::Kind::Document) {
    body = std::move(reply.body);
  }
  return body;
}

namespace {

std::string pending_json(const LogIdentity& log, const Call& call) {
  std::string body;
  http::JsonWriter json(body);
  json.begin_object().field("request", call.key).field("state", "pending");
  if (!call.reply.missing.empty()) {
    json.key("missing").begin_array();
    for (const PartitionRef where : call.reply.missing) {
      json.begin_object().field("topic", log.topics[where.topic].name);
      json.field("partition", where.partition).end_object();
    }
    json.end_array();
  }
  json.end_object();
  return body;
}

/// What became of a request: the answer that its call gave, within another.
std::string request_json(const Call& call, std::string_view result) {
  const Reply& reply = call.reply;
  const bool is_refused = reply.kind == Reply::Kind::Refused;
  const bool is_pending = reply.kind == Reply::Kind::Pending;
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  json.field("state", is_pending ? "pending" : is_refused ? "refused" : "done");
  json.field("status", reply.status);
  if (!result.empty()) json.raw_field("result", result);
  if (is_refused) {
    std::string problem;
    http::append_json(problem, problem_of(reply.refusal, call.key));
    json.raw_field("problem", problem);
  }
  json.end_object();
  return body;
}

}  // namespace

http::Response Api::response_of(Call& call) {
  const Reply& reply = call.reply;
  const bool is_of_a_request = !is_change(*call.route) && !call.key.empty();
  http::Response response;
  if (is_of_a_request) {
    const std::string result = document_of(call);
    response.body = request_json(call, result);
  } else if (reply.kind == Reply::Kind::Refused) {
    response = refused_response(call);
  } else if (reply.kind == Reply::Kind::Pending) {
    response = http::json_response(202, pending_json(world_.log, call));
    response.headers.add("Location", "/v1/requests/" + call.key);
    response.headers.add("Retry-After", kRetryAfterPending);
  } else if (reply.kind == Reply::Kind::Nothing) {
    response = http::empty_response(reply.status);
  } else {
    response = http::json_response(reply.status, document_of(call));
    if (reply.version) response.headers.add("ETag", "\"" + std::to_string(*reply.version) + "\"");
  }
  if (!reply.places.empty()) {
    response.headers.add("Jari-Position", position_text(world_.log, reply.places));
  }
  return response;
}

}  // namespace jari::api
