// tests/golden/golden.h — golden bytes: records as a released version wrote them, what they say and
// which hash they have. Whoever reads them otherwise breaks every log that was ever written.
//
// A file of them is never edited; a new version of a codec gets a new file. The test of a codec
// prints the block to add for a record that its file does not have.
//
// Errors:  a file that is missing or out of form stops the test (CHECK).
// Threads: plain values.
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "engine/record/canonical.h"

namespace jari::golden {

/// What a record says: `name=value` of every field that is there, in their order.
template <HasFields T>
std::string says(const T& value);

template <class M>
std::string value_text(const M& member) {
  if constexpr (flat::kIsScalar<M>) {
    const auto scalar = flat::scalar_of(member);
    return scalar == decltype(scalar){} ? std::string{} : std::to_string(scalar);
  } else if constexpr (flat::kIsText<M>) {
    const auto text = flat::text_in(member);
    return text.empty() ? std::string{} : "'" + std::string{text} + "'";
  } else if constexpr (std::is_same_v<M, Bytes>) {
    return to_hex(member);
  } else if constexpr (std::is_same_v<M, Hash128>) {
    return member == Hash128{} ? std::string{} : to_text(member);
  } else if constexpr (flat::kIsVector<M>) {
    std::string list;
    for (const auto& one : member) list += (list.empty() ? "" : ", ") + value_text(one);
    return list.empty() ? list : "[" + list + "]";
  } else if constexpr (flat::kIsOptional<M>) {
    return member ? value_text(*member) : std::string{};
  } else {
    const std::string inner = says(member);
    return inner.empty() ? inner : "{" + inner + "}";
  }
}

template <HasFields T>
std::string says(const T& value) {
  std::string all;
  for_each_field(value, [&](std::string_view name, const auto& member) {
    const std::string text = value_text(member);
    if (!text.empty()) all += (all.empty() ? "" : " ") + std::string{name} + "=" + text;
  });
  return all;
}

/// Bytes aligned as a log hands them out.
class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(Bytes bytes) : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(words_.data()));
  }
  [[nodiscard]] Bytes view() const { return std::as_bytes(std::span{words_}).first(size_); }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

struct Golden {
  std::string hash;  // empty: none is kept
  Aligned bytes;
  std::string says;
};

/// A record as its file has it. `hash`: of its canonical form, where streams are made of it.
inline std::string block(std::string_view name, const std::optional<Hash128>& hash, Bytes bytes,
                         std::string_view says) {
  return std::string{name} + (hash ? "\n  hash " + to_text(*hash) : "") + "\n  bytes " +
         to_hex(bytes) + "\n  says " + std::string{says} + "\n";
}

/// Records by their names.
inline std::map<std::string, Golden, std::less<>> read_file(const std::string& path) {
  std::ifstream file(path);
  CHECK(file.good());
  const auto rest_of = [](const std::string& line, std::string_view word) {
    CHECK(line.starts_with("  " + std::string{word} + " "));
    return line.substr(word.size() + 3);
  };
  const auto next_line = [&] {
    std::string line;
    std::getline(file, line);
    return line;
  };
  std::map<std::string, Golden, std::less<>> all;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    Golden& one = all[line];
    line = next_line();
    if (line.starts_with("  hash ")) {
      one.hash = rest_of(line, "hash");
      line = next_line();
    }
    const auto bytes = from_hex(rest_of(line, "bytes"));
    CHECK(bytes.has_value());
    one.bytes = Aligned{bytes_of(*bytes)};
    one.says = rest_of(next_line(), "says");
  }
  return all;
}

}  // namespace jari::golden
