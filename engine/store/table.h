// engine/store/table.h — rows by key, in memory, each change counted into the partition's digest.
//
// No order: what is walked in order has an index beside its table. Pointers die at the next insert.
// A row that changes many times is hashed and written once, when it is settled or drained.
//
// Units:   key and row are structs with fields(); Names in them are stored as texts.
// Errors:  changing a row that is not there is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/store/row_form.h"
#include "engine/store/store.h"

namespace jari {

template <HasFields Key, HasFields Row>
class Table final : public StoredTable {
 public:
  Table(Store& store, std::uint8_t number) : store_(store), number_(number) {
    store.attach(number, *this);
  }

  [[nodiscard]] const Row* find(const Key& key) const {
    const auto at = rows_.find(key);
    return at == rows_.end() ? nullptr : &at->second.row;
  }
  [[nodiscard]] bool contains(const Key& key) const { return rows_.contains(key); }
  [[nodiscard]] std::size_t size() const override { return rows_.size(); }

  /// Makes the row, or puts another in its place.
  const Row& put(const Key& key, Row row) {
    return make_or_change(key, [&](Row& its) { its = std::move(row); });
  }
  /// Changes the row of `key`, which is made first where there is none.
  template <class Change>
  const Row& make_or_change(const Key& key, Change&& change_row) {
    const auto [at, is_new] = rows_.try_emplace(key);
    if (is_new) changed_.push_back(key);
    return touch(key, at->second, change_row);
  }
  /// Changes the row of `key`, which must be there.
  template <class Change>
  const Row& change(const Key& key, Change&& change_row) {
    const auto at = rows_.find(key);
    CHECK(at != rows_.end());
    return touch(key, at->second, change_row);
  }
  void erase(const Key& key) { static_cast<void>(take(key)); }
  /// Erases the row of `key`, which must be there, and gives it.
  Row take(const Key& key) {
    const auto at = rows_.find(key);
    CHECK(at != rows_.end());
    if (at->second.is_counted) store_.take_from_digest(at->second.hash);
    if (at->second.is_stored) erased_.push_back(key);  // of what came and went no disk has heard
    Row row = std::move(at->second.row);
    rows_.erase(at);
    return row;
  }

  /// In no order: for rebuilding an index after loading, for queries and audits. Never in a
  /// decision.
  template <class Visit>
  void for_each_unordered(Visit&& visit) const {
    for (const auto& [key, kept] : rows_) visit(key, kept.row);
  }
  void settle() override {
    for_each_changed(settled_, [&](const Key& key, Kept& kept) {
      if (!kept.is_counted) store_.add_to_digest(kept.count(form_of(key, kept.row)));
    });
    settled_ = changed_.size();
    if (!store_.keeps_changes()) forget_changes();
  }
  void drain(RowSink& sink) override {
    for (const Key& key : erased_) {
      if (!rows_.contains(key)) sink.erase(number_, form_of(key, Row{}).key());  // or it came again
    }
    for_each_changed(0, [&](const Key& key, Kept& kept) {
      if (kept.is_drained) return;  // listed twice
      const RowForm form = form_of(key, kept.row);
      if (!kept.is_counted) store_.add_to_digest(kept.count(form));
      kept.is_drained = kept.is_stored = true;
      sink.put(number_, form.key(), form.row());
    });
    forget_changes();
  }
  [[nodiscard]] bool load(std::string_view key_bytes, std::string_view row_bytes) override {
    Key key{};
    Row row{};
    Names& names = store_.names();
    if (!read_form(key_bytes, names, key) || !read_form(row_bytes, names, row)) return false;
    const auto [at, is_new] = rows_.try_emplace(key, Kept{std::move(row), {}, false, true, true});
    if (is_new) store_.add_to_digest(at->second.count(form_of(key, at->second.row)));
    return is_new;
  }
  [[nodiscard]] Hash128 digest_anew() const override {
    Hash128 sum;
    for (const auto& [key, kept] : rows_) sum += form_of(key, kept.row).hash();
    return sum;
  }

 private:
  using Kept = KeptRow<Row>;

  /// Changes the row; what the digest has of it goes out, once between two settlings.
  template <class Change>
  const Row& touch(const Key& key, Kept& kept, Change&& change_row) {
    kept.is_drained = false;
    if (kept.is_counted) {  // and not listed since
      store_.take_from_digest(kept.hash);
      kept.is_counted = false;
      changed_.push_back(key);
    }
    change_row(kept.row);
    return kept.row;
  }

  /// Of those listed from `first` on the ones that are still there; one may come more than once.
  template <class Visit>
  void for_each_changed(std::size_t first, Visit&& visit) {
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = first; i < changed_.size(); ++i) {
      if (i + kAhead < changed_.size()) rows_.prefetch(changed_[i + kAhead]);
      if (const auto at = rows_.find(changed_[i]); at != rows_.end()) visit(at->first, at->second);
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

  Store& store_;
  std::uint8_t number_;
  absl::flat_hash_map<Key, Kept, FieldHash> rows_;
  std::vector<Key> changed_;  // since the last drain, in their order, once for each settling
  std::vector<Key> erased_;   // that the disk knows, since the last drain
  std::size_t settled_ = 0;   // of changed_: those before it are in the digest
};

}  // namespace jari
