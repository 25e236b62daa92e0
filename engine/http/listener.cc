#include "engine/http/listener.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jari::http {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Error fault(const std::string& host, std::uint16_t port, const std::string& why) {
  return {ErrorCode::Io, "cannot listen on " + host + " port " + std::to_string(port) + ": " + why};
}

std::string reason() {
  return std::strerror(errno);
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

/// A socket that listens there, or -1 with errno.
int listen_on(const addrinfo& address) {
  const int made = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  const int on = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(made, address.ai_addr, address.ai_addrlen) == 0 &&
      ::listen(made, kListenBacklog) == 0) {
    return made;
  }
  const int why = errno;
  ::close(made);
  errno = why;
  return -1;
}

}  // namespace

Result<Listener> Listener::open(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (failed != 0) return fault(host, port, gai_strerror(failed));
  const Addresses addresses{found, &freeaddrinfo};
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int socket = listen_on(*one);
    if (socket >= 0) return Listener{socket, bound_port(socket)};
  }
  return fault(host, port, reason());
}

Listener::Listener(Listener&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}

Listener::~Listener() {
  if (socket_ >= 0) ::close(socket_);
}

int Listener::release() {
  return std::exchange(socket_, -1);
}

int Listener::accept_one(int listening) {
  for (;;) {
    const int client = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0) {
      const int on = 1;
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return client;
    }
    switch (errno) {
      case EAGAIN:
        return kNobody;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return kNoRoom;
      default:
        break;  // that client is gone already, or a signal came: the next one
    }
  }
}

std::string Listener::peer_of(int connected) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const end = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(connected, end, &length) != 0) return {};
  std::array<char, NI_MAXHOST> text{};
  const int failed =
      ::getnameinfo(end, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return failed == 0 ? std::string{text.data()} : std::string{};
}

}  // namespace jari::http
