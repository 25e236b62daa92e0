// ops/jari/csv.h — rows of a CSV file (RFC 4180), each with the line it began on.
//
// Errors:  BadBytes with FILE:LINE for a quote that is not closed, or stands where none may.
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace jari::ops {

struct CsvRow {
  std::size_t line = 0;  // from 1
  std::vector<std::string> fields;
};

/// All rows that are not empty, the header first.
[[nodiscard]] Result<std::vector<CsvRow>> read_csv(const std::string& file, std::string_view text);

}  // namespace jari::ops
