#include "engine/http/io_thread.h"

#include <algorithm>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>

#include "engine/base/thread_name.h"
#include "engine/http/connection.h"
#include "engine/http/wire.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#pragma GCC diagnostic pop

namespace jari::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kBuffersKept = 64;
constexpr std::size_t kBufferBytesKept = 256 * 1024;
constexpr milliseconds kListenerPause{100};
constexpr milliseconds kSweepPeriodMin{5};
constexpr milliseconds kSweepPeriodMax{250};

thread_local IoThread* io_thread_here = nullptr;

std::uint32_t index_of(std::uint64_t id) {
  return static_cast<std::uint32_t>(id);
}

milliseconds sweep_period(const ServerLimits& limits) {
  const milliseconds shortest =
      std::min({limits.head_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout,
                limits.throttle_time});
  return std::clamp(shortest / 4, kSweepPeriodMin, kSweepPeriodMax);
}

}  // namespace

/// What Asio knows of us.
struct IoThread::Loop {
  struct Place {
    std::uint32_t generation = 0;  // tells a connection from the one that had its place before
    std::unique_ptr<Connection> connection;
    std::optional<asio::posix::stream_descriptor> socket;
  };
  struct Listener {
    asio::posix::stream_descriptor socket;
    bool (*accept)(void* context);
    void* context;
  };

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer timer{context};
  std::optional<Moment> timer_at;
  asio::steady_timer sweep{context};
  asio::steady_timer pause{context};
  std::vector<Place> places;
  std::vector<std::uint32_t> free_places;
  std::optional<Listener> listener;
};

/// What every event happens in.
class IoThread::Round {
 public:
  explicit Round(IoThread& thread) : thread_(thread) { thread_.begin_round(); }
  ~Round() { thread_.end_round(); }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

 private:
  IoThread& thread_;
};

IoThread::IoThread(std::uint32_t index, const ServerLimits& limits, Handler& handler,
                   std::atomic<std::size_t>& connection_count, std::atomic<std::size_t>& body_bytes)
    : limits_(limits),
      handler_(handler),
      connection_count_(connection_count),
      body_bytes_(body_bytes),
      inbox_(std::make_shared<Inbox>(index)),
      loop_(std::make_unique<Loop>()),
      read_buffer_(kReadBytes) {
  inbox_->open(this);
}

IoThread::~IoThread() {
  inbox_->close();
}

IoThread* IoThread::current() {
  return io_thread_here;
}

HeadLimits IoThread::head_limits() const {
  return {limits_.request_line_bytes_max, limits_.headers_bytes_max, limits_.headers_max};
}

void IoThread::run() {
  name_this_thread("jari-http");
  io_thread_here = this;
  arm_sweep();
  loop_->context.run();
  io_thread_here = nullptr;
}

void IoThread::quit() {
  loop_->context.stop();
}

void IoThread::wake() {
  asio::post(loop_->context, [this] {
    const Round round{*this};
    take_letters();
  });
}

void IoThread::begin_round() {
  now_ = std::chrono::steady_clock::now();
  if (const std::time_t at = std::time(nullptr); at != date_at_) {
    date_at_ = at;
    date_ = http_date(at);
  }
}

void IoThread::end_round() {
  std::vector<Task> tasks;
  while (!soon_.empty() || !dirty_.empty() || !doomed_.empty()) {
    tasks.swap(soon_);
    for (Task& task : tasks) task();
    tasks.clear();
    while (!dirty_.empty()) {
      Connection* const connection = dirty_.back();
      dirty_.pop_back();
      connection->settle();
    }
    while (!doomed_.empty()) {
      Connection* const connection = doomed_.back();
      doomed_.pop_back();
      bury(*connection);
    }
  }
  if (live_ == 0 && when_empty_) std::exchange(when_empty_, Task{})();
  arm_timer();
}

void IoThread::take_letters() {
  inbox_->take(letters_);
  for (Letter& letter : letters_) deliver(std::move(letter));
  letters_.clear();
}

void IoThread::deliver(Letter letter) {
  if (auto* const task = std::get_if<Task>(&letter.what); task != nullptr) {
    run_soon(std::move(*task));
  } else if (Connection* const connection = find(letter.connection); connection != nullptr) {
    deliver_to(*connection, letter);
  } else if (auto* const begin = std::get_if<StreamBegin>(&letter.what); begin != nullptr) {
    begin->state->is_gone.store(true, std::memory_order_release);
    if (begin->when_gone) run_soon(std::move(begin->when_gone));
  }
}

void IoThread::deliver_to(Connection& connection, Letter& letter) {
  if (auto* const response = std::get_if<Response>(&letter.what); response != nullptr) {
    connection.answer(letter.request, *response);
  } else if (std::holds_alternative<Unanswered>(letter.what)) {
    connection.answer_unanswered(letter.request);
  } else if (auto* const begin = std::get_if<StreamBegin>(&letter.what); begin != nullptr) {
    connection.begin_stream(letter.request, *begin);
  } else if (auto* const piece = std::get_if<StreamPiece>(&letter.what); piece != nullptr) {
    connection.write_stream(letter.request, piece->bytes);
  } else if (std::holds_alternative<StreamEnd>(letter.what)) {
    connection.end_stream(letter.request);
  }
}

Connection* IoThread::find(std::uint64_t id) const {
  if (index_of(id) >= loop_->places.size()) return nullptr;
  const auto& place = loop_->places[index_of(id)];
  return place.generation == id >> 32 ? place.connection.get() : nullptr;
}

void IoThread::adopt(int socket) {
  if (is_stopping_) {
    asio::posix::stream_descriptor closes_it{loop_->context, socket};
    connection_count_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  if (loop_->free_places.empty()) {
    loop_->free_places.push_back(static_cast<std::uint32_t>(loop_->places.size()));
    loop_->places.emplace_back();
  }
  const std::uint32_t at = loop_->free_places.back();
  loop_->free_places.pop_back();
  auto& place = loop_->places[at];
  ++place.generation;
  const std::uint64_t id = std::uint64_t{place.generation} << 32 | at;
  error_code fault;
  place.socket.emplace(loop_->context);
  place.socket->assign(socket, fault);  // fails only where epoll has no room left
  place.connection = std::make_unique<Connection>(*this, id, socket);
  ++live_;
  if (fault) {
    doom(*place.connection);
    return;
  }
  place.connection->begin();
}

void IoThread::bury(Connection& connection) {
  auto& place = loop_->places[index_of(connection.id())];
  const bool is_known = place.socket->is_open();
  const int socket = connection.socket();
  const std::unique_ptr<Connection> dead = std::move(place.connection);
  dead->leave_streams();
  place.socket.reset();
  if (!is_known) close_socket(socket);
  loop_->free_places.push_back(index_of(dead->id()));
  --live_;
  connection_count_.fetch_sub(1, std::memory_order_relaxed);
}

std::string IoThread::take_buffer() {
  if (buffers_.empty()) return {};
  std::string buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void IoThread::give_buffer(std::string buffer) {
  if (buffers_.size() >= kBuffersKept || buffer.capacity() > kBufferBytesKept) return;
  buffer.clear();
  buffers_.push_back(std::move(buffer));
}

void IoThread::await_readable(std::uint64_t connection) {
  auto& place = loop_->places[index_of(connection)];
  place.socket->async_wait(asio::posix::descriptor_base::wait_read,
                           [this, connection](const error_code&) {
                             const Round round{*this};
                             if (Connection* const it = find(connection); it != nullptr) {
                               it->on_readable();
                             }
                           });
}

void IoThread::await_writable(std::uint64_t connection) {
  auto& place = loop_->places[index_of(connection)];
  place.socket->async_wait(asio::posix::descriptor_base::wait_write,
                           [this, connection](const error_code&) {
                             const Round round{*this};
                             if (Connection* const it = find(connection); it != nullptr) {
                               it->on_writable();
                             }
                           });
}

void IoThread::add_timer(std::uint64_t id, Moment at, Task task) {
  timers_.add(id, at, std::move(task));
}

void IoThread::cancel_timer(std::uint64_t id) {
  timers_.cancel(id);
}

void IoThread::arm_timer() {
  const auto next = timers_.next();
  if (!next || (loop_->timer_at && *loop_->timer_at <= *next)) return;
  loop_->timer_at = next;
  loop_->timer.expires_at(*next);
  loop_->timer.async_wait([this](const error_code& fault) {
    if (fault) return;  // armed anew for an earlier moment
    const Round round{*this};
    loop_->timer_at.reset();
    timers_.run_due(now_);
  });
}

void IoThread::arm_sweep() {
  loop_->sweep.expires_after(sweep_period(limits_));
  loop_->sweep.async_wait([this](const error_code& fault) {
    if (fault) return;
    const Round round{*this};
    sweep();
    arm_sweep();
  });
}

void IoThread::sweep() {
  for (const auto& place : loop_->places) {
    if (place.connection) place.connection->check_deadlines();
  }
}

void IoThread::attend_listener(int socket, bool (*accept)(void* context), void* context) {
  loop_->listener.emplace(
      Loop::Listener{asio::posix::stream_descriptor{loop_->context}, accept, context});
  error_code fault;
  loop_->listener->socket.assign(socket, fault);
  arm_listener();
}

void IoThread::forget_listener() {
  loop_->listener.reset();
}

void IoThread::arm_listener() {
  if (!loop_->listener) return;
  loop_->listener->socket.async_wait(asio::posix::descriptor_base::wait_read,
                                     [this](const error_code& fault) {
                                       if (fault || !loop_->listener) return;
                                       const Round round{*this};
                                       if (loop_->listener->accept(loop_->listener->context)) {
                                         arm_listener();
                                         return;
                                       }
                                       loop_->pause.expires_after(kListenerPause);
                                       loop_->pause.async_wait([this](const error_code& stopped) {
                                         if (!stopped) arm_listener();
                                       });
                                     });
}

void IoThread::begin_stop(Task when_empty) {
  is_stopping_ = true;
  when_empty_ = std::move(when_empty);
  for (const auto& place : loop_->places) {
    if (place.connection) place.connection->begin_stop();
  }
}

void IoThread::close_all() {
  for (const auto& place : loop_->places) {
    if (place.connection) place.connection->give_up();
  }
}

}  // namespace jari::http
