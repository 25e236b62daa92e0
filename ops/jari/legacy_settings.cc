#include "ops/jari/legacy_settings.h"

#include <limits>
#include <optional>

#include <toml++/toml.h>

#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

/// Thrown within this file only: the first thing that is wrong ends the reading.
struct Wrong {
  std::string what;
};

[[noreturn]] void refuse(const toml::node& node, const std::string& what) {
  throw Wrong{std::to_string(node.source().begin.line) + ": " + what};
}

const toml::table& table_of(const toml::node& node, std::string_view name) {
  const auto* const table = node.as_table();
  if (table == nullptr) refuse(node, std::string{name} + " must be a table");
  return *table;
}

std::string text_of(const toml::node& node, std::string_view name) {
  const auto text = node.value_exact<std::string>();
  if (!text) refuse(node, std::string{name} + " must be a text");
  return *text;
}

std::uint32_t count_of(const toml::node& node, std::string_view name, std::uint32_t least) {
  const auto number = node.value_exact<std::int64_t>();
  const bool is_good =
      number && *number >= least && *number <= std::numeric_limits<std::int32_t>::max();
  if (!is_good) {
    refuse(node,
           std::string{name} + " must be a whole number of at least " + std::to_string(least));
  }
  return static_cast<std::uint32_t>(*number);
}

legacy::Field field_of(const toml::node& node) {
  const std::string name = text_of(node, "field");
  const auto field = legacy::parse_field(name);
  if (!field) refuse(node, "a document of sync has no field " + name);
  return *field;
}

void take_detail(legacy::Column& column, std::string_view key, const toml::node& node) {
  if (key == "field") {
    column.field = field_of(node);
  } else if (key == "constant") {
    column.constant = text_of(node, key);
  } else if (key == "absent") {
    column.absent = text_of(node, key);
  } else if (key == "form") {
    const auto form = legacy::parse_form(text_of(node, key));
    if (!form) refuse(node, "form must be local, local-date or local-time");
    column.form = *form;
  } else if (key == "values") {
    for (const auto& [name, value] : table_of(node, key)) {
      column.values[std::string{name.str()}] = text_of(value, name.str());
    }
  } else {
    refuse(node, "a column has no " + std::string{key} +
                     "; it has field, constant, form, values, absent");
  }
}

legacy::Column column_of(std::string_view name, const toml::node& node) {
  legacy::Column column;
  column.name = name;
  if (node.is_string()) {
    column.field = field_of(node);
    return column;
  }
  const auto& details = table_of(node, name);
  for (const auto& [key, value] : details) take_detail(column, key.str(), value);
  if (details.contains("field") == details.contains("constant")) {
    refuse(node, "column " + column.name + " needs either a field or a constant");
  }
  return column;
}

void take_pace(legacy::PaceSettings& pace, const toml::table& table) {
  for (const auto& [key, node] : table) {
    if (key == "rows_per_second") {
      pace.rows_per_second = count_of(node, key.str(), 0);
    } else if (key == "batch_rows") {
      pace.batch_rows = count_of(node, key.str(), 1);
    } else if (key == "answer_ms") {
      pace.answer_max = milliseconds{count_of(node, key.str(), 1)};
    } else if (key == "hours" && node.is_array()) {
      for (const auto& one : *node.as_array()) {
        const auto hours = legacy::parse_hours(text_of(one, key.str()));
        if (!hours) refuse(one, "hours must be texts such as \"22:00-06:00\"");
        pace.hours.push_back(*hours);
      }
    } else {
      refuse(node, "[pace] takes rows_per_second, batch_rows, answer_ms and a list of hours");
    }
  }
}

LegacySettings settings_of(const toml::table& file) {
  LegacySettings settings;
  for (const auto& [key, node] : file) {
    if (key == "database") {
      settings.database = text_of(node, key.str());
    } else if (key == "table") {
      settings.mapping.table = text_of(node, key.str());
    } else if (key == "ours") {
      settings.mapping.ours = text_of(node, key.str());
    } else if (key == "columns") {
      for (const auto& [name, column] : table_of(node, key.str())) {
        settings.mapping.columns.push_back(column_of(name.str(), column));
      }
    } else if (key == "pace") {
      take_pace(settings.pace, table_of(node, key.str()));
    } else {
      refuse(node, "there is no setting " + std::string{key.str()});
    }
  }
  if (auto fits = legacy::check(settings.mapping); !fits) throw Wrong{" " + fits.error().detail};
  return settings;
}

}  // namespace

Result<LegacySettings> parse_legacy_settings(std::string_view toml, const std::string& name) {
  try {
    return settings_of(toml::parse(toml, name));
  } catch (const toml::parse_error& wrong) {
    return Error{ErrorCode::BadArgument, name + ":" + std::to_string(wrong.source().begin.line) +
                                             ": " + std::string{wrong.description()}};
  } catch (const Wrong& wrong) {
    return Error{ErrorCode::BadArgument, name + ":" + wrong.what};
  }
}

Result<LegacySettings> read_legacy_settings(const std::string& file) {
  const auto text = read_text_file(file);
  if (!text) return text.error();
  return parse_legacy_settings(*text, file);
}

}  // namespace jari::ops
