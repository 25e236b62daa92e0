// engine/record/flat_write.h — a plain struct into a FlatBuffers table.
//
// Half of engine/record/flat.h.
//
// Errors:  none.
// Threads: pure; a builder belongs to one thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include "engine/base/fields.h"
#include "engine/base/hash.h"
#include "engine/base/time.h"

namespace jari::flat {

using Builder = flatbuffers::FlatBufferBuilder;
using Ref = flatbuffers::uoffset_t;

/// What the canonical form holds of a text (its length is a u16): a longer one is no record's.
inline constexpr std::size_t kTextBytesMax = 65'535;

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsText = std::is_same_v<T, std::string_view> || kIsTextId<T>;
template <class T>
inline constexpr bool kIsScalar = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                                  std::is_same_v<T, Instant> || std::is_same_v<T, Day>;

constexpr flatbuffers::voffset_t slot_of(std::size_t index) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * index);
}

template <class T>
constexpr auto scalar_of(const T& value) {
  if constexpr (std::is_same_v<T, Instant>)
    return value.ms;
  else if constexpr (std::is_same_v<T, Day>)
    return value.count;
  else if constexpr (std::is_same_v<T, bool>)
    return static_cast<std::uint8_t>(value ? 1 : 0);
  else if constexpr (std::is_enum_v<T>)
    return static_cast<std::underlying_type_t<T>>(value);
  else
    return value;
}

template <class T, class S>
constexpr void set_scalar(T& out, S value) {
  if constexpr (std::is_same_v<T, Instant>)
    out.ms = value;
  else if constexpr (std::is_same_v<T, Day>)
    out.count = value;
  else if constexpr (std::is_same_v<T, bool>)
    out = value != 0;
  else
    out = static_cast<T>(value);
}

template <class T>
constexpr std::string_view text_in(const T& value) {
  if constexpr (kIsTextId<T>)
    return value.text;
  else
    return value;
}

// Writing: what lies outside the table first (texts, lists, tables), then the table itself.

template <HasFields T>
Ref write(Builder& to, const T& value);

inline Ref write_hash_struct(Builder& to, const Hash128& hash) {
  return to.CreateVector(reinterpret_cast<const std::uint8_t*>(&hash), sizeof hash).o;
}

template <class M>
Ref write_outside(Builder& to, const M& member) {
  if constexpr (kIsText<M>) {
    const auto text = text_in(member);
    return text.empty() ? 0 : to.CreateString(text.data(), text.size()).o;
  } else if constexpr (std::is_same_v<M, Bytes>) {
    if (member.empty()) return 0;
    to.ForceVectorAlignment(member.size(), 1, 8);
    return to.CreateVector(reinterpret_cast<const std::uint8_t*>(member.data()), member.size()).o;
  } else if constexpr (std::is_same_v<M, Hash128>) {
    return member == Hash128{} ? 0 : write_hash_struct(to, member);
  } else if constexpr (kIsVector<M>) {
    if (member.empty()) return 0;
    std::vector<flatbuffers::Offset<void>> refs;
    refs.reserve(member.size());
    for (const auto& one : member) refs.emplace_back(write_outside(to, one));
    return to.CreateVector(refs).o;
  } else if constexpr (kIsOptional<M>) {
    return member ? write(to, *member) : 0;
  } else if constexpr (HasFields<M>) {
    return write(to, member);
  } else {
    return 0;
  }
}

template <HasFields T>
Ref write(Builder& to, const T& value) {
  std::array<Ref, kFieldCount<T> + 1> refs{};
  std::size_t index = 0;
  for_each_field(value, [&](std::string_view, const auto& member) {
    refs[index++] = write_outside(to, member);
  });
  const auto start = to.StartTable();
  index = 0;
  for_each_field(value, [&](std::string_view, const auto& member) {
    const auto slot = slot_of(index);
    if constexpr (kIsScalar<std::decay_t<decltype(member)>>) {
      const auto scalar = scalar_of(member);
      to.AddElement(slot, scalar, decltype(scalar){});
    } else if (refs[index] != 0) {
      to.AddOffset(slot, flatbuffers::Offset<void>(refs[index]));
    }
    ++index;
  });
  return to.EndTable(start);
}

/// The bytes of `value` as a whole buffer, valid until the builder is used again.
template <HasFields T>
[[nodiscard]] Bytes write_root(Builder& to, const T& value) {
  to.Clear();
  const Ref table = write(to, value);
  to.Align(8);  // as read_root() asks for: a table without 64-bit fields would have less
  to.Finish(flatbuffers::Offset<void>(table));
  return std::as_bytes(std::span{to.GetBufferPointer(), to.GetSize()});
}

}  // namespace jari::flat
