// consumers/settings/programme_table.h — the programmes as one partition knows them.
//
// Every partition of queue, bookings and inventory, and the one of programmes, keeps the whole
// settings of each programme at the version it has applied; decisions look here and nowhere else.
// Decides nothing itself, and never asks anybody.
//
// Units:   Instant in ms; intervals in days; hold and rebook in seconds.
// Errors:  none.
// Threads: belongs to one partition worker. Pointers to rows die at the next apply().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/container/btree_map.h>

#include "consumers/model/programme_records.h"
#include "engine/store/table.h"

namespace jari::settings {

struct ProgrammeKey {
  Name programme;
  bool operator==(const ProgrammeKey&) const = default;
  JARI_FIELDS(ProgrammeKey, programme)
};

/// [opens_at, closes_at) of one cohort.
struct WindowRow {
  Name cohort;
  Instant opens_at;
  Instant closes_at;
  JARI_FIELDS(WindowRow, cohort, opens_at, closes_at)
};

struct ProductRow {
  Name product;
  std::uint8_t doses = 1;
  std::int32_t interval_days_min = 0;
  std::int32_t interval_days_max = kNoLatestDay;
  std::vector<Name> follows;
  JARI_FIELDS(ProductRow, product, doses, interval_days_min, interval_days_max, follows)
};

struct ProgrammeRow {
  std::uint32_t version = 0;
  std::string name;
  Name queue;  // empty: no admission is needed
  std::vector<WindowRow> cohorts;
  std::vector<ProductRow> products;
  std::uint32_t active_appointments_max = 1;
  std::uint32_t hold_seconds = 0;
  std::uint32_t rebook_seconds = kRebookSecondsDefault;
  JARI_FIELDS(ProgrammeRow, version, name, queue, cohorts, products, active_appointments_max,
              hold_seconds, rebook_seconds)
};

/// The window of `cohort` that holds `at`: the one that closes last. nullptr: none is open.
[[nodiscard]] const WindowRow* window_of(const ProgrammeRow& programme, Name cohort, Instant at);
/// The earliest opening of `cohort` after `at`.
[[nodiscard]] std::optional<Instant> next_opening(const ProgrammeRow& programme, Name cohort,
                                                  Instant at);
/// nullptr: the programme has no such product.
[[nodiscard]] const ProductRow* product_of(const ProgrammeRow& programme, Name product);
/// Whether a dose of `product` may come after one of `before`: the same, or one it follows.
[[nodiscard]] bool may_follow(const ProductRow& product, Name before);

class ProgrammeTable {
 public:
  /// `table`: the number of the one table it keeps, out of its owner's range.
  ProgrammeTable(Store& store, std::uint8_t table) : store_(store), rows_(store, table) {}

  /// Takes the whole settings at `settings.version`. False, and nothing changes, where that or a
  /// later version stands already.
  bool apply(const ProgrammeConfigured& settings);

  [[nodiscard]] const ProgrammeRow* find(Name programme) const { return rows_.find({programme}); }
  [[nodiscard]] const ProgrammeRow* find(ProgrammeId programme) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// The settings of a row of ours as a record: every field set, with its version. Views are of
  /// the store and of the row.
  [[nodiscard]] ProgrammeConfigured settings_of(Name programme, const ProgrammeRow& row) const;
  /// In the order of their texts.
  [[nodiscard]] const absl::btree_map<std::string_view, Name>& by_text() const { return by_text_; }

  /// Makes the index again after loading.
  void rebuild();

 private:
  Store& store_;
  Table<ProgrammeKey, ProgrammeRow> rows_;
  absl::btree_map<std::string_view, Name> by_text_;
};

}  // namespace jari::settings
