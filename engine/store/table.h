// engine/store/table.h — rows by key, in memory, each change counted into the partition's digest.
//
// No order: what is walked in order has an index beside its table. Pointers die at the next insert.
//
// Units:   key and row are structs with fields(); Names in them are stored as texts.
// Errors:  changing a row that is not there is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <utility>

#include <absl/container/flat_hash_map.h>

#include "engine/store/store.h"

namespace jari {

struct FieldHash {
  template <HasFields Key>
  std::size_t operator()(const Key& key) const {
    std::size_t hash = 0;
    for_each_field(key, [&](std::string_view, const auto& member) {
      hash = absl::HashOf(hash, part_of(member));
    });
    return hash;
  }

 private:
  static std::uint32_t part_of(const Name& name) { return name.number; }
  static std::uint64_t part_of(const Hash128& hash) { return hash.low; }
  template <class M>
  static auto part_of(const M& member) {
    return flat::scalar_of(member);
  }
};

template <HasFields Key, HasFields Row>
class Table final : public StoredTable {
 public:
  Table(Store& store, std::uint8_t number) : store_(store), number_(number) {
    store.attach(number, *this);
  }

  [[nodiscard]] const Row* find(const Key& key) const {
    const auto at = rows_.find(key);
    return at == rows_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool contains(const Key& key) const { return rows_.contains(key); }
  [[nodiscard]] std::size_t size() const override { return rows_.size(); }

  /// Makes the row, or puts another in its place.
  const Row& put(const Key& key, Row row) {
    const auto [at, is_new] = rows_.try_emplace(key, std::move(row));
    if (!is_new) {
      store_.take_from_digest(hash_of(key, at->second));
      at->second = std::move(row);  // try_emplace leaves it alone where the key is there
    }
    store_.add_to_digest(hash_of(key, at->second));
    changed_.try_emplace(key, !is_new);
    return at->second;
  }

  /// Changes the row of `key`, which must be there.
  template <class Change>
  const Row& change(const Key& key, Change&& change_row) {
    const auto at = rows_.find(key);
    CHECK(at != rows_.end());
    store_.take_from_digest(hash_of(key, at->second));
    change_row(at->second);
    store_.add_to_digest(hash_of(key, at->second));
    changed_.try_emplace(key, true);
    return at->second;
  }

  void erase(const Key& key) { static_cast<void>(take(key)); }
  /// Erases the row of `key`, which must be there, and gives it.
  Row take(const Key& key) {
    const auto at = rows_.find(key);
    CHECK(at != rows_.end());
    store_.take_from_digest(hash_of(key, at->second));
    Row row = std::move(at->second);
    rows_.erase(at);
    const auto changed = changed_.try_emplace(key, true).first;
    if (!changed->second) changed_.erase(changed);  // it came and went: no disk has heard of it
    return row;
  }

  /// In no order: for rebuilding an index after loading, for queries and audits. Never in a
  /// decision.
  template <class Visit>
  void for_each_unordered(Visit&& visit) const {
    for (const auto& [key, row] : rows_) visit(key, row);
  }

  void drain(RowSink& sink) override {
    std::string key_bytes;
    std::string row_bytes;
    for (const auto& [key, is_stored] : changed_) {
      key_bytes.clear();
      append(key_bytes, key);
      if (const Row* row = find(key); row != nullptr) {
        row_bytes.clear();
        append(row_bytes, *row);
        sink.put(number_, key_bytes, row_bytes);
      } else {
        sink.erase(number_, key_bytes);
      }
    }
    changed_.clear();
  }

  [[nodiscard]] bool load(std::string_view key_bytes, std::string_view row_bytes) override {
    Key key{};
    Row row{};
    RowReader reader{store_.names()};
    if (!canonical::take(key_bytes, key, reader) || !key_bytes.empty()) return false;
    if (!canonical::take(row_bytes, row, reader) || !row_bytes.empty()) return false;
    const auto [at, is_new] = rows_.try_emplace(key, std::move(row));
    if (is_new) store_.add_to_digest(hash_of(key, at->second));
    return is_new;
  }

  [[nodiscard]] Hash128 digest_anew() const override {
    Hash128 sum;
    for (const auto& [key, row] : rows_) sum += hash_of(key, row);
    return sum;
  }

 private:
  template <class T>
  void append(std::string& out, const T& value) const {
    canonical::append(out, value, RowWriter{store_.names()});
  }

  Hash128 hash_of(const Key& key, const Row& row) const {
    std::string& bytes = store_.scratch();
    bytes.clear();
    bytes.push_back(static_cast<char>(number_));
    append(bytes, key);
    append(bytes, row);
    return hash128(bytes_of(bytes));
  }

  Store& store_;
  std::uint8_t number_;
  absl::flat_hash_map<Key, Row, FieldHash> rows_;
  absl::flat_hash_map<Key, bool, FieldHash> changed_;  // since the last drain: it stood before
};

}  // namespace jari
