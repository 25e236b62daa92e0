#include "ops/jari/import_rows.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "consumers/api/routes.h"
#include "consumers/model/ids.h"
#include "engine/base/check.h"
#include "engine/http/json_writer.h"
#include "engine/http/target.h"
#include "ops/jari/business.h"

namespace jari::ops {
namespace {

using Form = ColumnForm;

constexpr std::array<Column, 8> kSites{{{"site", true, Form::Text, true},
                                        {"name"},
                                        {"region"},
                                        {"zone"},
                                        {"address", false},
                                        {"phone", false},
                                        {"latitude", false, Form::Bare},
                                        {"longitude", false, Form::Bare}}};
constexpr std::array<Column, 5> kSlots{{{"site", true, Form::Text, true},
                                        {"slot", true, Form::Text, true},
                                        {"starts_at"},
                                        {"length_seconds", true, Form::Bare},
                                        {"capacity", true, Form::Bare}}};
constexpr std::array<Column, 4> kStock{{{"site", true, Form::Text, true},
                                        {"product"},
                                        {"doses", true, Form::Bare},
                                        {"lost", false, Form::Bare}}};
constexpr std::array<Column, 6> kEligibility{{{"programme"},
                                              {"person"},
                                              {"cohort"},
                                              {"doses_done", false, Form::Bare},
                                              {"last_dose_on", false},
                                              {"last_product", false}}};

std::string_view pattern_of(ImportKind kind) {
  switch (kind) {
    case ImportKind::Sites:
      return "/v1/operator/sites/{site}";
    case ImportKind::Slots:
      return "/v1/operator/sites/{site}/slots/{slot}";
    case ImportKind::Stock:
      return "/v1/operator/sites/{site}/stock";
    case ImportKind::Eligibility:
      break;
  }
  return "/v1/operator/eligibility";
}

http::Method method_of(ImportKind kind) {
  const bool is_put = kind == ImportKind::Sites || kind == ImportKind::Slots;
  return is_put ? http::Method::Put : http::Method::Post;
}

const api::Route& route_of(ImportKind kind) {
  const auto& all = api::routes();
  const auto found = std::find_if(all.begin(), all.end(), [&](const api::Route& route) {
    return route.method == method_of(kind) && route.pattern == pattern_of(kind);
  });
  CHECK(found != all.end());
  return *found;
}

/// Whether JSON has the value as it stands; what is no number is sent as a text, so that the form
/// says what it must be.
bool is_bare(std::string_view value) {
  const auto document = http::parse_json(value);
  if (!document) return false;
  const http::JsonKind kind = document->root().kind();
  return kind == http::JsonKind::Integer || kind == http::JsonKind::Number ||
         kind == http::JsonKind::Bool;
}

/// The row's fields as members of an object: not those of the path, nor what all rows share.
void append_members(std::string& json, const ImportRows& file, const CsvRow& row) {
  bool is_first = true;
  for (const Column& column : columns_of(file.kind)) {
    const std::string_view value = value_of(file, row, column.name);
    if (value.empty() || column.is_in_path || column.name == "programme") continue;
    if (!is_first) json.push_back(',');
    is_first = false;
    json.append("\"").append(column.name).append("\":");
    if (column.form == Form::Bare && is_bare(value)) {
      json.append(value);
    } else {
      http::append_json_text(json, value);
    }
  }
}

std::string body_of(const ImportRows& file, const RowGroup& group) {
  std::string body = "{\"reason\":";
  http::append_json_text(body, file.reason);
  if (file.kind != ImportKind::Eligibility) {
    std::string members;
    append_members(members, file, *group.front());
    if (!members.empty()) body.append(",").append(members);
    return body + "}";
  }
  body.append(",\"programme\":");
  http::append_json_text(body, value_of(file, *group.front(), "programme"));
  body.append(",\"people\":[");
  for (const CsvRow* row : group) {
    body.append(row == group.front() ? "{" : ",{");
    append_members(body, file, *row);
    body.push_back('}');
  }
  return body + "]}";
}

std::string said(const api::Fault& fault) {
  std::string_view why = fault.detail;
  if (why.starts_with(fault.field + " ")) why.remove_prefix(fault.field.size() + 1);
  if (why.ends_with('.')) why.remove_suffix(1);
  const auto of_row = field_of_row(fault.field, 1);
  return (of_row ? of_row->field : fault.field) + ": " + std::string(why);
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
      std::string names;
      for (const Column& column : columns) {
        names.append(names.empty() ? "" : ",").append(column.name);
      }
      return Error{ErrorCode::BadBytes,
                   header.fields[at] + ": no such column; those known are " + names};
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

std::optional<std::string> wrong_with(const ImportRows& file, const CsvRow& row) {
  static const LogIdentity kAnyLog = new_identity(1, Instant{});  // for where records would go
  api::Call call;
  std::size_t captures = 0;
  for (const Column& column : columns_of(file.kind)) {
    const std::string_view value = value_of(file, row, column.name);
    const std::string name = std::string(column.name) + ": ";
    // Before the JSON is written, which would have something else instead.
    if (!http::is_utf8(value)) return name + "is not UTF-8";
    if (!column.is_in_path) continue;
    if (!is_id(value)) return name + "must be 1 to 64 of A-Z a-z 0-9 . _ : -";
    call.captures[captures++] = value;
  }
  const auto count = static_cast<std::size_t>(std::count_if(
      file.places.begin(), file.places.end(), [](const auto& place) { return place.has_value(); }));
  if (row.fields.size() > count) return "row: has more fields than the header";
  const auto document = http::parse_json(body_of(file, {&row}));
  CHECK(document.has_value());
  const http::JsonValue body = document->root();
  api::Asking asking{call, kAnyLog, &body};
  const auto fault = route_of(file.kind).prepare(asking);
  return fault ? std::optional<std::string>(said(*fault)) : std::nullopt;
}

std::string_view value_of(const ImportRows& file, const CsvRow& row, std::string_view name) {
  const auto columns = columns_of(file.kind);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& place = file.places[i];
    if (columns[i].name == name && place && *place < row.fields.size()) return row.fields[*place];
  }
  return {};
}

ImportCall call_for(const ImportRows& file, const RowGroup& group) {
  std::string target{pattern_of(file.kind)};
  for (const std::string_view name : {"site", "slot"}) {
    const std::string capture = "{" + std::string(name) + "}";
    const std::size_t at = target.find(capture);
    if (at == std::string::npos) continue;
    const std::string value = http::percent_encode(value_of(file, *group.front(), name));
    target.replace(at, capture.size(), value);
  }
  return {method_of(file.kind), target, body_of(file, group)};
}

std::optional<FieldOfRow> field_of_row(std::string_view field, std::size_t rows) {
  constexpr std::string_view kBegins = "people[";
  if (!field.starts_with(kBegins)) return std::nullopt;
  field.remove_prefix(kBegins.size());
  FieldOfRow found;
  const char* const all = field.data() + field.size();
  const auto [end, error] = std::from_chars(field.data(), all, found.row);
  if (error != std::errc{} || end == all || *end != ']' || found.row >= rows) return std::nullopt;
  field.remove_prefix(static_cast<std::size_t>(end - field.data()) + 1);
  if (field.starts_with('.')) field.remove_prefix(1);
  found.field = field.empty() ? "row" : field;
  return found;
}

}  // namespace jari::ops
