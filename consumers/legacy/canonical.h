// consumers/legacy/canonical.h — what a column shows as a text that both sides can make: the table
// of its value, we of the document. Rows are equal where these are.
//
// Units:   times to the second.
// Errors:  a column whose type rounds or hides what was written is left out.
// Threads: pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/legacy/mapping.h"

namespace jari::legacy {

enum class Kind : std::uint8_t { Text = 1, Date, TimeOfDay, Time };

/// A column that is compared: its place in the mapping, how, and the SQL of its text.
struct Compared {
  std::size_t column = 0;
  Kind kind = Kind::Text;
  std::string sql;
  std::map<std::string, std::string> shown = {};  // what its type makes of what is written: 01 is 1
};
/// `type` as format_type() has it with its precision: `timestamp(0) without time zone`.
[[nodiscard]] std::optional<Compared> compared(const Mapping& mapping, std::size_t column,
                                               std::string_view type);

/// The text that the table would show.
[[nodiscard]] std::string canonical_text(Kind kind, std::string_view value);

/// Of all compared columns of a row: 64 bits of SHA-256 over the texts, joined.
[[nodiscard]] std::uint64_t row_hash(const std::vector<Compared>& columns, const Row& row);
[[nodiscard]] std::string row_hash_sql(const std::vector<Compared>& columns);

/// Which site and day a row is counted under; `site day`.
[[nodiscard]] std::string group_of(const Mapping& mapping, const std::vector<Compared>& columns,
                                   const Row& row);
[[nodiscard]] std::string group_sql(const Mapping& mapping, const std::vector<Compared>& columns);

}  // namespace jari::legacy
