// engine/record/flat.h — FlatBuffers tables to and from plain structs that describe their fields.
//
// The struct's fields are the table's, in the schema's order; a test holds both together, and our
// bytes against FlatBuffers' own code. Every read is verified: bytes that are no table of the kind
// give nothing and touch nothing.
//
// Units:   scalars little-endian, as FlatBuffers has them; Instant = ms, Day = days, 0 = none.
// Errors:  read() gives false for bytes that do not verify. Views point into the bytes read.
// Threads: pure; a builder belongs to one thread.
#pragma once

#include "engine/record/flat_read.h"
#include "engine/record/flat_write.h"

namespace jari::flat {

/// The bytes of `value` as a whole buffer, valid until the builder is used again.
template <HasFields T>
[[nodiscard]] Bytes write_root(Builder& in, const T& value) {
  Cursor to{in.room(most_of_table(value)), sizeof(std::uint32_t)};
  to.put(0, write(to, value));
  return {reinterpret_cast<const std::byte*>(to.base), to.at};
}

/// A whole buffer whose table holds one union: `value`, the member of that number.
template <HasFields T>
[[nodiscard]] Bytes write_union_root(Builder& in, std::uint8_t number, const T& value) {
  // Always the same: where its table is, the vtable, the table {vtable, offset, number}.
  constexpr std::uint32_t kTable = 12;
  constexpr std::array<std::uint16_t, 6> kHead{kTable, 0, 8, 9, 8, 4};
  Cursor to{in.room(most_of_table(value) + 32), 0};
  to.append(kHead.data(), sizeof kHead);
  to.append(std::int32_t{8});
  const std::uint32_t slot = to.at;
  to.at += sizeof slot;
  to.append(number);
  to.put(slot, write(to, value) - slot);
  return {reinterpret_cast<const std::byte*>(to.base), to.at};
}

[[nodiscard]] inline bool is_aligned(Bytes bytes) {
  return bytes.size() >= 8 && reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 == 0;
}

/// The whole buffer as a table of kind T. The bytes must be aligned to 8.
template <HasFields T>
[[nodiscard]] bool read_root(Bytes bytes, T& out) {
  Source in(bytes);
  std::uint64_t root = 0;
  return is_aligned(bytes) && in.follow(0, root) && read(in, root, out);
}

/// Where in a whole buffer the union's member of that number is, if that is what it holds.
[[nodiscard]] inline bool find_union_root(Source& in, std::uint8_t number, std::uint64_t& place) {
  std::uint64_t root = 0;
  TableView table;
  if (!in.follow(0, root) || !table.open(in, root)) return false;
  std::uint8_t said = 0;
  const std::uint64_t type = table.place_of(in, 0);
  const std::uint64_t slot = table.place_of(in, 1);
  return type != 0 && slot != 0 && in.take(type, said) && said == number && in.follow(slot, place);
}

}  // namespace jari::flat
