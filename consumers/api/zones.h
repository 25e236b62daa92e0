// consumers/api/zones.h — IANA time zones: whether there is one, and which date it is there.
//
// The only place that reads the zone database; decisions get a Day and never ask.
//
// Errors:  nothing for a name that the machine's zone database does not have.
// Threads: any; zones once loaded stay in memory.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace jari::api {

[[nodiscard]] bool is_zone(std::string_view name);
/// The date of `at` in the zone.
[[nodiscard]] std::optional<Day> local_day(std::string_view zone, Instant at);

}  // namespace jari::api
