// engine/base/fields.h — names and members of a plain struct, so that one description of a record
// or a row serves every codec, hash and print of it.
//
// A struct takes part by saying `JARI_FIELDS(Struct, first, second)` (up to 32), in the order of
// its schema. New fields go last; none is ever moved or reused.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace jari {

template <class Struct, class Member>
struct Field {
  std::string_view name;
  Member Struct::*member;
};

template <class Struct, class Member>
constexpr Field<Struct, Member> field(std::string_view name, Member Struct::*member) {
  return {name, member};
}

template <class T>
concept HasFields = requires {
  T::fields();
};

template <HasFields T>
inline constexpr std::size_t kFieldCount = std::tuple_size_v<decltype(T::fields())>;

template <HasFields T>
inline constexpr auto kFieldsOf = T::fields();

template <class T, class Visit, std::size_t... Index>
constexpr void visit_fields(T& value, Visit& visit, std::index_sequence<Index...>) {
  constexpr const auto& fields = kFieldsOf<std::remove_const_t<T>>;
  (visit(std::get<Index>(fields).name, value.*(std::get<Index>(fields).member)), ...);
}

/// Calls visit(name, member) for each field of `value`, in order. Which member it is, the compiler
/// knows: no list of them is made or read when it runs.
template <class T, class Visit>
constexpr void for_each_field(T& value, Visit&& visit) {
  visit_fields(value, visit, std::make_index_sequence<kFieldCount<std::remove_const_t<T>>>{});
}

/// A text that names something: no arithmetic, no implicit making. A view: it owns nothing.
template <class Tag>
struct TextId {
  std::string_view text;
  constexpr TextId() = default;
  constexpr explicit TextId(std::string_view from) : text(from) {}
  [[nodiscard]] constexpr bool empty() const { return text.empty(); }
  constexpr auto operator<=>(const TextId&) const = default;
};

template <class T>
inline constexpr bool kIsTextId = false;
template <class Tag>
inline constexpr bool kIsTextId<TextId<Tag>> = true;

}  // namespace jari

// JARI_FIELDS(Booking, person, slot): `fields()` of Booking, each named as its member is.
#define JARI_PARENS ()
#define JARI_EXPAND(...) JARI_EXPAND3(JARI_EXPAND3(JARI_EXPAND3(JARI_EXPAND3(__VA_ARGS__))))
#define JARI_EXPAND3(...) JARI_EXPAND2(JARI_EXPAND2(JARI_EXPAND2(JARI_EXPAND2(__VA_ARGS__))))
#define JARI_EXPAND2(...) JARI_EXPAND1(JARI_EXPAND1(__VA_ARGS__))
#define JARI_EXPAND1(...) __VA_ARGS__
#define JARI_FIELD_LIST(Struct, first, ...) \
  ::jari::field(#first, &Struct::first)     \
      __VA_OPT__(, JARI_FIELD_AGAIN JARI_PARENS(Struct, __VA_ARGS__))
#define JARI_FIELD_AGAIN() JARI_FIELD_LIST
#define JARI_FIELDS(Struct, ...)                                          \
  static constexpr auto fields() {                                        \
    return std::tuple{JARI_EXPAND(JARI_FIELD_LIST(Struct, __VA_ARGS__))}; \
  }
