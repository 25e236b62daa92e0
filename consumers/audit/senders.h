// consumers/audit/senders.h — who sent something under a request id, for as long as it is kept.
//
// Rows stand one behind the other in the order they were sent; the index that finds them has
// sixteen bytes for an id, so that looking one up touches little memory.
//
// Errors:  none; more than 2^32 at a time is a CHECK.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "consumers/audit/names.h"
#include "consumers/model/record.h"

namespace jari::audit {

struct Sender {
  static constexpr std::int64_t kOpen = -1;
  std::uint64_t asker = 0;  // hash of role and name
  Offset offset = 0;        // of what they sent
  std::int64_t decided_ms = kOpen;
  RecordType asked = 0;
  Name person = 0;         // whom it is about
  std::uint32_t next = 0;  // of the same request id, kept by Senders
  [[nodiscard]] bool is_open() const { return decided_ms == kOpen; }
};

class Senders {
 public:
  [[nodiscard]] bool has(std::uint64_t request) const { return last_.contains(request); }
  /// The first of its senders, in the order they sent, that `is_it` holds for; nullptr: none is.
  template <class IsIt>
  [[nodiscard]] Sender* find(std::uint64_t request, const IsIt& is_it) {
    const auto at = last_.find(request);
    if (at == last_.end()) return nullptr;
    for (std::uint32_t row = rows_[at->second].next;; row = rows_[row].next) {
      if (is_it(rows_[row])) return &rows_[row];
      if (row == at->second) return nullptr;
    }
  }
  void add(std::uint64_t request, Sender sender) {
    const std::uint32_t row = free_row();
    const auto [at, is_new] = last_.try_emplace(request, row);
    sender.next = is_new ? row : std::exchange(rows_[at->second].next, row);
    rows_[row] = sender;
    at->second = row;
  }
  /// Forgets those of its senders that `is_it` holds for.
  template <class IsIt>
  void remove(std::uint64_t request, const IsIt& is_it) {
    const auto at = last_.find(request);
    if (at == last_.end()) return;
    const std::uint32_t end = at->second;
    std::uint32_t kept = kNone;  // the last of them
    std::uint32_t row = rows_[end].next;
    for (bool is_end = false; !is_end;) {
      is_end = row == end;
      const std::uint32_t next = rows_[row].next;
      if (!is_it(rows_[row])) {
        rows_[row].next = kept == kNone ? row : std::exchange(rows_[kept].next, row);
        kept = row;
      } else {
        rows_[row].next = std::exchange(free_, row);
      }
      row = next;
    }
    if (kept == kNone) {
      last_.erase(at);
    } else {
      at->second = kept;
    }
  }
  void expect_soon(std::uint64_t request) const { last_.prefetch(request); }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t free_row() {
    if (free_ == kNone) {
      CHECK(rows_.size() < kNone);
      rows_.emplace_back();
      return static_cast<std::uint32_t>(rows_.size() - 1);
    }
    const std::uint32_t row = free_;
    free_ = rows_[row].next;
    return row;
  }

  absl::flat_hash_map<std::uint64_t, std::uint32_t> last_;  // its `next` is the first
  std::deque<Sender> rows_;
  std::uint32_t free_ = kNone;
};

}  // namespace jari::audit
