// consumers/timeline/named.h — whom and what a record names.
//
// Errors:  none; what it does not name is empty.
// Threads: pure; views are of the record.
#pragma once

#include <string_view>

#include "consumers/model/record.h"

namespace jari::timeline {

struct Named {
  std::string_view person;
  std::string_view queue;
  std::uint64_t ticket = 0;
  std::string_view site;
  std::string_view slot;
  std::string_view replaced_slot;  // given up for another at the same site
  std::string_view appointment;
  std::string_view hold;
  std::string_view replaced_hold;
};

/// Of an outcome: also what its appointment names.
[[nodiscard]] Named named_in(const Record& body);

}  // namespace jari::timeline
