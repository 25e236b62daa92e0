#include "ops/jari/import_rows.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "consumers/model/ids.h"
#include "engine/http/json_writer.h"

namespace jari::ops {
namespace {

using Form = ColumnForm;

constexpr std::array<Column, 8> kSites{{{"site", Form::Id},
                                        {"name"},
                                        {"region"},
                                        {"zone"},
                                        {"address", Form::Text, false},
                                        {"phone", Form::Text, false},
                                        {"latitude", Form::Decimal, false},
                                        {"longitude", Form::Decimal, false}}};
constexpr std::array<Column, 5> kSlots{{{"site", Form::Id},
                                        {"slot", Form::Id},
                                        {"starts_at", Form::Instant},
                                        {"length_seconds", Form::Integer, true, 60, 86'400},
                                        {"capacity", Form::Integer, true, 0, 1'000'000}}};
constexpr std::array<Column, 4> kStock{{{"site", Form::Id},
                                        {"product", Form::Id},
                                        {"doses", Form::Integer, true, -10'000'000, 10'000'000},
                                        {"lost", Form::Truth, false}}};
constexpr std::array<Column, 6> kEligibility{{{"programme", Form::Id},
                                              {"person", Form::Id},
                                              {"cohort", Form::Id},
                                              {"doses_done", Form::Integer, false, 0, 255},
                                              {"last_dose_on", Form::Day, false},
                                              {"last_product", Form::Id, false}}};

bool is_integer(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const bool good_whole = !whole.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
                          (whole.size() == 1 || whole[0] != '0');
  if (point == std::string_view::npos) return good_whole;
  const std::string_view part = text.substr(point + 1);
  return good_whole && !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
}

std::optional<std::string> wrong_value(const Column& column, std::string_view value) {
  if (value.empty()) {
    return column.is_required ? std::optional<std::string>("must not be empty") : std::nullopt;
  }
  std::int64_t number = 0;
  switch (column.form) {
    case Form::Id:
      if (!is_id(value)) return "is not an id (1 to 64 of A-Z a-z 0-9 . _ : -)";
      break;
    case Form::Integer:
      if (!is_integer(value, number) || number < column.min || number > column.max) {
        return "must be a whole number from " + std::to_string(column.min) + " to " +
               std::to_string(column.max);
      }
      break;
    case Form::Instant:
      if (!parse_instant(value)) return "must be a time such as 2021-07-12T11:00:00Z";
      break;
    case Form::Day:
      if (!parse_day(value)) return "must be a date such as 2021-07-12";
      break;
    case Form::Decimal:
      if (!is_decimal(value)) return "must be a number such as 37.5665";
      break;
    case Form::Truth:
      if (value != "true" && value != "false") return "must be true or false";
      break;
    case Form::Text:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImportKind> parse_import_kind(std::string_view text) {
  if (text == "sites") return ImportKind::Sites;
  if (text == "slots") return ImportKind::Slots;
  if (text == "stock") return ImportKind::Stock;
  if (text == "eligibility") return ImportKind::Eligibility;
  return std::nullopt;
}

std::span<const Column> columns_of(ImportKind kind) {
  switch (kind) {
    case ImportKind::Sites:
      return kSites;
    case ImportKind::Slots:
      return kSlots;
    case ImportKind::Stock:
      return kStock;
    case ImportKind::Eligibility:
      break;
  }
  return kEligibility;
}

Result<ColumnPlaces> places_of(ImportKind kind, const CsvRow& header) {
  const auto columns = columns_of(kind);
  ColumnPlaces places(columns.size());
  for (std::size_t at = 0; at < header.fields.size(); ++at) {
    const auto known = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
      return column.name == header.fields[at];
    });
    if (known == columns.end()) {
      return Error{ErrorCode::BadBytes, header.fields[at] + ": no such column is known here"};
    }
    auto& place = places[static_cast<std::size_t>(known - columns.begin())];
    if (place) return Error{ErrorCode::BadBytes, header.fields[at] + ": the column stands twice"};
    place = at;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].is_required && !places[i]) {
      return Error{ErrorCode::BadBytes, std::string(columns[i].name) + ": the column is missing"};
    }
  }
  return places;
}

std::optional<std::string> wrong_with(ImportKind kind, const ColumnPlaces& places,
                                      const CsvRow& row) {
  const auto columns = columns_of(kind);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view value =
        places[i] && *places[i] < row.fields.size() ? row.fields[*places[i]] : std::string_view{};
    if (const auto why = wrong_value(columns[i], value)) {
      return std::string(columns[i].name) + ": " + *why;
    }
  }
  const auto count = static_cast<std::size_t>(
      std::count_if(places.begin(), places.end(), [](const auto& place) { return place; }));
  if (row.fields.size() > count) return "row: has more fields than the header";
  return std::nullopt;
}

std::string_view value_of(ImportKind kind, const ColumnPlaces& places, const CsvRow& row,
                          std::string_view name) {
  const auto columns = columns_of(kind);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name && places[i] && *places[i] < row.fields.size()) {
      return row.fields[*places[i]];
    }
  }
  return {};
}

void append_members(std::string& json, ImportKind kind, const ColumnPlaces& places,
                    const CsvRow& row, std::span<const std::string_view> without) {
  bool is_first = true;
  for (const Column& column : columns_of(kind)) {
    const std::string_view value = value_of(kind, places, row, column.name);
    if (value.empty() || std::find(without.begin(), without.end(), column.name) != without.end()) {
      continue;
    }
    if (!is_first) json.push_back(',');
    is_first = false;
    json.append("\"").append(column.name).append("\":");
    if (column.form == Form::Integer || column.form == Form::Decimal ||
        column.form == Form::Truth) {
      json.append(value);
    } else {
      http::append_json_text(json, value);
    }
  }
}

}  // namespace jari::ops
