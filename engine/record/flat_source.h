// engine/record/flat_source.h — the bytes of a FlatBuffers buffer, and a table in them: no place is
// believed before it is known to lie within.
//
// Part of engine/record/flat.h.
//
// Errors:  false for a place that is none.
// Threads: pure.
#pragma once

#include <cstring>

#include "engine/record/flat_types.h"

namespace jari::flat {

/// The bytes of a buffer, aligned to 8. A place in it is counted from its start.
class Source {
 public:
  explicit Source(Bytes bytes)
      : bytes_(reinterpret_cast<const std::uint8_t*>(bytes.data())), size_(bytes.size()) {}

  [[nodiscard]] const std::uint8_t* at(std::uint64_t place) const { return bytes_ + place; }
  [[nodiscard]] bool has(std::uint64_t place, std::uint64_t bytes) const {
    return place <= size_ && bytes <= size_ - place;
  }
  template <class S>
  [[nodiscard]] bool take(std::uint64_t place, S& out) const {
    if (place % alignof(S) != 0 || !has(place, sizeof out)) return false;
    std::memcpy(&out, bytes_ + place, sizeof out);
    return true;
  }
  /// Where the offset at `place` points to.
  [[nodiscard]] bool follow(std::uint64_t place, std::uint64_t& to) const {
    std::uint32_t offset = 0;
    if (!take(place, offset) || offset == 0) return false;
    to = place + offset;
    return true;
  }
  /// Many may point to one table: only so many are read.
  [[nodiscard]] bool may_read_table() { return tables_left_-- > 0; }

 private:
  const std::uint8_t* bytes_;
  std::uint64_t size_;
  std::int32_t tables_left_ = 1'000'000;
};

/// A table within its buffer.
struct TableView {
  std::uint64_t start = 0;
  std::uint64_t vtable = 0;
  std::uint16_t vtable_bytes = 0;

  [[nodiscard]] bool open(Source& in, std::uint64_t place) {
    std::int32_t back = 0;
    if (!in.take(place, back) || !in.may_read_table()) return false;
    start = place;
    vtable = place - static_cast<std::uint64_t>(std::int64_t{back});
    return in.take(vtable, vtable_bytes) && vtable_bytes >= 4 && vtable_bytes % 2 == 0 &&
           in.has(vtable, vtable_bytes);
  }
  /// Where the field is; 0: it is not there.
  [[nodiscard]] std::uint64_t place_of(const Source& in, std::uint32_t index) const {
    const std::uint32_t entry = 4 + 2 * index;
    if (entry >= vtable_bytes) return 0;
    std::uint16_t offset = 0;
    std::memcpy(&offset, in.at(vtable + entry), sizeof offset);
    return offset == 0 ? 0 : start + offset;
  }
};

}  // namespace jari::flat
