#include <algorithm>
#include <charconv>

#include "consumers/api/pages.h"
#include "consumers/api/routes.h"
#include "engine/http/target.h"

namespace jari::api {
namespace {

constexpr std::size_t kPageMax = 1000;
constexpr std::int64_t kWaitSecondsMax = 30;
constexpr std::size_t kTimeCharsMax = 40;
constexpr std::size_t kAfterBytesMax = 400;

Fault fault_of(std::string_view name, std::string_view must) {
  return {Code::InvalidRequest, std::string(name),
          std::string(name) + " " + std::string(must) + "."};
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<AppointmentState> parse_state(std::string_view text) {
  for (const auto state : {AppointmentState::Booked, AppointmentState::Cancelled,
                           AppointmentState::Attended, AppointmentState::Missed}) {
    if (to_text(state) == text) return state;
  }
  return std::nullopt;
}

std::optional<Fault> read_id(std::string_view name, std::string_view value, std::string& out) {
  if (!is_id(value)) return fault_of(name, "must be 1 to 64 of A-Z a-z 0-9 . _ : -");
  out = value;
  return std::nullopt;
}

std::optional<Fault> read_time(std::string_view name, std::string_view value,
                               std::optional<Instant>& out) {
  out = value.size() <= kTimeCharsMax ? parse_instant(value) : std::nullopt;
  if (out) return std::nullopt;
  return fault_of(name, "must be a time as RFC 3339 has it, such as 2021-07-12T11:00:00.000Z");
}

std::optional<Fault> read_parameter(std::string_view name, const std::string& value,
                                    Search& search) {
  if (name == "product") return read_id(name, value, search.product);
  if (name == "slot") return read_id(name, value, search.slot);
  if (name == "from") return read_time(name, value, search.from);
  if (name == "to") return read_time(name, value, search.to);
  if (name == "region") {
    search.region = value;
    if (fits(value, {1, 64})) return std::nullopt;
    return fault_of(name, "must be 1 to 64 characters");
  }
  if (name == "state") {
    search.state = parse_state(value);
    if (search.state) return std::nullopt;
    return fault_of(name, "must be booked, cancelled, attended or missed");
  }
  if (name == "after") {
    search.after = value;
    if (!value.empty() && value.size() <= kAfterBytesMax) return std::nullopt;
    return fault_of(name, "must be `next` of the page before");
  }
  const auto number = parse_count(value);
  if (name == "limit") {
    if (!number || *number < 1 || *number > static_cast<std::int64_t>(kPageMax)) {
      return fault_of(name, "must be an integer from 1 to 1000");
    }
    search.limit = static_cast<std::size_t>(*number);
    return std::nullopt;
  }
  if (!number || *number > kWaitSecondsMax) {
    return fault_of(name, "must be an integer from 0 to 30");
  }
  search.wait = seconds{*number};
  return std::nullopt;
}

}  // namespace

std::optional<Fault> read_search(std::string_view query, const Route& route, Search& search) {
  if (query.empty()) return std::nullopt;
  const auto parsed = http::Query::parse(query);
  if (!parsed) return Fault{Code::InvalidRequest, "query", "The query cannot be read."};
  for (const auto& [name, value] : parsed->parameters()) {
    if (std::find(route.parameters.begin(), route.parameters.end(), name) ==
        route.parameters.end()) {
      return fault_of(std::string_view{name}.substr(0, 100), "is no parameter of this call");
    }
    if (parsed->count(name) > 1) return fault_of(name, "must be given once");
    if (name == "appointments") {  // of a withdrawal: what becomes of who is booked
      if (value != "keep" && value != "cancel") return fault_of(name, "must be keep or cancel");
      search.after = value;
      continue;
    }
    if (auto fault = read_parameter(name, value, search)) return fault;
  }
  if (search.from && search.to && *search.to <= *search.from) {
    return fault_of("to", "must be after from");
  }
  return std::nullopt;
}

}  // namespace jari::api
