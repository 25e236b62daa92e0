// tests/engine/store/numbered_batches.h — batches of which the rows that they leave tell how many
// there were: whether a disk has a prefix of them.
//
// Errors:  rows that cannot be loaded stop the test (CHECK), where they must be.
// Threads: free functions.
#pragma once

#include <map>
#include <string>

#include "engine/base/check.h"
#include "engine/store/state_disk.h"

namespace jari {

using NumberedRows = std::map<std::string, std::string>;

/// Batch `number` writes and erases ten rows that many other batches write too, and its number.
template <class Put, class Erase>
void for_batch(std::uint64_t number, Put&& put, Erase&& erase) {
  put("number", std::to_string(number));
  for (std::uint64_t j = 0; j < 10; ++j) {
    const std::string key = std::to_string(number % 57) + "-" + std::to_string(j);
    if ((number + j) % 4 == 0) {
      erase(key);
    } else {
      put(key, std::to_string(number) + std::string(100, '.'));
    }
  }
}

[[nodiscard]] inline StateBatch numbered_batch(std::uint64_t number) {
  StateBatch batch;
  batch.of({1, 2});
  for_batch(
      number, [&](const std::string& key, const std::string& row) { batch.put(5, key, row); },
      [&](const std::string& key) { batch.erase(5, key); });
  return batch;
}

/// What the batches up to this one leave.
[[nodiscard]] inline NumberedRows rows_after(std::uint64_t last) {
  NumberedRows rows;
  for (std::uint64_t number = 1; number <= last; ++number) {
    for_batch(
        number, [&](const std::string& key, const std::string& row) { rows[key] = row; },
        [&](const std::string& key) { rows.erase(key); });
  }
  return rows;
}

/// The rows that a disk has, or why they cannot be had.
[[nodiscard]] inline Result<NumberedRows> load_rows_of(StateDisk& disk) {
  NumberedRows rows;
  const auto loaded = disk.load(
      [&](PartitionRef, std::uint8_t, std::string_view key, std::string_view row) -> Result<void> {
        rows.emplace(key, row);
        return {};
      });
  if (!loaded) return loaded.error();
  return rows;
}
[[nodiscard]] inline NumberedRows rows_of(StateDisk& disk) {
  auto rows = load_rows_of(disk);
  CHECK(rows.has_value());
  return std::move(rows).value();
}

/// The last batch that these rows know of.
[[nodiscard]] inline std::uint64_t number_in(const NumberedRows& rows) {
  const auto at = rows.find("number");
  return at == rows.end() ? 0 : std::stoull(at->second);
}

}  // namespace jari
