#include "tests/engine/http/loopback.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jari::http::testing {
namespace {

constexpr int kPatienceSeconds = 10;

std::string echo(const Request& request) {
  return std::string{request.head.method_text} + " " + std::string{request.head.path} + " " +
         std::string{request.body};
}

}  // namespace

std::optional<Response> ScriptedHandler::before_body(const RequestHead& head, BodyRules& rules) {
  return before ? before(head, rules) : std::nullopt;
}

std::optional<Response> ScriptedHandler::before_upload(const RequestHead& head, const BodyRules&) {
  return before_an_upload ? before_an_upload(head) : std::nullopt;
}

void ScriptedHandler::answer(const Request& request, Responder responder) {
  if (answers) {
    answers(request, std::move(responder));
  } else {
    responder.answer(json_response(200, echo(request)));
  }
}

void ScriptedHandler::refused(const RequestHead*, Response& response) {
  ++refusals;
  response.headers.add("X-Refused", "yes");
}

bool Answer::has(std::string_view header_line) const {
  return head.find("\r\n" + std::string{header_line} + "\r\n") != std::string::npos;
}

Caller::Caller(std::uint16_t port, bool is_ipv6)
    : socket_(::socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  CHECK(socket_ >= 0);
  const timeval patience{kPatienceSeconds, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  const auto* const address =
      is_ipv6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  CHECK(::connect(socket_, address, is_ipv6 ? sizeof v6 : sizeof v4) == 0);
}

Caller::~Caller() {
  if (socket_ >= 0) ::close(socket_);
}

Caller::Caller(Caller&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), pending_(std::move(other.pending_)) {}

void Caller::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return;  // the server has had enough
    CHECK(sent > 0);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Caller::try_send(std::string_view bytes) {
  const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void Caller::half_close() {
  ::shutdown(socket_, SHUT_WR);
}

void Caller::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

void Caller::narrow_receive_buffer(int bytes) {
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

bool Caller::fill() {
  std::array<char, 64 * 1024> buffer{};
  const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  CHECK(got >= 0 || errno == ECONNRESET);  // else nothing came for ten seconds
  if (got <= 0) return false;
  pending_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string Caller::receive_until(std::string_view end) {
  std::size_t at = pending_.find(end);
  while (at == std::string::npos) {
    CHECK(fill());
    at = pending_.find(end);
  }
  std::string taken = pending_.substr(0, at + end.size());
  pending_.erase(0, taken.size());
  return taken;
}

Answer Caller::receive(bool is_head) {
  Answer answer;
  answer.head = receive_until("\r\n\r\n");
  CHECK(answer.head.starts_with("HTTP/1.1 "));
  answer.status = std::atoi(answer.head.c_str() + 9);
  const std::size_t at = answer.head.find("\r\nContent-Length: ");
  if (is_head || at == std::string::npos) return answer;
  const auto length = static_cast<std::size_t>(std::atoi(answer.head.c_str() + at + 18));
  while (pending_.size() < length) CHECK(fill());
  answer.body = pending_.substr(0, length);
  pending_.erase(0, length);
  return answer;
}

std::string Caller::receive_rest() {
  while (fill()) {
  }
  return std::exchange(pending_, {});
}

bool Caller::is_closed() {
  return pending_.empty() && !fill();
}

std::string get(std::string_view target, std::string_view more) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: test\r\n" + std::string{more} + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view more) {
  return "POST " + std::string{target} +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{more} + "\r\n" + std::string{body};
}

std::unique_ptr<Server> serve(Handler& handler, ServerOptions options) {
  auto server = Server::start(std::move(options), handler);
  CHECK(server.has_value());
  return std::move(*server);
}

}  // namespace jari::http::testing
