// ops/jari/import_rows.h — the columns of each kind of file that can be imported, and what a row of
// it asks of the service.
//
// Errors:  a wrong row says `field: why`.
// Threads: one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/jari/csv.h"

namespace jari::ops {

enum class ColumnForm { Id, Text, Integer, Instant, Day, Decimal, Truth };
struct Column {
  std::string_view name;
  ColumnForm form = ColumnForm::Text;
  bool is_required = true;
  std::int64_t min = 0;  // of an Integer
  std::int64_t max = 0;
};

enum class ImportKind { Sites, Slots, Stock, Eligibility };
[[nodiscard]] std::optional<ImportKind> parse_import_kind(std::string_view text);
[[nodiscard]] std::span<const Column> columns_of(ImportKind kind);

/// Which of the file's columns is which: indexes into a row, or nothing where it is absent. The
/// Error names a column that is missing or that nobody knows.
using ColumnPlaces = std::vector<std::optional<std::size_t>>;
[[nodiscard]] Result<ColumnPlaces> places_of(ImportKind kind, const CsvRow& header);

/// `field: why` of the first field that is wrong.
[[nodiscard]] std::optional<std::string> wrong_with(ImportKind kind, const ColumnPlaces& places,
                                                    const CsvRow& row);

/// The value of column `name`; empty where it is absent.
[[nodiscard]] std::string_view value_of(ImportKind kind, const ColumnPlaces& places,
                                        const CsvRow& row, std::string_view name);

/// The row's fields as members of a JSON object, those named in `without` left out.
void append_members(std::string& json, ImportKind kind, const ColumnPlaces& places,
                    const CsvRow& row, std::span<const std::string_view> without);

}  // namespace jari::ops
