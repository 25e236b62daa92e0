// engine/record/flat_types.h — what the members of a plain struct are in a FlatBuffers table: a
// scalar, a struct, or something that the table only points to.
//
// Part of engine/record/flat.h.
//
// Units:   scalars little-endian; Instant = ms, Day = days.
// Errors:  none.
// Threads: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/fields.h"
#include "engine/base/hash.h"
#include "engine/base/time.h"

namespace jari::flat {

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
/// A struct of the schema lies in its table as it lies in memory; it says so by `FlatStruct`. It
/// can never gain a field.
template <class T>
inline constexpr bool kIsStruct = std::is_same_v<T, Hash128> || requires {
  typename T::FlatStruct;
};
template <class T>
inline constexpr bool kIsStruct<std::optional<T>> = kIsStruct<T>;

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

/// How a member lies within its table: itself, or the offset of what lies outside.
template <class M>
constexpr auto placed_as() {
  if constexpr (kIsScalar<M>)
    return decltype(scalar_of(M{})){};
  else if constexpr (kIsOptional<M> && kIsStruct<M>)
    return typename M::value_type{};
  else if constexpr (kIsStruct<M>)
    return M{};
  else
    return std::uint32_t{};
}
template <class M>
using PlacedAs = decltype(placed_as<M>());
template <class M>
inline constexpr bool kIsInside = kIsScalar<M> || kIsStruct<M>;

}  // namespace jari::flat
