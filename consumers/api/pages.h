// consumers/api/pages.h — `next` and `after`: where a page of a list ended, as text.
//
// Opaque to whoever carries it; a text of another list is none.
//
// Errors:  parse functions give nothing for what was not made here.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace jari::api {

/// Which list: a page of one is no page of another.
enum class ListKind : char {
  Sites = 's',
  Slots = 'l',
  Availability = 'v',
  Day = 'd',
  DeadLetters = 'x',
};

[[nodiscard]] std::string page_text(ListKind kind, std::string_view last);
[[nodiscard]] std::optional<std::string> parse_page(ListKind kind, std::string_view text);

/// A row that is ordered by (at, id).
struct PagePlace {
  Instant at;
  std::string id;
};
[[nodiscard]] std::string place_text(ListKind kind, Instant at, std::string_view id);
[[nodiscard]] std::optional<PagePlace> parse_place(ListKind kind, std::string_view text);

}  // namespace jari::api
