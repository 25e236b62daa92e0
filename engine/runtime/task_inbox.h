// engine/runtime/task_inbox.h — tasks that anybody posts, and the engine's thread takes in their
// order.
//
// Units:   none.
// Errors:  post() says false once it is closed: the task was not taken.
// Threads: post(), close() and is_open() from any; the rest from the engine's alone.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "engine/runtime/engine.h"

namespace jari {

class TaskInbox {
 public:
  /// `wake` is called, from whoever posts, where nothing waited before.
  explicit TaskInbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  [[nodiscard]] bool post(Engine::Task task);
  /// Takes no more.
  void close();
  [[nodiscard]] bool is_open() const;
  /// Tasks that have not run yet.
  [[nodiscard]] std::size_t waiting() const;

  /// Runs what has been posted, in its order, as long as may_go_on() says so. What is left comes
  /// first the next time.
  template <class MayGoOn>
  void run(Turn& turn, const MayGoOn& may_go_on) {
    if (!has_taken()) take();
    while (has_taken() && may_go_on()) taken_[next_++](turn);
  }
  /// Whether tasks that were taken have not run yet.
  [[nodiscard]] bool has_taken() const { return next_ < taken_.size(); }
  /// Closed, and every task has run.
  [[nodiscard]] bool drained() const;

 private:
  void take();

  std::function<void()> wake_;
  std::vector<Engine::Task> taken_;
  std::size_t next_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<Engine::Task> posted_;
  bool is_open_ = true;
};

}  // namespace jari
