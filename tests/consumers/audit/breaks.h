// tests/consumers/audit/breaks.h — every way in which a good day is broken, and what must be found.
#pragma once

#include <vector>

#include "tests/consumers/audit/tale.h"

namespace jari::audit {

struct Break {
  const char* name;
  Rule rule{};
  const char* why;                  // a part of what is said
  std::function<At(Tale&)> breaks;  // and says where it must be found
  bool is_chained_anew = true;      // whether the forger makes the streams fit again
};

[[nodiscard]] const std::vector<Break>& breaks_of_sales();    // I1 to I3
[[nodiscard]] const std::vector<Break>& breaks_of_lines();    // I4
[[nodiscard]] const std::vector<Break>& breaks_of_records();  // I5 to I9
[[nodiscard]] const std::vector<Break>& breaks_of_answers();  // I5, and what comes of an answer
[[nodiscard]] const std::vector<Break>& breaks_of_bytes();    // one byte of one record

}  // namespace jari::audit
