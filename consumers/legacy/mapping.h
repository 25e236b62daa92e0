// consumers/legacy/mapping.h — Mapping: which column of an existing table shows what of an
// appointment, and the row that a document becomes.
//
// Knows no SQL: names and values are texts, the database makes its own types of them.
//
// Units:   versions only grow.
// Errors:  check() says what a mapping lacks; a document that it has no value for becomes a row
//          with a refusal.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/legacy/document.h"

namespace jari::legacy {

/// How a moment is written. The local ones are what a clock at the site shows.
enum class Form : std::uint8_t {
  AsItIs = 1,     // `2026-03-02T14:00:00.000Z`
  LocalTime,      // `2026-03-02 09:00:00`
  LocalDate,      // `2026-03-02`
  LocalTimeOfDay  // `09:00:00`
};
[[nodiscard]] std::optional<Form> parse_form(std::string_view name);  // `local-date`

struct Column {
  std::string name;
  std::optional<Field> field;  // none: always `constant`
  std::string constant = {};
  Form form = Form::AsItIs;
  std::map<std::string, std::string> values = {};  // what stands for what; empty: as it is
  std::optional<std::string> absent = {};          // where the document has none; nothing: NULL
};

struct Mapping {
  std::string table;  // `appointments`, `booking.appointments`
  std::vector<Column> columns;
  std::string ours;  // a condition in SQL: which rows are Jari's; empty: all

  /// The column that has the appointment's id, plainly. There is one once check() has passed.
  [[nodiscard]] const Column& key() const;
  /// The column that has `field` as it is.
  [[nodiscard]] const Column* plain(Field field) const;
};

/// BadArgument: what is missing or contradicts itself.
[[nodiscard]] Result<void> check(const Mapping& mapping);

using Value = std::optional<std::string>;

/// A document as the table is to show it.
struct Row {
  std::string appointment;
  std::uint32_t version = 0;
  Instant as_of;
  std::vector<Value> values;             // one for each column
  std::string document;                  // the JSON it was made of
  std::string refusal;                   // why no row can be made, or was taken; empty: it can
  std::string refusal_code = "mapping";  // or the database's
};
[[nodiscard]] Row row_of(const Mapping& mapping, const SyncDocument& document,
                         std::string_view json);

}  // namespace jari::legacy
