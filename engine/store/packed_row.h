// engine/store/packed_row.h — a row in as few bytes as it needs: a field that is empty takes a bit.
//
// Private to engine/store/. A form of this process's own: never written, never hashed; names stay
// numbers.
//
// Units:   a bit for each leaf (a field, or the fields of a field), then the leaves that are not
//          empty: a number in seven bits a byte, the low ones first, signed ones folded; a hash as
//          it lies; of a bool its bit is all.
// Errors:  none: what is unpacked has been packed here.
// Threads: pure.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/store/names.h"

namespace jari::packed {

/// Calls visit(leaf) for each, in order.
template <class M, class Visit>
constexpr void for_each_leaf(M& member, const Visit& visit) {
  using T = std::remove_const_t<M>;
  if constexpr (HasFields<T>) {
    for_each_field(member, [&](std::string_view, auto& inner) { for_each_leaf(inner, visit); });
  } else {
    static_assert(flat::kIsScalar<T> || std::is_same_v<T, Hash128> || std::is_same_v<T, Name>,
                  "a packed row holds numbers, hashes and names");
    visit(member);
  }
}

inline constexpr std::size_t kNumberBytesMax = 9;

/// How many leaves, and how many bytes at most, a Row has.
struct Shape {
  std::size_t leaves = 0;
  std::size_t bytes = 0;
};
template <HasFields Row>
[[nodiscard]] constexpr Shape shape() {
  Shape shape;
  const Row row{};
  for_each_leaf(row, [&]<class L>(const L&) {
    ++shape.leaves;
    const bool is_hash = std::is_same_v<L, Hash128>;
    shape.bytes += std::is_same_v<L, bool> ? 0 : is_hash ? sizeof(Hash128) : kNumberBytesMax;
  });
  return shape;
}
template <HasFields Row>
inline constexpr std::size_t kMaskBytes = (shape<Row>().leaves + 7) / 8;
template <HasFields Row>
inline constexpr std::size_t kBytesMax = kMaskBytes<Row> + shape<Row>().bytes;

[[nodiscard]] inline char* write_number(char* to, std::uint64_t number) {
  for (std::size_t i = 1; i < kNumberBytesMax && number >= 0x80; ++i, number >>= 7) {
    *to++ = static_cast<char>(number | 0x80);
  }
  *to++ = static_cast<char>(number);  // the ninth byte holds eight bits
  return to;
}
[[nodiscard]] inline const char* read_number(const char* from, std::uint64_t& number) {
  number = static_cast<std::uint8_t>(*from++);
  if (number < 0x80) return from;  // most are small
  number &= 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    const std::uint64_t byte = static_cast<std::uint8_t>(*from++);
    const bool is_last = byte < 0x80 || shift == 7 * (kNumberBytesMax - 1);
    number |= (byte < 0x80 || !is_last ? byte & 0x7f : byte) << shift;
    if (is_last) return from;
  }
}

template <class L>
[[nodiscard]] constexpr std::uint64_t number_of(const L& leaf) {
  if constexpr (std::is_same_v<L, Name>) {
    return leaf.number;
  } else {
    const auto scalar = flat::scalar_of(leaf);
    static_assert(std::is_integral_v<decltype(scalar)>);
    if constexpr (std::is_signed_v<decltype(scalar)>) {  // small ones of either sign stay small
      const std::int64_t wide = scalar;
      return (static_cast<std::uint64_t>(wide) << 1) ^ static_cast<std::uint64_t>(wide >> 63);
    } else {
      return scalar;
    }
  }
}
template <class L>
constexpr void set_number(L& leaf, std::uint64_t number) {
  if constexpr (std::is_same_v<L, Name>) {
    leaf.number = static_cast<std::uint32_t>(number);
  } else {
    using S = decltype(flat::scalar_of(leaf));
    if constexpr (std::is_signed_v<S>) number = (number >> 1) ^ (~(number & 1) + 1);
    flat::set_scalar(leaf, static_cast<S>(number));
  }
}

/// Writes the row, for which there must be kBytesMax; says where it ends.
template <HasFields Row>
[[nodiscard]] char* pack(char* to, const Row& row) {
  static_assert(shape<Row>().leaves <= 32, "a mask has 32 bits");
  char* const mask_at = to;
  to += kMaskBytes<Row>;
  std::uint32_t mask = 0;
  std::uint32_t bit = 1;
  for_each_leaf(row, [&]<class L>(const L& leaf) {
    if (!(leaf == L{})) {
      mask |= bit;
      if constexpr (std::is_same_v<L, Hash128>) {
        to = canonical::write_scalar(to, leaf);
      } else if constexpr (!std::is_same_v<L, bool>) {
        to = write_number(to, number_of(leaf));
      }
    }
    bit <<= 1;
  });
  std::memcpy(mask_at, &mask, kMaskBytes<Row>);
  return to;
}

template <HasFields Row>
[[nodiscard]] Row unpack(const char* from) {
  Row row{};
  std::uint32_t mask = 0;
  std::memcpy(&mask, from, kMaskBytes<Row>);
  from += kMaskBytes<Row>;
  for_each_leaf(row, [&]<class L>(L& leaf) {
    const bool is_there = (mask & 1) != 0;
    mask >>= 1;
    if constexpr (std::is_same_v<L, bool>) {
      leaf = is_there;
    } else if constexpr (std::is_same_v<L, Hash128>) {
      if (!is_there) return;
      std::memcpy(&leaf, from, sizeof leaf);
      from += sizeof leaf;
    } else {
      std::uint64_t number = 0;
      if (is_there) from = read_number(from, number);
      set_number(leaf, number);
    }
  });
  return row;
}

}  // namespace jari::packed
