#include "engine/http/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/http/reply.h"

namespace jari::http {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view kScheme = "http://";
constexpr int kNone = -1;

struct Address {
  std::string host;
  std::string port = "80";
  std::string authority;  // for the Host header
};

Result<Address> parse_server(std::string_view url) {
  const Error wrong{ErrorCode::BadArgument,
                    "\"" + std::string{url} + "\" is not a server; give http://HOST:PORT"};
  if (!url.starts_with(kScheme)) return wrong;
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.empty() || url.find_first_of("/?#@ ") != std::string_view::npos) return wrong;
  Address address;
  address.authority = url;
  const std::size_t bracket = url.rfind(']');  // [::1]:8080
  const std::size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    address.port = url.substr(colon + 1);
    url = url.substr(0, colon);
    std::uint16_t port = 0;
    const char* const end = address.port.data() + address.port.size();
    const auto read = std::from_chars(address.port.data(), end, port);
    if (read.ec != std::errc{} || read.ptr != end) return wrong;
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  if (url.empty()) return wrong;
  address.host = url;
  return address;
}

}  // namespace

struct Client::Parts {
  ClientOptions options;
  Address address;
  int socket = kNone;
  Clock::time_point until{};
  bool has_heard = false;  // of the current call: it must not be sent again

  ~Parts() { hang_up(); }
  void hang_up();
  [[nodiscard]] Error fault(const std::string& why) const;
  Result<void> await(short what);
  Result<void> connect();
  Result<void> connect_to(const addrinfo& one);
  Result<void> send(std::string_view bytes);
  Result<ClientAnswer> receive(bool is_head);
  Result<ClientAnswer> exchange(std::string_view bytes, bool is_head);
};

void Client::Parts::hang_up() {
  if (socket != kNone) ::close(std::exchange(socket, kNone));
}

Error Client::Parts::fault(const std::string& why) const {
  return {ErrorCode::Io, options.server + " cannot be asked: " + why};
}

Result<void> Client::Parts::await(short what) {
  pollfd waits{socket, what, 0};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) {
      return fault("no answer within " + std::to_string(options.timeout.count()) + " ms");
    }
    const int ready = ::poll(&waits, 1, static_cast<int>(left.count()) + 1);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fault(std::strerror(errno));
  }
}

Result<void> Client::Parts::connect_to(const addrinfo& one) {
  socket = ::socket(one.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket == kNone) return fault(std::strerror(errno));
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, one.ai_addr, one.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return fault(std::strerror(errno));
  if (auto ready = await(POLLOUT); !ready) return ready;
  int why = 0;
  socklen_t length = sizeof why;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &why, &length);
  return why == 0 ? Result<void>{} : fault(std::strerror(why));
}

Result<void> Client::Parts::connect() {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(address.host.c_str(), address.port.c_str(), &wanted, &found);
  if (failed != 0) return fault(gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses{found, &freeaddrinfo};
  Result<void> tried = fault("its name has no address");
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    hang_up();
    tried = connect_to(*one);
    if (tried) return tried;
  }
  hang_up();
  return tried;
}

Result<void> Client::Parts::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = await(POLLOUT); !ready) return ready;
    } else if (errno != EINTR) {
      return fault(std::strerror(errno));
    }
  }
  return {};
}

Result<ClientAnswer> Client::Parts::receive(bool is_head) {
  Reply reply{is_head, options.body_bytes_max};
  std::array<char, 16 * 1024> buffer{};
  while (!reply.is_whole()) {
    if (auto ready = await(POLLIN); !ready) return ready.error();
    const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) continue;
    if (got < 0) return fault(std::strerror(errno));
    if (got == 0) {
      if (!reply.end()) return fault("the connection was closed before the answer was whole");
      break;
    }
    has_heard = true;
    if (!reply.feed({buffer.data(), static_cast<std::size_t>(got)})) {
      return Error{ErrorCode::BadBytes, options.server + " did not answer as HTTP does, or with " +
                                            "more than can be taken"};
    }
  }
  if (!reply.keeps_alive()) hang_up();
  return reply.take();
}

Result<ClientAnswer> Client::Parts::exchange(std::string_view bytes, bool is_head) {
  has_heard = false;
  if (socket == kNone) {
    if (const auto connected = connect(); !connected) return connected.error();
  }
  if (const auto sent = send(bytes); !sent) {
    hang_up();
    return sent.error();
  }
  auto answer = receive(is_head);
  if (!answer) hang_up();
  return answer;
}

std::optional<std::string_view> ClientAnswer::header(std::string_view name) const {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  for (const ClientHeader& one : headers) {
    if (std::equal(one.name.begin(), one.name.end(), name.begin(), name.end(),
                   [&](char a, char b) { return lower(a) == lower(b); })) {
      return one.value;
    }
  }
  return std::nullopt;
}

Client::Client(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::make(ClientOptions options) {
  auto address = parse_server(options.server);
  if (!address) return address.error();
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  parts->address = std::move(*address);
  return Client{std::move(parts)};
}

Result<ClientAnswer> Client::call(Method method, std::string_view target, std::string_view body,
                                  const std::vector<ClientHeader>& headers) {
  CHECK(method != Method::Other && target.starts_with('/'));
  std::string request{to_text(method)};
  request.append(" ")
      .append(target)
      .append(" HTTP/1.1\r\nHost: ")
      .append(parts_->address.authority);
  if (!parts_->options.token.empty()) {
    request.append("\r\nAuthorization: Bearer ").append(parts_->options.token);
  }
  bool is_safe_twice = method == Method::Get || method == Method::Head;
  for (const ClientHeader& one : headers) {
    request.append("\r\n").append(one.name).append(": ").append(one.value);
    is_safe_twice |= one.name == "Idempotency-Key";
  }
  if (!body.empty()) request.append("\r\nContent-Type: application/json");
  if (!body.empty() || method == Method::Post || method == Method::Put) {
    request.append("\r\nContent-Length: ").append(std::to_string(body.size()));
  }
  request.append("\r\n\r\n").append(body);
  parts_->until = Clock::now() + parts_->options.timeout;
  const bool is_kept = parts_->socket != kNone;
  auto answer = parts_->exchange(request, method == Method::Head);
  if (!answer && is_kept && !parts_->has_heard && is_safe_twice) {
    answer = parts_->exchange(request, method == Method::Head);
  }
  return answer;
}

}  // namespace jari::http
