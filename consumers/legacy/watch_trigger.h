// consumers/legacy/watch_trigger.h — the SQL by which a database notes what clerks change in the
// table of a mapping, for `jari sync watch`.
//
// The mapping's names, values and condition stand in it as the file has them, quoted; `ours` is SQL
// already. Runs nothing.
//
// Errors:  BadArgument where the mapping does not tell what is booked and what is cancelled.
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "consumers/legacy/mapping.h"

namespace jari::legacy {

/// The table jari.changes, the function and the trigger, to be run once by the table's owner.
[[nodiscard]] Result<std::string> watch_sql(const Mapping& mapping);

/// What the mapping has no column for, of what a place taken by a clerk is asked for with: then
/// only what they cancel is noted.
[[nodiscard]] std::vector<std::string_view> unknown_of_taken(const Mapping& mapping);

/// Whether a row of the table is in that state of Jari's; true where no column says.
[[nodiscard]] std::string has_state_sql(const Mapping& mapping, const std::string& row,
                                        const std::string& state);
/// Whether a row of the table says what a row of jari.changes is asked for with.
[[nodiscard]] std::string is_as_asked_sql(const Mapping& mapping, const std::string& row,
                                          const std::string& change);

}  // namespace jari::legacy
