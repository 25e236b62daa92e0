// consumers/audit/senders.h — who sent something under a request id, for as long as it is kept.
//
// Rows stand one behind the other in the order they were sent; the index that finds them has eight
// bytes for an id, and whether an id is new is seen in one line of it.
//
// Errors:  none; more than 2^32 at a time is a CHECK.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "consumers/audit/names.h"
#include "consumers/model/record.h"

namespace jari::audit {

struct Sender {
  static constexpr std::int64_t kOpen = -1;
  std::uint64_t asker = 0;  // hash of role and name
  Offset offset = 0;        // of what they sent
  std::int64_t decided_ms = kOpen;
  RecordType asked = 0;
  Name person = 0;            // whom it is about
  std::uint32_t next = 0;     // of the same request id, kept by Senders
  std::uint64_t request = 0;  // by them, too
  [[nodiscard]] bool is_open() const { return decided_ms == kOpen; }
};

class Senders {
 public:
  [[nodiscard]] bool has(std::uint64_t request) const {
    return index_[place_of(request)].last != kNone;
  }
  /// The first of its senders, in the order they sent, that `is_it` holds for; nullptr: none is.
  template <class IsIt>
  [[nodiscard]] Sender* find(std::uint64_t request, const IsIt& is_it) {
    const std::uint32_t last = index_[place_of(request)].last;
    if (last == kNone) return nullptr;
    for (std::uint32_t row = rows_[last].next;; row = rows_[row].next) {
      if (is_it(rows_[row])) return &rows_[row];
      if (row == last) return nullptr;
    }
  }
  void add(std::uint64_t request, Sender sender) {
    if (std::size_t{ids_ + 1} * 4 > index_.size() * 3) grow();
    Slot& slot = index_[place_of(request)];
    const std::uint32_t row = free_row();
    sender.request = request;
    sender.next = slot.last == kNone ? row : std::exchange(rows_[slot.last].next, row);
    rows_[row] = sender;
    if (slot.last == kNone) ++ids_;
    slot = {tag_of(request), row};
  }
  /// Forgets those of its senders that `is_it` holds for.
  template <class IsIt>
  void remove(std::uint64_t request, const IsIt& is_it) {
    const std::size_t place = place_of(request);
    const std::uint32_t end = index_[place].last;
    if (end == kNone) return;
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
    index_[place].last = kept;
    if (kept == kNone) close(place);
  }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  void expect_soon(std::uint64_t request) const {
    __builtin_prefetch(&index_[tag_of(request) & mask()]);
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kSlotsFirst = 16;

  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t last = kNone;  // of the id's rows; its `next` is the first
  };

  /// A request is a hash already.
  static std::uint32_t tag_of(std::uint64_t request) {
    return static_cast<std::uint32_t>(request >> 32 ^ request);
  }
  [[nodiscard]] std::size_t mask() const { return index_.size() - 1; }
  /// Where the id is, or would be.
  [[nodiscard]] std::size_t place_of(std::uint64_t request) const {
    const std::uint32_t tag = tag_of(request);
    std::size_t at = tag & mask();
    while (index_[at].last != kNone &&
           (index_[at].tag != tag || rows_[index_[at].last].request != request)) {
      at = (at + 1) & mask();
    }
    return at;
  }
  /// A place is free: what stands behind it and is looked for from there on moves up.
  void close(std::size_t place) {
    --ids_;
    for (std::size_t at = (place + 1) & mask(); index_[at].last != kNone; at = (at + 1) & mask()) {
      const std::size_t from = index_[at].tag & mask();
      const bool stays = ((at - from) & mask()) < ((at - place) & mask());
      if (stays) continue;
      index_[place] = std::exchange(index_[at], Slot{});
      place = at;
    }
  }
  void grow() {
    std::vector<Slot> before(index_.size() * 2);
    before.swap(index_);
    for (const Slot& one : before) {
      if (one.last == kNone) continue;
      std::size_t at = one.tag & mask();
      while (index_[at].last != kNone) at = (at + 1) & mask();
      index_[at] = one;
    }
  }
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

  std::vector<Slot> index_ = std::vector<Slot>(kSlotsFirst);  // a power of two of them
  std::uint32_t ids_ = 0;                                     // in it
  std::deque<Sender> rows_;
  std::uint32_t free_ = kNone;
};

}  // namespace jari::audit
