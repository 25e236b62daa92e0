// engine/record/canonical_write.h — a struct into its canonical bytes (canonical.h).
//
// Errors:  a text beyond 65,535 bytes is a CHECK.
// Threads: pure.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/base/check.h"
#include "engine/record/flat.h"

namespace jari::canonical {

template <class S>
void append_scalar(std::string& out, S value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// `Codec` adds what only its owner can write, as the text that stands for it (an interned name):
/// codec.text_of(member).
struct Plain {};

inline constexpr std::size_t kLengthBytes = sizeof(std::uint16_t);  // of a text

template <class Codec, class M>
[[nodiscard]] std::string_view text_of(const M& member, const Codec& codec) {
  if constexpr (requires { codec.text_of(member); }) {
    return codec.text_of(member);
  } else {
    return flat::text_in(member);
  }
}
template <class Codec, class M>
inline constexpr bool kIsWrittenAsText = flat::kIsText<M> || std::is_same_v<M, std::string> ||
                                         requires(const Codec& codec, const M& member) {
  codec.text_of(member);
};

/// How many bytes write() will take.
template <class Codec, class M>
[[nodiscard]] std::size_t size_of(const M& member, const Codec& codec) {
  if constexpr (kIsWrittenAsText<Codec, M>) {
    return kLengthBytes + text_of(member, codec).size();
  } else if constexpr (flat::kIsScalar<M>) {
    return sizeof(flat::scalar_of(member));
  } else if constexpr (std::is_same_v<M, Hash128>) {
    return sizeof member;
  } else if constexpr (std::is_same_v<M, Bytes>) {
    return sizeof(std::uint32_t) + member.size();
  } else if constexpr (flat::kIsVector<M>) {
    std::size_t size = sizeof(std::uint32_t);
    for (const auto& one : member) size += size_of(one, codec);
    return size;
  } else if constexpr (flat::kIsOptional<M>) {
    return 1 + (member ? size_of(*member, codec) : 0);
  } else {
    std::size_t size = 0;
    for_each_field(member,
                   [&](std::string_view, const auto& inner) { size += size_of(inner, codec); });
    return size;
  }
}

template <class S>
[[nodiscard]] char* write_scalar(char* to, S value) {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}
[[nodiscard]] inline char* write_bytes(char* to, std::string_view bytes) {
  return std::copy(bytes.begin(), bytes.end(), to);
}

/// Writes the member, for which there must be room; says where it ends.
template <class Codec, class M>
[[nodiscard]] char* write(char* to, const M& member, const Codec& codec) {
  if constexpr (kIsWrittenAsText<Codec, M>) {
    const std::string_view text = text_of(member, codec);
    CHECK(text.size() <= flat::kTextBytesMax);
    return write_bytes(write_scalar(to, static_cast<std::uint16_t>(text.size())), text);
  } else if constexpr (flat::kIsScalar<M>) {
    return write_scalar(to, flat::scalar_of(member));
  } else if constexpr (std::is_same_v<M, Hash128>) {
    return write_scalar(to, member);
  } else if constexpr (std::is_same_v<M, Bytes>) {
    to = write_scalar(to, static_cast<std::uint32_t>(member.size()));
    return write_bytes(to, jari::text_of(member));
  } else if constexpr (flat::kIsVector<M>) {
    to = write_scalar(to, static_cast<std::uint32_t>(member.size()));
    for (const auto& one : member) to = write(to, one, codec);
    return to;
  } else if constexpr (flat::kIsOptional<M>) {
    to = write_scalar(to, static_cast<std::uint8_t>(member ? 1 : 0));
    return member ? write(to, *member, codec) : to;
  } else {
    for_each_field(member,
                   [&](std::string_view, const auto& inner) { to = write(to, inner, codec); });
    return to;
  }
}

/// Its size first, so that each field is a store and not a call.
template <class Codec, class M>
void append(std::string& out, const M& member, const Codec& codec) {
  const std::size_t had = out.size();
  const std::size_t size = size_of(member, codec);
  out.resize(had + size);
  const char* const end = write(out.data() + had, member, codec);
  CHECK(end == out.data() + had + size);
}

}  // namespace jari::canonical
