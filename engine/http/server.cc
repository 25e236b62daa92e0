#include "engine/http/server.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <sys/socket.h>

#include "engine/http/connection.h"
#include "engine/http/io_thread.h"
#include "engine/http/listener.h"
#include "engine/http/problem.h"
#include "engine/http/wire.h"

namespace jari::http {
namespace {

constexpr int kAcceptsARound = 256;
constexpr std::uint32_t kThreadsMax = 256;

/// A socket on its way to its io thread; closed if it never gets there.
struct Guest {
  static constexpr int kNone = -1;
  explicit Guest(int taken) : socket(taken) {}
  Guest(Guest&& other) noexcept : socket(std::exchange(other.socket, kNone)) {}
  Guest& operator=(Guest&&) = delete;
  ~Guest() {
    if (socket != kNone) close_socket(socket);
  }
  int socket;
};

/// Counts down to nothing; whoever waits has only so much patience.
class Countdown {
 public:
  explicit Countdown(std::size_t count) : left_(count) {}
  void count() {
    const std::lock_guard lock{mutex_};
    if (--left_ == 0) done_.notify_all();
  }
  void wait(milliseconds patience) {
    std::unique_lock lock{mutex_};
    done_.wait_for(lock, patience, [&] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t left_;
};

}  // namespace

struct Server::Parts {
  Parts(ServerOptions options_in, Handler& handler_in)
      : options(std::move(options_in)), handler(handler_in) {}

  bool accept_some();
  void turn_away(int client);
  void hand_over(int client);

  ServerOptions options;
  Handler& handler;
  std::uint16_t port = 0;
  int listening = -1;  // closed by the io thread that attends it
  std::atomic<std::size_t> connection_count{0};
  std::atomic<std::size_t> body_bytes{0};  // of bodies under way
  std::atomic<std::uint64_t> timers_made{0};
  std::uint32_t next_thread = 0;
  std::vector<std::unique_ptr<IoThread>> io;
  std::vector<std::thread> threads;
  std::vector<std::shared_ptr<Inbox>> inboxes;  // each io thread is the other owner
};

/// False: out of room, try later.
bool Server::Parts::accept_some() {
  for (int i = 0; i < kAcceptsARound; ++i) {
    const int client = Listener::accept_one(listening);
    if (client == Listener::kNobody) return true;
    if (client == Listener::kNoRoom) return false;
    if (connection_count.fetch_add(1, std::memory_order_relaxed) < options.limits.connections_max) {
      hand_over(client);
    } else {
      turn_away(client);
    }
  }
  return true;
}

void Server::Parts::hand_over(int client) {
  IoThread& to = *io[next_thread];
  next_thread = (next_thread + 1) % options.threads;
  if (&to == IoThread::current()) {
    to.adopt(client);
    return;
  }
  to.inbox()->put({0, 0, Task{[&to, socket = Guest{client}]() mutable {
                     to.adopt(std::exchange(socket.socket, Guest::kNone));
                   }}});
}

void Server::Parts::turn_away(int client) {
  Response response = to_response({.status = 503,
                                   .code = "overloaded",
                                   .detail = "Too many connections are open. Come back soon."});
  handler.refused(nullptr, response);
  std::string bytes;
  append_response(bytes, response, {.closes = true}, io.front()->date());
  [[maybe_unused]] const auto sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  close_socket(client);
  connection_count.fetch_sub(1, std::memory_order_relaxed);
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler) {
  if (options.threads == 0 || options.threads > kThreadsMax) {
    return Error{ErrorCode::BadArgument, "the number of HTTP threads must be 1 to 256, not " +
                                             std::to_string(options.threads)};
  }
  auto listener = Listener::open(options.host, options.port);
  if (!listener) return listener.error();
  auto parts = std::make_unique<Parts>(std::move(options), handler);
  parts->port = listener->port();
  parts->listening = listener->release();
  for (std::uint32_t i = 0; i < parts->options.threads; ++i) {
    parts->io.push_back(std::make_unique<IoThread>(i, parts->options.limits, handler,
                                                   parts->connection_count, parts->body_bytes));
    parts->inboxes.push_back(parts->io.back()->inbox());
  }
  const auto accept = [](void* context) { return static_cast<Parts*>(context)->accept_some(); };
  parts->io.front()->attend_listener(parts->listening, accept, parts.get());
  for (const auto& io : parts->io) {
    parts->threads.emplace_back([&one = *io] { one.run(); });
  }
  return std::unique_ptr<Server>{new Server{std::move(parts)}};
}

Server::~Server() {
  stop(milliseconds{0});
}

std::uint16_t Server::port() const {
  return parts_->port;
}
std::uint32_t Server::threads() const {
  return parts_->options.threads;
}
std::size_t Server::connection_count() const {
  return parts_->connection_count.load(std::memory_order_relaxed);
}

void Server::run_on(std::uint32_t thread, Task task) {
  CHECK(thread < parts_->inboxes.size());
  const auto& inbox = parts_->inboxes[thread];
  if (IoThread* const here = IoThread::current(); here != nullptr && here->owns(*inbox)) {
    here->run_soon(std::move(task));
  } else {
    inbox->put({0, 0, std::move(task)});
  }
}

Timer Server::after(std::uint32_t thread, milliseconds delay, Task task) {
  CHECK(thread < parts_->inboxes.size());
  const Timer timer{thread, ++parts_->timers_made};
  const auto at = std::chrono::steady_clock::now() + delay;
  const auto& inbox = parts_->inboxes[thread];
  if (IoThread* const here = IoThread::current(); here != nullptr && here->owns(*inbox)) {
    here->add_timer(timer.id, at, std::move(task));
    return timer;
  }
  inbox->put({0, 0, Task{[id = timer.id, at, task = std::move(task)]() mutable {
                IoThread::current()->add_timer(id, at, std::move(task));
              }}});
  return timer;
}

void Server::cancel(Timer timer) {
  if (timer.id == 0) return;
  const auto& inbox = parts_->inboxes[timer.thread];
  if (IoThread* const here = IoThread::current(); here != nullptr && here->owns(*inbox)) {
    here->cancel_timer(timer.id);
    return;
  }
  run_on(timer.thread, [id = timer.id] { IoThread::current()->cancel_timer(id); });
}

void Server::stop(milliseconds patience) {
  Parts& parts = *parts_;
  if (parts.io.empty()) return;
  auto empty = std::make_shared<Countdown>(parts.io.size());  // also of the calls that count
  for (const auto& io : parts.io) {
    io->inbox()->put({0, 0, Task{[&one = *io, empty] {
                        one.forget_listener();
                        one.begin_stop([empty] { empty->count(); });
                      }}});
  }
  empty->wait(patience);
  for (const auto& io : parts.io) {
    io->inbox()->put({0, 0, Task{[&one = *io] {
                        one.close_all();
                        one.quit();
                      }}});
  }
  for (std::thread& thread : parts.threads) thread.join();
  parts.io.clear();
}

}  // namespace jari::http
