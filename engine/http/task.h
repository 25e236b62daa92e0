// engine/http/task.h — Task: something to call once, that may own what cannot be copied.
//
// std::function copies what it holds, so it cannot keep a Responder; this one only moves.
//
// Errors:  calling an empty one is a bug (CHECK); what it calls must not throw.
// Threads: a plain value.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "engine/base/check.h"

namespace jari::http {

class Task {
 public:
  Task() = default;
  template <class Call>
  requires(!std::same_as<std::remove_cvref_t<Call>, Task> &&
           std::invocable<std::remove_cvref_t<Call>&>) Task(Call&& call)
      : held_(new std::remove_cvref_t<Call>(std::forward<Call>(call))),
        run_([](void* held) { (*static_cast<std::remove_cvref_t<Call>*>(held))(); }),
        drop_([](void* held) { delete static_cast<std::remove_cvref_t<Call>*>(held); }) {}
  Task(Task&& other) noexcept
      : held_(std::exchange(other.held_, nullptr)), run_(other.run_), drop_(other.drop_) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(held_, other.held_);
    std::swap(run_, other.run_);
    std::swap(drop_, other.drop_);
    return *this;
  }
  ~Task() {
    if (held_ != nullptr) drop_(held_);
  }

  explicit operator bool() const { return held_ != nullptr; }
  void operator()() {
    CHECK(held_ != nullptr);
    run_(held_);
  }

 private:
  void* held_ = nullptr;
  void (*run_)(void*) = nullptr;
  void (*drop_)(void*) = nullptr;
};

}  // namespace jari::http
