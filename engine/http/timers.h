// engine/http/timers.h — Timers: calls to come, in order of their time.
//
// Reads no clock and wakes nobody: the io thread does both.
//
// Units:   std::chrono::steady_clock.
// Errors:  none.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/http/task.h"

namespace jari::http {

class Timers {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `id` must be new.
  void add(std::uint64_t id, Moment at, Task task);
  /// False where it has been called, or cancelled, before.
  bool cancel(std::uint64_t id);
  /// When the next call is due at the latest; it may have been cancelled since.
  [[nodiscard]] std::optional<Moment> next() const;
  /// Calls all that is due, in order of time; what these calls add waits for the next round.
  void run_due(Moment now);
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  struct Entry {
    Moment at;
    std::uint64_t id;
  };
  static bool is_later(const Entry& a, const Entry& b);
  Entry pop();
  void forget_cancelled();

  std::vector<Entry> heap_;  // the earliest first; cancelled ones stay until they are many
  std::unordered_map<std::uint64_t, Task> tasks_;  // by id, never iterated
};

}  // namespace jari::http
