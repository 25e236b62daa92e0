// engine/http/server.h — Server: HTTP/1.1 connections, their limits and their order.
//
// One acceptor, N io threads; a connection stays with its thread. Requests that arrive together are
// parsed together and their answers leave in order in one write. No routes, no TLS.
//
// Units:   bytes and std::chrono durations.
// Errors:  start fails with what, where and why; later failures close a connection, never more.
// Threads: start, stop and the destructor from one thread, not an io thread; port, run_on and the
//          timers from any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/http/handler.h"
#include "engine/http/task.h"

namespace jari::http {

using std::chrono::milliseconds;

struct ServerLimits {
  std::size_t request_line_bytes_max = 8 * 1024;  // beyond: 414
  std::size_t headers_bytes_max = 16 * 1024;      // beyond: 431
  std::size_t headers_max = 100;                  // beyond: 431
  std::size_t connections_max = 16'384;           // beyond: 503 and closed
  std::size_t outstanding_max = 256;           // unanswered requests of a connection, then it waits
  std::size_t unsent_bytes_max = 1024 * 1024;  // answers not taken by the client, then it waits
  std::size_t bodies_bytes_max = 64 * 1024 * 1024;  // of all bodies under way; beyond: 503
  milliseconds head_timeout{10'000};   // from a request's first byte to its last header
  milliseconds body_timeout{30'000};   // from there to the end of its body
  milliseconds idle_timeout{75'000};   // between requests
  milliseconds write_timeout{30'000};  // without the client taking a byte
  milliseconds throttle_time{250};     // a connection waits when it was refused for too much work
};

struct ServerOptions {
  std::string host = "127.0.0.1";  // an IPv4 or IPv6 address, or a name
  std::uint16_t port = 0;          // 0 picks one
  std::uint32_t threads = 1;
  ServerLimits limits = {};
};

/// Names a call to come; the default one names none.
struct Timer {
  std::uint32_t thread = 0;
  std::uint64_t id = 0;
};

class Server {
 public:
  /// Listens and serves at once. `handler` must outlive the Server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                             Handler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint32_t threads() const;
  [[nodiscard]] std::size_t connection_count() const;

  /// Calls `task` in that io thread, soon.
  void run_on(std::uint32_t thread, Task task);
  /// Calls `task` in that io thread after `delay`. Tens of thousands at once are meant.
  Timer after(std::uint32_t thread, milliseconds delay, Task task);
  /// The call does not come, and what it owned is dropped. Certain where both setting and
  /// cancelling happen in the timer's io thread; from another one the call may already be under
  /// way.
  void cancel(Timer timer);

  /// Takes no new connection, answers what is outstanding, ends streams and waits for all that at
  /// most `patience`; then closes what is left. Timers and tasks not yet called are dropped.
  void stop(milliseconds patience);

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::http
