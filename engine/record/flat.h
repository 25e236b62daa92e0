// engine/record/flat.h — FlatBuffers tables to and from plain structs that describe their fields.
//
// The struct's fields are the table's, in the schema's order; a test holds both together. Every
// read is verified first: bytes that are no table of the kind give nothing and touch nothing.
//
// Units:   scalars little-endian, as FlatBuffers has them; Instant = ms, Day = days, 0 = none.
// Errors:  read() gives false for bytes that do not verify. Views point into the bytes read.
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

// Reading: verified field by field, then copied or viewed.

using Verifier = flatbuffers::Verifier;
using RawTable = flatbuffers::Table;
using RawText = flatbuffers::String;
using RawBytes = flatbuffers::Vector<std::uint8_t>;

template <HasFields T>
bool read(Verifier& verifier, const RawTable* table, T& out);

inline bool read_text(Verifier& verifier, const RawText* raw, std::string_view& out) {
  if (raw == nullptr || !verifier.VerifyString(raw)) return false;
  out = {raw->c_str(), raw->size()};
  return true;
}

template <class M>
bool read_list(Verifier& verifier, const RawTable* table, flatbuffers::voffset_t slot, M& out) {
  using One = typename M::value_type;
  using Raw = std::conditional_t<kIsText<One>, RawText, RawTable>;
  const auto* list = table->GetPointer<const flatbuffers::Vector<flatbuffers::Offset<Raw>>*>(slot);
  if (!verifier.VerifyVector(list)) return false;
  out.reserve(list->size());
  for (flatbuffers::uoffset_t i = 0; i < list->size(); ++i) {
    One one{};
    if constexpr (kIsText<One>) {
      std::string_view text;
      if (!read_text(verifier, list->Get(i), text)) return false;
      one = One{text};
    } else if (!read(verifier, list->Get(i), one)) {
      return false;
    }
    out.push_back(std::move(one));
  }
  return true;
}

template <class M>
bool read_outside(Verifier& verifier, const RawTable* table, flatbuffers::voffset_t slot, M& out) {
  if (!table->VerifyOffset(verifier, slot)) return false;
  if (table->GetOptionalFieldOffset(slot) == 0) return true;
  if constexpr (kIsText<M>) {
    std::string_view text;
    if (!read_text(verifier, table->GetPointer<const RawText*>(slot), text)) return false;
    out = M{text};
    return true;
  } else if constexpr (std::is_same_v<M, Bytes> || std::is_same_v<M, Hash128>) {
    const auto* raw = table->GetPointer<const RawBytes*>(slot);
    if (!verifier.VerifyVector(raw)) return false;
    if constexpr (std::is_same_v<M, Bytes>) {
      out = std::as_bytes(std::span{raw->data(), raw->size()});
    } else {
      if (raw->size() != sizeof out) return false;
      std::memcpy(&out, raw->data(), sizeof out);
    }
    return true;
  } else if constexpr (kIsVector<M>) {
    return read_list(verifier, table, slot, out);
  } else if constexpr (kIsOptional<M>) {
    return read(verifier, table->GetPointer<const RawTable*>(slot), out.emplace());
  } else {
    return read(verifier, table->GetPointer<const RawTable*>(slot), out);
  }
}

template <HasFields T>
bool read(Verifier& verifier, const RawTable* table, T& out) {
  if (table == nullptr || !table->VerifyTableStart(verifier)) return false;
  std::size_t index = 0;
  bool good = true;
  for_each_field(out, [&](std::string_view, auto& member) {
    using M = std::decay_t<decltype(member)>;
    const auto slot = slot_of(index++);
    if (!good) return;
    if constexpr (kIsScalar<M>) {
      using S = decltype(scalar_of(member));
      good = table->VerifyField<S>(verifier, slot, sizeof(S));
      if (good) set_scalar(member, table->GetField<S>(slot, S{}));
    } else {
      good = read_outside(verifier, table, slot, member);
    }
  });
  return good && verifier.EndTable();
}

/// The whole buffer as a table of kind T. The bytes must be aligned to 8.
template <HasFields T>
[[nodiscard]] bool read_root(Bytes bytes, T& out) {
  if (bytes.size() < 8 || reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 != 0) return false;
  const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
  Verifier verifier(start, bytes.size());
  const auto root = verifier.VerifyOffset(0);
  return root != 0 && read(verifier, reinterpret_cast<const RawTable*>(start + root), out);
}

/// The bytes of `value` as a whole buffer, valid until the builder is used again.
template <HasFields T>
[[nodiscard]] Bytes write_root(Builder& to, const T& value) {
  to.Clear();
  to.Finish(flatbuffers::Offset<void>(write(to, value)));
  return std::as_bytes(std::span{to.GetBufferPointer(), to.GetSize()});
}

}  // namespace jari::flat
