// engine/http/listener.h — Listener: the socket that clients connect to.
//
// Errors:  open says what, where and why; accept tells the client's fault from ours.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace jari::http {

inline constexpr int kListenBacklog = 4096;

class Listener {
 public:
  /// `host` is an address or a name, IPv4 or IPv6; port 0 picks one.
  [[nodiscard]] static Result<Listener> open(const std::string& host, std::uint16_t port);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int socket() const { return socket_; }
  /// The socket is somebody else's now, who closes it.
  int release();

  static constexpr int kNobody = -1;  // nobody waits
  static constexpr int kNoRoom = -2;  // out of file descriptors or memory: try later
  /// A connected socket (not blocking, without Nagle's delay), or one of the two above.
  [[nodiscard]] static int accept_one(int listening);
  /// The address at the other end of a connected socket, without its port; empty if it is gone.
  [[nodiscard]] static std::string peer_of(int connected);

 private:
  Listener(int socket, std::uint16_t port) : socket_(socket), port_(port) {}
  int socket_;
  std::uint16_t port_;
};

}  // namespace jari::http
