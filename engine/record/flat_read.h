// engine/record/flat_read.h — a FlatBuffers table into a plain struct, every field verified first.
//
// Part of engine/record/flat.h. What FlatBuffers' own verifier refuses is refused here, in the same
// pass that reads.
//
// Errors:  false for bytes that do not verify, or hold a text beyond kTextBytesMax. Views point
// into the bytes read. Threads: pure.
#pragma once

#include "engine/record/flat_source.h"

namespace jari::flat {

template <HasFields T>
bool read(Source& in, std::uint64_t place, T& out);

inline bool read_text(const Source& in, std::uint64_t place, std::string_view& out) {
  std::uint32_t length = 0;
  if (!in.take(place, length) || length > kTextBytesMax) return false;
  const std::uint64_t text = place + sizeof length;
  if (!in.has(text, std::uint64_t{length} + 1) || *in.at(text + length) != 0) return false;
  out = {reinterpret_cast<const char*>(in.at(text)), length};
  return true;
}

template <class M>
bool read_list(Source& in, std::uint64_t place, M& out) {
  std::uint32_t count = 0;
  std::uint64_t slot = place + sizeof count;
  if (!in.take(place, count) || !in.has(slot, sizeof count * std::uint64_t{count})) return false;
  out.resize(count);
  for (auto& one : out) {
    using One = std::decay_t<decltype(one)>;
    std::uint64_t its = 0;
    if (!in.follow(slot, its)) return false;
    slot += sizeof count;
    if constexpr (kIsText<One>) {
      std::string_view text;
      if (!read_text(in, its, text)) return false;
      one = One{text};
    } else if (!read(in, its, one)) {
      return false;
    }
  }
  return true;
}

/// What the table's field at `slot` points to.
template <class M>
bool read_outside(Source& in, std::uint64_t slot, M& out) {
  std::uint64_t place = 0;
  if (!in.follow(slot, place)) return false;
  if constexpr (kIsText<M>) {
    std::string_view text;
    if (!read_text(in, place, text)) return false;
    out = M{text};
    return true;
  } else if constexpr (std::is_same_v<M, Bytes>) {
    std::uint32_t size = 0;
    if (!in.take(place, size) || !in.has(place + sizeof size, size)) return false;
    out = {reinterpret_cast<const std::byte*>(in.at(place + sizeof size)), size};
    return true;
  } else if constexpr (kIsVector<M>) {
    return read_list(in, place, out);
  } else if constexpr (kIsOptional<M>) {
    return read(in, place, out.emplace());
  } else {
    return read(in, place, out);
  }
}

template <HasFields T>
bool read(Source& in, std::uint64_t place, T& out) {
  TableView table;
  if (!table.open(in, place)) return false;
  std::uint32_t index = 0;
  bool good = true;
  for_each_field(out, [&](std::string_view, auto& member) {
    using M = std::decay_t<decltype(member)>;
    const std::uint64_t at = good ? table.place_of(in, index) : 0;
    ++index;
    if constexpr (kIsScalar<M>) {
      PlacedAs<M> value{};  // what is absent is zero, whatever a new struct begins with
      if (at != 0) good = in.take(at, value);
      if (good) set_scalar(member, value);
    } else if (at == 0) {
      return;
    } else if constexpr (kIsOptional<M> && kIsStruct<M>) {
      good = in.take(at, member.emplace());
    } else if constexpr (kIsStruct<M>) {
      good = in.take(at, member);
    } else {
      good = read_outside(in, at, member);
    }
  });
  return good;
}

}  // namespace jari::flat
