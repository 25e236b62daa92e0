// consumers/audit/names.h — texts that name people, sites and slots, each kept once and known by a
// dense number.
//
// Errors:  none; more than 2^32 names is a CHECK.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "engine/base/check.h"

namespace jari::audit {

/// 0 is the empty text.
using Name = std::uint32_t;
/// Two that belong together: a person and a programme, a site and a slot.
using Names2 = std::pair<Name, Name>;

class Names {
 public:
  Names() : texts_(1) { numbers_.emplace(std::string_view{}, 0); }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  Name intern(std::string_view text) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    CHECK(texts_.size() < std::numeric_limits<Name>::max());
    const auto name = static_cast<Name>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), name);
    return name;
  }
  template <class Id>
  Name of(const Id& id) {
    return intern(id.text);
  }
  [[nodiscard]] const std::string& text(Name name) const { return texts_[name]; }

 private:
  std::deque<std::string> texts_;  // what the keys below point into
  absl::flat_hash_map<std::string_view, Name> numbers_;
};

}  // namespace jari::audit
