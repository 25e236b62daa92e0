// engine/http/body_room.h — BodyRoom: the share that one body has of the bytes of all bodies under
// way.
//
// Counts; holds no bytes itself.
//
// Errors:  none; no room is an answer.
// Threads: the sum is shared by all; a BodyRoom belongs to one connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace jari::http {

class BodyRoom {
 public:
  /// Room for `bytes` more within `bytes_max` of all, or nothing. `sum` outlives it.
  [[nodiscard]] static std::optional<BodyRoom> take(std::atomic<std::size_t>& sum,
                                                    std::size_t bytes, std::size_t bytes_max) {
    const std::size_t before = sum.fetch_add(bytes, std::memory_order_relaxed);
    BodyRoom room{&sum, bytes};
    if (bytes > 0 && before + bytes > bytes_max) return std::nullopt;
    return room;
  }
  BodyRoom(BodyRoom&& other) noexcept : sum_(other.sum_), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyRoom& operator=(BodyRoom&& other) noexcept {
    std::swap(sum_, other.sum_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~BodyRoom() { sum_->fetch_sub(bytes_, std::memory_order_relaxed); }

 private:
  BodyRoom(std::atomic<std::size_t>* sum, std::size_t bytes) : sum_(sum), bytes_(bytes) {}
  std::atomic<std::size_t>* sum_;
  std::size_t bytes_;
};

}  // namespace jari::http
