// engine/store/store.h — the state of one partition: its tables, their digest, what has changed.
//
// Says nothing of disks (state_disk.h) and knows no rule. Tables live in memory; the rows changed
// since the last drain() are what goes behind to disk.
//
// Units:   the digest is the sum, over all rows, of the XXH3 of table, key and row in canonical
// form. Errors:  load() says BadBytes for a row that no table of ours can read. Threads: belongs to
// one partition worker.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/store/names.h"

namespace jari {

/// Rows on their way to disk: put(key, row) or erase(key), in the order they happened.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void put(std::uint8_t table, std::string_view key, std::string_view row) = 0;
  virtual void erase(std::uint8_t table, std::string_view key) = 0;
};

/// What a Store needs of its tables (table.h has the one implementation).
class StoredTable {
 public:
  virtual ~StoredTable() = default;
  /// Brings the rows changed since the last time into the digest.
  virtual void settle() = 0;
  virtual void drain(RowSink& sink) = 0;
  [[nodiscard]] virtual bool load(std::string_view key, std::string_view row) = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// The digest of its rows, taken again from nothing: for audits and tests.
  [[nodiscard]] virtual Hash128 digest_anew() const = 0;
};

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] Names& names() { return names_; }
  [[nodiscard]] const Names& names() const { return names_; }
  /// Of all rows as they are now. What has changed since it was last asked for is hashed here,
  /// once.
  [[nodiscard]] const Hash128& digest() const;

  /// Table numbers are part of the stored form: never reused. 200 and above are the engine's.
  void attach(std::uint8_t number, StoredTable& table);
  void drain(RowSink& sink);
  /// Nobody will drain: which rows have changed is forgotten once the digest has them.
  void keep_no_changes() { keeps_changes_ = false; }
  [[nodiscard]] Result<void> load(std::uint8_t table, std::string_view key, std::string_view row);
  [[nodiscard]] Hash128 digest_anew() const;
  [[nodiscard]] std::size_t rows() const;

  // For Table only: the row's hash goes in or out; `scratch` is reused by all tables.
  void add_to_digest(const Hash128& hash) { digest_ += hash; }
  void take_from_digest(const Hash128& hash) { digest_ -= hash; }
  [[nodiscard]] std::string& scratch() { return scratch_; }
  [[nodiscard]] bool keeps_changes() const { return keeps_changes_; }

 private:
  Names names_;
  Hash128 digest_;
  std::string scratch_;
  bool keeps_changes_ = true;
  std::array<StoredTable*, 256> tables_{};
  std::vector<StoredTable*> attached_;
};

}  // namespace jari
