// engine/record/flat_room.h — room to write a FlatBuffers buffer in, and how much one takes.
//
// Part of engine/record/flat.h.
//
// Errors:  none.
// Threads: pure; a builder belongs to one thread.
#pragma once

#include <algorithm>
#include <cstring>

#include "engine/record/flat_types.h"

namespace jari::flat {

/// Room to write a buffer in, used again and again.
class Builder {
 public:
  Builder() = default;
  explicit Builder(std::size_t bytes) : words_(bytes / kWordBytes) {}

  /// So many bytes, zero and aligned to 8.
  [[nodiscard]] std::uint8_t* room(std::size_t bytes) {
    const std::size_t words = (bytes + kWordBytes - 1) / kWordBytes;
    if (words_.size() < words) words_.resize(words * 2);
    std::fill_n(words_.begin(), words, 0);
    return reinterpret_cast<std::uint8_t*>(words_.data());
  }

 private:
  static constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
  std::vector<std::uint64_t> words_;
};

/// Where in a buffer the next thing goes.
struct Cursor {
  std::uint8_t* base = nullptr;
  std::uint32_t at = 0;

  void align(std::uint32_t step, std::uint32_t rest = 0) { at += (rest - at) & (step - 1); }
  template <class S>
  void put(std::uint32_t where, S value) {
    std::memcpy(base + where, &value, sizeof value);
  }
  template <class S>
  void append(S value) {
    put(at, value);
    at += sizeof value;
  }
  void append(const void* bytes, std::size_t count) {
    std::memcpy(base + at, bytes, count);
    at += static_cast<std::uint32_t>(count);
  }
};

template <class M>
constexpr bool is_there(const M& member) {
  if constexpr (kIsScalar<M>) {
    return scalar_of(member) != 0;
  } else if constexpr (kIsText<M>) {
    return !text_in(member).empty();
  } else if constexpr (std::is_same_v<M, Hash128>) {
    return member != Hash128{};
  } else if constexpr (kIsOptional<M>) {
    return member.has_value();
  } else if constexpr (kIsVector<M> || std::is_same_v<M, Bytes>) {
    return !member.empty();
  } else {
    return true;
  }
}

template <HasFields T>
constexpr std::size_t most_of_table(const T& value);

/// The most that a member takes outside of its table.
template <class M>
constexpr std::size_t most_of(const M& member) {
  constexpr std::size_t kAround = 16;  // a length, an end, what aligns it
  if constexpr (kIsInside<M>) {
    return 0;
  } else if constexpr (kIsText<M>) {
    return text_in(member).size() + kAround;
  } else if constexpr (std::is_same_v<M, Bytes>) {
    return member.size() + kAround;
  } else if constexpr (kIsVector<M>) {
    std::size_t size = kAround + member.size() * sizeof(std::uint32_t);
    for (const auto& one : member) size += most_of(one);
    return size;
  } else if constexpr (kIsOptional<M>) {
    return member ? most_of_table(*member) : 0;
  } else {
    return most_of_table(member);
  }
}

template <HasFields T>
constexpr std::size_t most_of_table(const T& value) {
  std::size_t size = 32 + kFieldCount<T> * sizeof(std::uint16_t);  // vtable, start, what aligns it
  for_each_field(value, [&](std::string_view, const auto& member) {
    size += sizeof(PlacedAs<std::decay_t<decltype(member)>>) + most_of(member);
  });
  return size;
}

/// As it lies in memory, but for what lies between its fields: that stays zero.
template <class S>
void put_struct(std::uint8_t* to, const S& value) {
  if constexpr (HasFields<S>) {
    for_each_field(value, [&](std::string_view, const auto& member) {
      const auto* start = reinterpret_cast<const std::uint8_t*>(&value);
      put_struct(to + (reinterpret_cast<const std::uint8_t*>(&member) - start), member);
    });
  } else {
    std::memcpy(to, &value, sizeof value);
  }
}

}  // namespace jari::flat
