// engine/record/canonical_read.h — a struct out of its canonical bytes (canonical.h).
//
// Errors:  take() gives false for bytes that end too early.
// Threads: pure.
#pragma once

#include <cstring>
#include <string>

#include "engine/record/flat.h"

namespace jari::canonical {

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
