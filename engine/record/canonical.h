// engine/record/canonical.h — the one byte form of a struct that hashes and stored rows are made
// of.
//
// Each field in order: a scalar as it lies in memory (little-endian), a text as u16 length and
// bytes, a list as u32 count and its items, an optional as u8 and its value. It does not depend on
// how any library lays out its buffers.
//
// Errors:  take() gives false for bytes that end too early; a text beyond 65,535 bytes is a CHECK.
// Threads: pure.
#pragma once

#include <cstring>
#include <string>

#include "engine/base/check.h"
#include "engine/record/flat.h"

namespace jari::canonical {

template <class S>
void append_scalar(std::string& out, S value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void append_text(std::string& out, std::string_view text) {
  CHECK(text.size() <= flat::kTextBytesMax);
  append_scalar(out, static_cast<std::uint16_t>(text.size()));
  out.append(text);
}

/// `Codec` adds what only its owner can write (an interned name): codec.append(out, member).
struct Plain {};

template <class Codec, class M>
void append(std::string& out, const M& member, const Codec& codec) {
  if constexpr (requires { codec.append(out, member); }) {
    codec.append(out, member);
  } else if constexpr (flat::kIsScalar<M>) {
    append_scalar(out, flat::scalar_of(member));
  } else if constexpr (flat::kIsText<M>) {
    append_text(out, flat::text_in(member));
  } else if constexpr (std::is_same_v<M, std::string>) {
    append_text(out, member);
  } else if constexpr (std::is_same_v<M, Hash128>) {
    append_scalar(out, member);
  } else if constexpr (std::is_same_v<M, Bytes>) {
    append_scalar(out, static_cast<std::uint32_t>(member.size()));
    out.append(text_of(member));
  } else if constexpr (flat::kIsVector<M>) {
    append_scalar(out, static_cast<std::uint32_t>(member.size()));
    for (const auto& one : member) append(out, one, codec);
  } else if constexpr (flat::kIsOptional<M>) {
    append_scalar(out, static_cast<std::uint8_t>(member ? 1 : 0));
    if (member) append(out, *member, codec);
  } else {
    for_each_field(member, [&](std::string_view, const auto& inner) { append(out, inner, codec); });
  }
}

template <class S>
bool take_scalar(std::string_view& in, S& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

inline bool take_text(std::string_view& in, std::string_view& text) {
  std::uint16_t length = 0;
  if (!take_scalar(in, length) || in.size() < length) return false;
  text = in.substr(0, length);
  in.remove_prefix(length);
  return true;
}

template <class Codec, class M>
bool take(std::string_view& in, M& member, Codec& codec) {
  if constexpr (requires { codec.take(in, member); }) {
    return codec.take(in, member);
  } else if constexpr (flat::kIsScalar<M>) {
    decltype(flat::scalar_of(member)) value{};
    if (!take_scalar(in, value)) return false;
    flat::set_scalar(member, value);
    return true;
  } else if constexpr (flat::kIsText<M> || std::is_same_v<M, std::string>) {
    std::string_view text;
    if (!take_text(in, text)) return false;
    member = M{text};
    return true;
  } else if constexpr (std::is_same_v<M, Hash128>) {
    return take_scalar(in, member);
  } else if constexpr (flat::kIsVector<M>) {
    std::uint32_t count = 0;
    if (!take_scalar(in, count) || count > in.size()) return false;
    member.resize(count);
    for (auto& one : member) {
      if (!take(in, one, codec)) return false;
    }
    return true;
  } else if constexpr (flat::kIsOptional<M>) {
    std::uint8_t is_there = 0;
    if (!take_scalar(in, is_there)) return false;
    return is_there == 0 || take(in, member.emplace(), codec);
  } else {
    bool good = true;
    for_each_field(member,
                   [&](std::string_view, auto& inner) { good = good && take(in, inner, codec); });
    return good;
  }
}

}  // namespace jari::canonical
