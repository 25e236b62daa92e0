// engine/store/packed_table.h — PackedTable: as a Table (table.h), for rows that are many, written
// once or twice and seldom read.
//
// A row which leaves most of its fields empty costs what it says (packed_row.h). Reading unpacks
// it: rows are given by value. The hash that the digest has of a row is not kept: it is taken again
// when the row changes or goes.
//
// Units:   the key is a struct of one field, `hash`, and a hash already; the row holds numbers,
//          hashes and names. Digest and stored form are those of a Table of the same structs.
// Errors:  taking a row that is not there is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <optional>
#include <vector>

#include "engine/store/packed_rows.h"
#include "engine/store/row_form.h"
#include "engine/store/store.h"

namespace jari {

template <HasFields Key, HasFields Row>
class PackedTable final : public StoredTable {
 public:
  PackedTable(Store& store, std::uint8_t number) : store_(store), number_(number) {
    store.attach(number, *this);
  }

  [[nodiscard]] std::optional<Row> find(const Key& key) const {
    const CellNo cell = cell_of(key);
    return cell == 0 ? std::nullopt : std::optional{row_at(cell)};
  }
  [[nodiscard]] bool contains(const Key& key) const { return cell_of(key) != 0; }
  [[nodiscard]] std::size_t size() const override { return rows_.size(); }
  void prefetch(const Key& key) const { rows_.prefetch(key); }

  /// Where the row of `key` is, until it changes or goes; 0 where there is none.
  [[nodiscard]] CellNo cell_of(const Key& key) const { return rows_.cell_of(key); }
  [[nodiscard]] Key key_at(CellNo cell) const { return rows_.key_at(cell); }
  [[nodiscard]] Row row_at(CellNo cell) const { return rows_.row_at(cell); }

  /// Makes the row, or puts another in its place; says where it is now.
  CellNo put(const Key& key, const Row& row) {
    const CellNo known = cell_of(key);
    if (known == 0 || rows_.is_seen(known, SeenBy::Digest)) changed_.push_back(key);
    if (known == 0) return rows_.add(key, row, SeenBy::Nobody);
    if (rows_.is_seen(known, SeenBy::Digest)) take_from_digest(key, row_at(known));
    const bool is_stored = rows_.is_seen(known, SeenBy::DiskOnce);
    return rows_.replace(key, row, is_stored ? SeenBy::DiskOnce : SeenBy::Nobody);
  }
  /// Erases the row of `key`, which must be there, and gives it.
  Row take(const Key& key) {
    const CellNo cell = cell_of(key);
    CHECK(cell != 0);
    const Row row = row_at(cell);
    if (rows_.is_seen(cell, SeenBy::Digest)) take_from_digest(key, row);
    if (rows_.is_seen(cell, SeenBy::DiskOnce)) erased_.push_back(key);
    rows_.remove(key);
    return row;
  }

  /// Every cell, in no order: for rebuilding an index after loading. Never in a decision.
  template <class Visit>
  void for_each_cell_unordered(const Visit& visit) const {
    rows_.for_each(visit);
  }
  /// What the rows take in memory.
  [[nodiscard]] std::size_t bytes() const { return rows_.bytes(); }

  void settle() override {
    for_each_changed(settled_, [&](const Key& key, CellNo cell) {
      if (!rows_.is_seen(cell, SeenBy::Digest)) count(form_at(key, cell), cell);
    });
    settled_ = changed_.size();
    if (!store_.keeps_changes()) forget_changes();
  }
  void drain(RowSink& sink) override {
    for (const Key& key : erased_) {
      if (!contains(key)) sink.erase(number_, form_of(key, Row{}).key());  // or it came again
    }
    for_each_changed(0, [&](const Key& key, CellNo cell) {
      if (rows_.is_seen(cell, SeenBy::Disk)) return;  // listed twice
      const RowForm form = form_at(key, cell);
      if (!rows_.is_seen(cell, SeenBy::Digest)) count(form, cell);
      rows_.note_seen(cell, SeenBy::Disk | SeenBy::DiskOnce);
      sink.put(number_, form.key(), form.row());
    });
    forget_changes();
  }
  [[nodiscard]] bool load(std::string_view key_bytes, std::string_view row_bytes) override {
    Key key{};
    Row row{};
    Names& names = store_.names();
    if (!read_form(key_bytes, names, key) || !read_form(row_bytes, names, row)) return false;
    if (contains(key)) return false;
    count(form_of(key, row), rows_.add(key, row, SeenBy::Disk | SeenBy::DiskOnce));
    return true;
  }
  [[nodiscard]] Hash128 digest_anew() const override {
    Hash128 sum;
    rows_.for_each([&](CellNo cell) { sum += form_at(key_at(cell), cell).hash(); });
    return sum;
  }

 private:
  /// The digest has the row as it is, whose form it is.
  void count(const RowForm& form, CellNo cell) {
    store_.add_to_digest(form.hash());
    rows_.note_seen(cell, SeenBy::Digest);
  }
  void take_from_digest(const Key& key, const Row& row) {
    store_.take_from_digest(form_of(key, row).hash());
  }

  /// Of those listed from `first` on the ones that are still there; one may come more than once.
  template <class Visit>
  void for_each_changed(std::size_t first, const Visit& visit) {
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = first; i < changed_.size(); ++i) {
      if (i + kAhead < changed_.size()) prefetch(changed_[i + kAhead]);
      if (const CellNo cell = cell_of(changed_[i]); cell != 0) visit(changed_[i], cell);
    }
  }

  void forget_changes() {
    changed_.clear();
    erased_.clear();
    settled_ = 0;
  }

  [[nodiscard]] RowForm form_of(const Key& key, const Row& row) const {
    return {store_.scratch(), store_.names(), number_, key, row};
  }
  [[nodiscard]] RowForm form_at(const Key& key, CellNo cell) const {
    return form_of(key, row_at(cell));
  }

  Store& store_;
  std::uint8_t number_;
  PackedRows<Key, Row> rows_;
  std::vector<Key> changed_;  // since the last drain, in their order, once for each settling
  std::vector<Key> erased_;   // that the disk knows, since the last drain
  std::size_t settled_ = 0;   // of changed_: those before it are in the digest
};

}  // namespace jari
