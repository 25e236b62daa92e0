#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "engine/http/connection.h"
#include "engine/http/problem.h"

namespace jari::http {
namespace {

constexpr int kReadsARound = 4;  // then the other connections have their turn
constexpr std::size_t kBytesBesideStreamMax = 64 * 1024;
constexpr std::size_t kDiscardedBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kKeyBytesMax = 64;
constexpr std::size_t kPendingBytesKept = 4 * 1024;

/// `limit`: in bytes, of what was too large.
Problem problem_of(const Fault& fault, std::size_t limit) {
  std::string detail{fault.why};
  if (detail.front() >= 'a' && detail.front() <= 'z') {
    detail.front() = static_cast<char>(detail.front() - ('a' - 'A'));
  }
  detail.push_back('.');
  switch (fault.kind) {
    case FaultKind::HeadersTooLarge:
      return {.status = 431,
              .code = "headers-too-large",
              .detail = std::move(detail),
              .limit = static_cast<std::int64_t>(limit)};
    case FaultKind::LineTooLong:
      return {.status = 414,
              .code = "uri-too-long",
              .detail = std::move(detail),
              .limit = static_cast<std::int64_t>(limit)};
    case FaultKind::BodyTooLarge:
      return {.status = 413,
              .code = "body-too-large",
              .detail = std::move(detail),
              .limit = static_cast<std::int64_t>(limit)};
    default:
      return {.status = 400,
              .code = "invalid-request",
              .detail = std::move(detail),
              .field = std::string(fault.field)};
  }
}

std::string key_of(const RequestHead* head) {
  if (head == nullptr) return {};
  const std::string_view key = head->header("idempotency-key").value_or("");
  return key.size() > kKeyBytesMax ? std::string{} : std::string{key};
}

}  // namespace

bool Connection::is_full() const {
  return outstanding() >= io_.limits().outstanding_max ||
         out_.size() - sent_bytes_ >= io_.limits().unsent_bytes_max || throttle_.lasts(io_.now());
}

bool Connection::wants_bytes() const {
  if (has_input_ended_) return false;
  return is_lingering_ || is_streaming() || (takes_requests_ && !is_held_back_ && !is_full());
}

void Connection::on_readable() {
  awaits_readable_ = false;
  if (is_doomed_) return;
  if (is_lingering_) {
    discard_input();
  } else {
    read();
  }
}

void Connection::read() {
  const auto buffer = io_.read_buffer();
  for (int i = 0; i < kReadsARound && wants_bytes() && !is_doomed_; ++i) {
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) doom();
    if (got == 0) end_input();
    if (got <= 0) break;
    active_at_ = io_.now();
    take({buffer.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < buffer.size()) break;
  }
  touch();
}

/// The client has said all it will say. Answers still reach one that listens on; a stream does not
/// outlive it.
void Connection::end_input() {
  has_input_ended_ = true;
  if (is_streaming()) doom();
}

void Connection::discard_input() {
  const auto buffer = io_.read_buffer();
  for (;;) {
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got > 0) discarded_bytes_ += static_cast<std::size_t>(got);
    if (got <= 0 || discarded_bytes_ > kDiscardedBytesMax) {
      doom();
      return;
    }
  }
  touch();
}

void Connection::take(std::string_view bytes) {
  const bool is_new = pending_.empty();
  if (!is_new) pending_.append(bytes);
  const std::string_view all = is_new ? bytes : std::string_view{pending_};
  const std::size_t used = parse(all);
  if (used > 0 || is_new) head_began_ = io_.now();
  if (is_new) {
    pending_.assign(all.substr(used));
  } else {
    pending_.erase(0, used);
  }
  if (pending_.empty() && pending_.capacity() > kPendingBytesKept) std::string{}.swap(pending_);
  if (is_streaming() && pending_.size() > kBytesBesideStreamMax) doom();
}

/// Goes on with what was held back, once there is room. True: there may be something to send.
bool Connection::resume() {
  if (!is_held_back_ || is_full() || is_streaming()) return false;
  is_held_back_ = false;
  take({});
  return true;
}

/// Takes all requests that are whole. Returns how many bytes are used up.
std::size_t Connection::parse(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (!takes_requests_) return bytes.size();
    const std::string_view rest = bytes.substr(at);
    if (upload_) {
      at += feed_upload(rest);
      if (upload_) return at;
      continue;
    }
    if (is_full() || is_streaming()) {
      is_held_back_ = true;
      return at;
    }
    if (scan_.end() == 0 && rest.starts_with("\r\n")) {  // RFC 9112, 2.2: some send one too many
      at += 2;
      continue;
    }
    if (!scan_.is_whole(rest, io_.head_limits())) {
      if (!scan_.fault()) return at;
      refuse(scan_.fault(), nullptr);
      continue;
    }
    at += begin_request(rest, std::exchange(scan_, HeadScan{}).end());
  }
  return at;
}

std::size_t Connection::begin_request(std::string_view bytes, std::size_t head_bytes) {
  ParsedHead& parsed = io_.parsed_head();
  parsed = ParsedHead{.fields = std::move(parsed.fields)};
  const std::string_view head = bytes.substr(0, head_bytes);
  if (const Fault fault = parse_head(head, io_.head_limits(), parsed); fault) {
    refuse(fault, nullptr);
    return head_bytes;
  }
  parsed.head.thread = io_.index();
  parsed.head.peer = peer_;
  BodyRules rules;
  if (const auto response = io_.handler().before_body(parsed.head, rules); response) {
    if (answer_before_body(parsed, rules, *response)) begin_upload(head, rules, std::nullopt);
    return head_bytes;
  }
  if (parsed.content_length > rules.bytes_max) {
    refuse({FaultKind::BodyTooLarge, "the body is too large"}, &parsed.head, rules.bytes_max);
    return head_bytes;
  }
  if (!parsed.is_chunked && bytes.size() - head_bytes >= parsed.content_length) {
    const auto length = static_cast<std::size_t>(parsed.content_length);
    dispatch(parsed, bytes.substr(head_bytes, rules.is_kept ? length : 0), rules);
    return head_bytes + length;
  }
  std::optional<BodyRoom> room;
  if (const auto response = refuse_upload(parsed, rules, room); response) {
    if (answer_before_body(parsed, rules, *response)) begin_upload(head, rules, std::nullopt);
    return head_bytes;
  }
  begin_upload(head, rules, std::move(room));
  return head_bytes;
}

/// Before any of a body that comes in pieces is kept: whether it may come, and its room. What is
/// sent in chunks may become as large as it is let.
std::optional<Response> Connection::refuse_upload(const ParsedHead& parsed, const BodyRules& rules,
                                                  std::optional<BodyRoom>& room) {
  if (auto response = io_.handler().before_upload(parsed.head, rules); response) return response;
  const std::size_t bytes = parsed.is_chunked ? rules.bytes_max : parsed.content_length;
  room = io_.body_room(rules.is_kept ? bytes : 0);
  if (room) return std::nullopt;
  Response response =
      to_response({.status = 503,
                   .code = "overloaded",
                   .detail = "Too many bodies are on their way at once. Send it again soon.",
                   .request_id = key_of(&parsed.head)});
  io_.handler().refused(&parsed.head, response);
  return response;
}

/// Answers at once. True: the body that follows must be read over to find the next request. Where
/// that is dear, or the client waits to be told to send it, the connection ends instead.
bool Connection::answer_before_body(const ParsedHead& parsed, const BodyRules& rules,
                                    const Response& response) {
  const bool ends =
      parsed.head.has_body && (parsed.expects_continue || parsed.content_length > rules.bytes_max);
  const std::uint64_t request = open_slot({.leaves_body_out = parsed.head.method == Method::Head,
                                           .closes = ends || !parsed.keeps_alive,
                                           .is_http_1_0 = parsed.head.is_http_1_0});
  answer(request, response);
  return parsed.head.has_body && takes_requests_;
}

/// Without room the body is only read over.
void Connection::begin_upload(std::string_view head_bytes, const BodyRules& rules,
                              std::optional<BodyRoom> room) {
  upload_ = std::make_unique<Upload>();
  upload_->head_bytes = head_bytes;
  upload_->rules = rules;
  upload_->room = std::move(room);
  upload_->began = io_.now();
  const Fault fault = parse_head(upload_->head_bytes, io_.head_limits(), upload_->parsed);
  CHECK(!fault);  // it was good a moment ago
  upload_->parsed.head.thread = io_.index();
  upload_->parsed.head.peer = peer_;
  upload_->left = upload_->parsed.content_length;
  upload_->owes_continue = upload_->parsed.expects_continue && !upload_->is_dropped();
  if (upload_->parsed.is_chunked) upload_->chunks.emplace(rules.bytes_max);
}

/// Returns how many bytes it took; when the body is whole, the request is on its way.
std::size_t Connection::feed_upload(std::string_view bytes) {
  Upload& upload = *upload_;
  std::size_t taken = 0;
  const bool is_kept = upload.rules.is_kept && !upload.is_dropped();
  upload.owes_continue = false;  // it did not wait
  if (upload.chunks) {
    taken = upload.chunks->feed(bytes, upload.body);
    if (!is_kept) upload.body.clear();
    if (upload.chunks->fault()) {
      const auto broken = std::move(upload_);
      if (broken->is_dropped()) {
        take_no_more();  // it has its answer
      } else {
        refuse(broken->chunks->fault(), &broken->parsed.head, broken->rules.bytes_max);
      }
      return bytes.size();
    }
    if (!upload.chunks->is_whole()) return taken;
  } else {
    taken = static_cast<std::size_t>(std::min<std::uint64_t>(upload.left, bytes.size()));
    if (is_kept) upload.body.append(bytes.substr(0, taken));
    upload.left -= taken;
    if (upload.left > 0) return taken;
  }
  const auto whole = std::move(upload_);
  if (!whole->is_dropped()) dispatch(whole->parsed, whole->body, whole->rules);
  return taken;
}

void Connection::dispatch(const ParsedHead& parsed, std::string_view body, const BodyRules& rules) {
  const std::uint64_t request = open_slot({.leaves_body_out = parsed.head.method == Method::Head,
                                           .closes = !parsed.keeps_alive,
                                           .is_http_1_0 = parsed.head.is_http_1_0});
  io_.handler().answer({parsed.head, body, rules.route}, Responder{io_.inbox(), id_, request});
}

void Connection::refuse(const Fault& fault, const RequestHead* head, std::size_t body_bytes_max) {
  const HeadLimits& limits = io_.head_limits();
  const std::size_t limit = fault.kind == FaultKind::BodyTooLarge  ? body_bytes_max
                            : fault.kind == FaultKind::LineTooLong ? limits.line_bytes_max
                                                                   : limits.headers_bytes_max;
  Problem problem = problem_of(fault, limit);
  problem.request_id = key_of(head);
  Response response = to_response(problem);
  io_.handler().refused(head, response);
  const bool is_head = head != nullptr && head->method == Method::Head;
  answer(open_slot({.leaves_body_out = is_head, .closes = true}), response);
}

}  // namespace jari::http
