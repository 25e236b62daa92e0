#include "consumers/api/zones.h"

#include <algorithm>

#include <absl/time/time.h>

namespace jari::api {
namespace {

// The library takes more than names of the database: paths, "localtime", "libc:…", "Fixed/UTC…".
bool looks_like_a_name(std::string_view name) {
  const auto is_of_alphabet = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= 64 && name.front() >= 'A' && name.front() <= 'Z' &&
         !name.starts_with("Fixed/") && std::all_of(name.begin(), name.end(), is_of_alphabet);
}

std::optional<absl::TimeZone> zone_of(std::string_view name) {
  absl::TimeZone zone;
  if (!looks_like_a_name(name) || !absl::LoadTimeZone({name.data(), name.size()}, &zone))
    return std::nullopt;
  return zone;
}

}  // namespace

bool is_zone(std::string_view name) {
  return zone_of(name).has_value();
}

std::optional<Day> local_day(std::string_view zone, Instant at) {
  const auto known = zone_of(zone);
  if (!known) return std::nullopt;
  const auto day = absl::ToCivilDay(absl::FromUnixMillis(at.ms), *known);
  return Day{static_cast<std::int32_t>(day - absl::CivilDay(1970, 1, 1))};
}

}  // namespace jari::api
