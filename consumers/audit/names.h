// consumers/audit/names.h — texts that name people, sites and slots, each kept once and known by a
// dense number.
//
// Errors:  none; more than 2^32 names is a CHECK.
// Threads: intern() and expect_soon() belong to one thread. Another may ask for the text of a name
//          that the first has handed to it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/base/check.h"

namespace jari::audit {

/// 0 is the empty text.
using Name = std::uint32_t;
/// Two that belong together: a person and a programme, a site and a slot.
using Names2 = std::pair<Name, Name>;

class Names {
 public:
  Names() { intern({}); }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  Name intern(std::string_view text) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    CHECK(numbers_.size() < std::numeric_limits<Name>::max());
    const auto name = static_cast<Name>(numbers_.size());
    const std::string_view kept = keep(text);
    place(name) = kept;
    numbers_.emplace(kept, name);
    return name;
  }
  template <class Id>
  Name of(const Id& id) {
    return intern(id.text);
  }
  /// It will be interned soon: what that looks at is fetched meanwhile.
  void expect_soon(std::string_view text) const { numbers_.prefetch(text); }
  [[nodiscard]] std::string text(Name name) const {
    const auto [part, index] = place_of(name);
    return std::string(parts_[part][index]);
  }

 private:
  static constexpr unsigned kFirstBits = 10;  // of the first part's length; each is twice as long
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 16;

  static std::pair<unsigned, std::size_t> place_of(Name name) {
    const std::uint64_t number = std::uint64_t{name} + (std::uint64_t{1} << kFirstBits);
    const auto bits = static_cast<unsigned>(std::bit_width(number)) - 1;
    return {bits - kFirstBits, number - (std::uint64_t{1} << bits)};
  }
  std::string_view& place(Name name) {
    const auto [part, index] = place_of(name);
    if (index == 0) {
      parts_[part].reset(new std::string_view[std::size_t{1} << (kFirstBits + part)]);
    }
    return parts_[part][index];
  }
  std::string_view keep(std::string_view text) {
    if (pieces_.empty() || kPieceBytes - used_ < text.size()) {
      pieces_.emplace_back(new char[std::max(kPieceBytes, text.size())]);
      used_ = 0;
    }
    char* const to = pieces_.back().get() + used_;
    text.copy(to, text.size());
    used_ += text.size();
    return {to, text.size()};
  }

  // Neither moves while it grows.
  std::array<std::unique_ptr<std::string_view[]>, 33 - kFirstBits> parts_;
  std::vector<std::unique_ptr<char[]>> pieces_;
  std::size_t used_ = 0;
  absl::flat_hash_map<std::string_view, Name> numbers_;
};

}  // namespace jari::audit
