#include "consumers/legacy/mapping.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <absl/time/time.h>

namespace jari::legacy {
namespace {

constexpr std::array<std::pair<std::string_view, Form>, 3> kForms{{
    {"local", Form::LocalTime},
    {"local-date", Form::LocalDate},
    {"local-time", Form::LocalTimeOfDay},
}};
constexpr std::array<std::string_view, 4> kStates{"booked", "cancelled", "attended", "missed"};
constexpr std::array<std::string_view, 3> kCancelledBy{"person", "operator", "withdrawal"};

const char* pattern_of(Form form) {
  switch (form) {
    case Form::LocalDate:
      return "%Y-%m-%d";
    case Form::LocalTimeOfDay:
      return "%H:%M:%S";
    case Form::AsItIs:
    case Form::LocalTime:
      break;
  }
  return "%Y-%m-%d %H:%M:%S";
}

Error wrong(const Column& column, std::string_view why) {
  return {ErrorCode::BadArgument, "column " + column.name + ": " + std::string{why}};
}

template <class Names>
Result<void> check_values(const Column& column, const Names& names) {
  for (const std::string_view name : names) {
    if (!column.values.contains(std::string{name})) {
      return wrong(column, "its values say nothing of " + std::string{name});
    }
  }
  return {};
}

Result<void> check_column(const Column& column) {
  if (column.name.empty()) return Error{ErrorCode::BadArgument, "a column without a name"};
  if (!column.field) return {};
  if (column.form != Form::AsItIs && *column.field != Field::StartsAt) {
    return wrong(column, "only starts_at has a local form");
  }
  if (column.values.empty()) return {};
  if (*column.field == Field::State) return check_values(column, kStates);
  if (*column.field == Field::CancelledBy) return check_values(column, kCancelledBy);
  return {};
}

Value value_of(const Column& column, const SyncDocument& document, std::string& refusal) {
  if (!column.field) return column.constant;
  const Value& said = document[*column.field];
  if (!said) return column.absent;
  if (column.form != Form::AsItIs) {
    absl::TimeZone zone;
    if (absl::LoadTimeZone(*document[Field::Zone], &zone)) {
      return absl::FormatTime(pattern_of(column.form), absl::FromUnixMillis(document.starts_at.ms),
                              zone);
    }
    refusal = "this machine's zone database does not have " + *document[Field::Zone];
    return std::nullopt;
  }
  if (column.values.empty()) return said;
  const auto value = column.values.find(*said);
  if (value != column.values.end()) return value->second;
  refusal = "the mapping has no value of column " + column.name + " for " + *said;
  return std::nullopt;
}

}  // namespace

std::optional<Form> parse_form(std::string_view name) {
  for (const auto& [text, form] : kForms) {
    if (text == name) return form;
  }
  return std::nullopt;
}

const Column* Mapping::plain(Field field) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
    return column.field == field && column.values.empty() && column.form == Form::AsItIs;
  });
  return found == columns.end() ? nullptr : &*found;
}

const Column& Mapping::key() const {
  const Column* const column = plain(Field::Appointment);
  CHECK(column != nullptr);
  return *column;
}

Result<void> check(const Mapping& mapping) {
  if (mapping.table.empty()) return Error{ErrorCode::BadArgument, "no table is named"};
  std::set<std::string_view> names;
  for (const Column& column : mapping.columns) {
    if (auto fits = check_column(column); !fits) return fits;
    if (!names.insert(column.name).second) return wrong(column, "stands there twice");
  }
  if (mapping.plain(Field::Appointment) != nullptr) return {};
  return Error{ErrorCode::BadArgument,
               "no column has the appointment's id as it is: it is the key by which rows are "
               "written again"};
}

Row row_of(const Mapping& mapping, const SyncDocument& document, std::string_view json) {
  Row row;
  row.appointment = *document[Field::Appointment];
  row.version = document.version;
  row.as_of = document.as_of;
  row.document = json;
  row.values.reserve(mapping.columns.size());
  for (const Column& column : mapping.columns) {
    row.values.push_back(value_of(column, document, row.refusal));
  }
  return row;
}

}  // namespace jari::legacy
