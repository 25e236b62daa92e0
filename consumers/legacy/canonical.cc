#include "consumers/legacy/canonical.h"

#include <algorithm>

#include "consumers/legacy/statements.h"
#include "engine/base/hash.h"

namespace jari::legacy {
namespace {

constexpr std::size_t kDateSize = 10;    // `2026-03-02`
constexpr std::size_t kTimeBegins = 11;  // of `2026-03-02 09:00:00` and of `2026-03-02T09:00:00Z`
constexpr std::size_t kTimeSize = 8;
constexpr char kBetween = '\x1f';
constexpr std::string_view kNothing = "\x1e";

std::string named(const Mapping& mapping, std::size_t column) {
  return "t." + quoted(mapping.columns[column].name);
}

const Compared* find(const Mapping& mapping, const std::vector<Compared>& columns, Field field) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Compared& one) {
    return mapping.columns[one.column].field == field &&
           (field != Field::StartsAt || one.kind != Kind::TimeOfDay);
  });
  return found == columns.end() ? nullptr : &*found;
}

std::string shown_by(const Compared& compared, const Row& row) {
  const Value& value = row.values[compared.column];
  if (!value) return std::string{kNothing};
  const auto shown = compared.shown.find(*value);
  return canonical_text(compared.kind, shown == compared.shown.end() ? *value : shown->second);
}

}  // namespace

std::optional<Compared> compared(const Mapping& mapping, std::size_t column,
                                 std::string_view type) {
  const std::string name = named(mapping, column);
  if (type == "date") return Compared{column, Kind::Date, "to_char(" + name + ", 'YYYY-MM-DD')"};
  if (type == "time without time zone") {
    return Compared{column, Kind::TimeOfDay, "to_char(" + name + ", 'HH24:MI:SS')"};
  }
  constexpr std::string_view kPattern = ", 'YYYY-MM-DD HH24:MI:SS')";
  if (type == "timestamp without time zone") {
    return Compared{column, Kind::Time, "to_char(" + name + std::string{kPattern}};
  }
  if (type == "timestamp with time zone") {
    return Compared{column, Kind::Time,
                    "to_char(" + name + " AT TIME ZONE 'UTC'" + std::string{kPattern}};
  }
  const bool is_rounded = type.starts_with("time") || type == "real" ||
                          type == "double precision" || type.starts_with("numeric(");
  if (is_rounded) return std::nullopt;
  return Compared{column, Kind::Text, "rtrim(" + name + "::text)"};
}

std::string canonical_text(Kind kind, std::string_view value) {
  switch (kind) {
    case Kind::Date:
      return std::string{value.substr(0, kDateSize)};
    case Kind::TimeOfDay:
      return std::string{value.size() > kTimeSize
                             ? value.substr(std::min(value.size(), kTimeBegins), kTimeSize)
                             : value};
    case Kind::Time: {
      const std::string time = value.size() > kTimeBegins
                                   ? std::string{value.substr(kTimeBegins, kTimeSize)}
                                   : "00:00:00";
      return std::string{value.substr(0, kDateSize)} + " " + time;
    }
    case Kind::Text:
      break;
  }
  const std::size_t end = value.find_last_not_of(' ');
  return std::string{value.substr(0, end == std::string_view::npos ? 0 : end + 1)};
}

std::uint64_t row_hash(const std::vector<Compared>& columns, const Row& row) {
  std::string joined;
  for (const Compared& one : columns) joined += shown_by(one, row) + kBetween;
  const Sha256 hash = sha256(bytes_of(joined));
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < sizeof first; ++i) {
    first = first << 8 | std::to_integer<std::uint64_t>(hash[i]);
  }
  return first;
}

std::string row_hash_sql(const std::vector<Compared>& columns) {
  std::string joined;
  for (const Compared& one : columns) {
    joined += (joined.empty() ? "" : " || ") + ("coalesce(" + one.sql) + ", chr(30)) || chr(31)";
  }
  return "('x' || substr(encode(sha256(convert_to(" + joined +
         ", 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint";
}

std::string group_of(const Mapping& mapping, const std::vector<Compared>& columns, const Row& row) {
  const Compared* const site = find(mapping, columns, Field::Site);
  const Compared* const day = find(mapping, columns, Field::StartsAt);
  return (site == nullptr ? "" : shown_by(*site, row)) + " " +
         (day == nullptr ? "" : shown_by(*day, row).substr(0, kDateSize));
}

std::string group_sql(const Mapping& mapping, const std::vector<Compared>& columns) {
  const Compared* const site = find(mapping, columns, Field::Site);
  const Compared* const day = find(mapping, columns, Field::StartsAt);
  const std::string size = std::to_string(kDateSize);
  return (site == nullptr ? "''" : "coalesce(" + site->sql + ", chr(30))") + " || ' ' || " +
         (day == nullptr ? "''" : "left(coalesce(" + day->sql + ", chr(30)), " + size + ")");
}

}  // namespace jari::legacy
