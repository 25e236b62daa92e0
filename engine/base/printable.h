// engine/base/printable.h — text for people: that of others on a terminal, without what would move
// its cursor or begin a new line; large numbers.
//
// Knows UTF-8 and control characters, no other script's ways.
//
// Errors:  none; bytes that are no UTF-8 are shown by their number.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jari {

/// Whether a character of `text` is a control (C0, DEL, C1), or ends a line (U+2028, U+2029).
[[nodiscard]] bool has_control(std::string_view text);

/// `text` on one line: each such character, and each byte that is no UTF-8, as `\x1b` or `\u2028`.
[[nodiscard]] std::string printable(std::string_view text);

/// 1234567 as `1,234,567`.
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace jari
