// engine/http/io_thread.h — IoThread: one thread with its event loop, its connections and timers.
//
// Works in rounds: what happened is taken in, then every connection touched sends once and waits
// again. Nothing is destroyed before the end of a round.
//
// Errors:  none; a connection that fails is closed.
// Threads: wake, quit and inbox from any; the constructor and destructor while it does not run; all
//          else in the thread itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/body_room.h"
#include "engine/http/handler.h"
#include "engine/http/inbox.h"
#include "engine/http/parse.h"
#include "engine/http/server.h"
#include "engine/http/timers.h"

namespace jari::http {

class Connection;

class IoThread {
 public:
  using Moment = Timers::Moment;

  IoThread(std::uint32_t index, const ServerLimits& limits, Handler& handler,
           std::atomic<std::size_t>& connection_count, std::atomic<std::size_t>& body_bytes);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// The one that runs in this thread, or null.
  [[nodiscard]] static IoThread* current();
  /// Runs the loop in the calling thread until quit.
  void run();
  void quit();
  /// Letters wait in the inbox.
  void wake();
  [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const { return inbox_; }
  [[nodiscard]] bool owns(const Inbox& inbox) const { return inbox_.get() == &inbox; }

  void deliver(Letter letter);
  /// Calls `task` later in this round.
  void run_soon(Task task) { soon_.push_back(std::move(task)); }
  void add_timer(std::uint64_t id, Moment at, Task task);
  void cancel_timer(std::uint64_t id);
  /// Takes over a connected socket, already counted.
  void adopt(int socket);
  /// Calls `accept` whenever `socket` has someone to accept, until forget_listener. After a false
  /// answer it pauses for a moment: there is no room, and asking again at once would spin.
  void attend_listener(int socket, bool (*accept)(void* context), void* context);
  void forget_listener();
  /// Every connection answers what is outstanding and ends; then `when_empty` is called.
  void begin_stop(Task when_empty);
  void close_all();

  // For its connections.
  [[nodiscard]] std::uint32_t index() const { return inbox_->thread(); }
  [[nodiscard]] const ServerLimits& limits() const { return limits_; }
  [[nodiscard]] HeadLimits head_limits() const;
  [[nodiscard]] std::optional<BodyRoom> body_room(std::size_t bytes) {
    return BodyRoom::take(body_bytes_, bytes, limits_.bodies_bytes_max);
  }
  [[nodiscard]] Handler& handler() { return handler_; }
  [[nodiscard]] Moment now() const { return now_; }
  [[nodiscard]] std::string_view date() const { return date_; }
  [[nodiscard]] bool is_stopping() const { return is_stopping_; }
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
  [[nodiscard]] ParsedHead& parsed_head() { return parsed_head_; }
  [[nodiscard]] std::string take_buffer();
  void give_buffer(std::string buffer);
  void await_readable(std::uint64_t connection);
  void await_writable(std::uint64_t connection);
  void mark_dirty(Connection& connection) { dirty_.push_back(&connection); }
  void doom(Connection& connection) { doomed_.push_back(&connection); }

 private:
  struct Loop;
  class Round;
  [[nodiscard]] Connection* find(std::uint64_t id) const;
  void begin_round();
  void end_round();
  void take_letters();
  void deliver_to(Connection& connection, Letter& letter);
  void bury(Connection& connection);
  void arm_timer();
  void arm_sweep();
  void arm_listener();
  void sweep();

  const ServerLimits& limits_;
  Handler& handler_;
  std::atomic<std::size_t>& connection_count_;  // of all threads
  std::atomic<std::size_t>& body_bytes_;        // of all threads
  std::shared_ptr<Inbox> inbox_;                // Responders and Streams are the other owners
  std::unique_ptr<Loop> loop_;
  Timers timers_;
  Moment now_{};
  std::time_t date_at_ = 0;
  std::string date_;
  bool is_stopping_ = false;
  Task when_empty_;
  std::size_t live_ = 0;
  std::vector<Connection*> dirty_;
  std::vector<Connection*> doomed_;
  std::vector<Task> soon_;
  std::vector<Letter> letters_;
  std::vector<std::string> buffers_;
  std::vector<char> read_buffer_;
  ParsedHead parsed_head_;
};

}  // namespace jari::http
