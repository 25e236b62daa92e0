// ops/jari/import_rows.h — the columns of each kind of file that can be imported, and what its rows
// ask of the service.
//
// Has no rules of its own for values: a row is checked by the very form that the service's route
// will read it with.
//
// Errors:  a wrong row says `field: why`.
// Threads: one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/request.h"
#include "ops/jari/csv.h"

namespace jari::ops {

enum class ColumnForm { Text, Bare };  // Bare: a number or a truth, which JSON has without quotes
struct Column {
  std::string_view name;
  bool is_required = true;  // in the header
  ColumnForm form = ColumnForm::Text;
  bool is_in_path = false;
};

inline constexpr std::size_t kPeopleInABatch = 1000;

enum class ImportKind { Sites, Slots, Stock, Eligibility };
[[nodiscard]] std::optional<ImportKind> parse_import_kind(std::string_view text);
[[nodiscard]] std::span<const Column> columns_of(ImportKind kind);

/// Which of the file's columns is which: indexes into a row, or nothing where it is absent. The
/// Error names a column that is missing or that nobody knows.
using ColumnPlaces = std::vector<std::optional<std::size_t>>;
[[nodiscard]] Result<ColumnPlaces> places_of(ImportKind kind, const CsvRow& header);

/// A file's rows, as they will be sent.
struct ImportRows {
  ImportKind kind{};
  ColumnPlaces places;
  std::vector<CsvRow> rows;
  std::string reason;
};

/// `field: why` of the first field that the service would refuse.
[[nodiscard]] std::optional<std::string> wrong_with(const ImportRows& file, const CsvRow& row);

/// The value of column `name`; empty where it is absent.
[[nodiscard]] std::string_view value_of(const ImportRows& file, const CsvRow& row,
                                        std::string_view name);

/// Rows that one call takes: one, or people of one programme.
using RowGroup = std::vector<const CsvRow*>;
struct ImportCall {
  http::Method method{};
  std::string target;
  std::string body;
};
[[nodiscard]] ImportCall call_for(const ImportRows& file, const RowGroup& group);

/// What a refusal's field says of a group: `people[7].person` is `person` of its eighth row.
/// Nothing where the field is of none of them, so that the whole group is refused.
struct FieldOfRow {
  std::size_t row = 0;
  std::string field;
};
[[nodiscard]] std::optional<FieldOfRow> field_of_row(std::string_view field, std::size_t rows);

}  // namespace jari::ops
