// engine/store/packed_rows.h — PackedRows: rows by their keys, each packed in a cell and found by
// eight bytes, with who has seen it.
//
// Private to engine/store/. Knows no digest and no disk: packed_table.h does.
//
// Units:   the key is a struct of one field, `hash`, and a hash already.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <array>

#include <absl/hash/hash.h>

#include "engine/store/cells.h"
#include "engine/store/packed_row.h"
#include "engine/store/small_index.h"

namespace jari {

/// Who has seen a row as it is, as bits.
enum class SeenBy : std::uint8_t {
  Nobody = 0,
  Digest = 1,    // as it is
  Disk = 2,      // or is about to
  DiskOnce = 4,  // it knows the key
};
constexpr SeenBy operator|(SeenBy a, SeenBy b) {
  return SeenBy(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr SeenBy operator&(SeenBy a, SeenBy b) {
  return SeenBy(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}

template <HasFields Key, HasFields Row>
class PackedRows {
 public:
  /// Where the row of `key` is, until it changes or goes; 0 where there is none.
  [[nodiscard]] CellNo cell_of(const Key& key) const {
    const std::uint32_t* cell = index_.find(hash_of(key), is_of(key));
    return cell == nullptr ? 0 : *cell;
  }
  [[nodiscard]] Key key_at(CellNo cell) const {
    Key key;
    std::memcpy(&key, cells_.at(cell), sizeof key);
    return key;
  }
  [[nodiscard]] Row row_at(CellNo cell) const {
    return packed::unpack<Row>(cells_.at(cell) + kRowAt);
  }
  [[nodiscard]] bool is_seen(CellNo cell, SeenBy by) const { return (seen_at(cell) & by) == by; }
  void note_seen(CellNo cell, SeenBy by) {
    cells_.at(cell)[kSeenAt] = static_cast<char>(seen_at(cell) | by);
  }

  /// A row whose key is new.
  CellNo add(const Key& key, const Row& row, SeenBy seen) {
    const CellNo cell = write(key, row, seen);
    index_.add(hash_of(key), cell);
    return cell;
  }
  /// Another row in the place of the one that is there.
  CellNo replace(const Key& key, const Row& row, SeenBy seen) {
    std::uint32_t& cell = *index_.find(hash_of(key), is_of(key));
    give_back(cell);
    return cell = write(key, row, seen);
  }
  void remove(const Key& key) {
    const CellNo cell = cell_of(key);
    index_.remove(hash_of(key), is_of(key));
    give_back(cell);
  }

  /// Every cell, in no order.
  template <class Visit>
  void for_each(const Visit& visit) const {
    index_.for_each(visit);
  }
  void prefetch(const Key& key) const { index_.prefetch(hash_of(key)); }
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] std::size_t bytes() const { return cells_.bytes() + index_.bytes(); }

 private:
  /// A cell: the key, how many granules it has, who has seen the row, the row packed.
  static constexpr std::size_t kGranulesAt = sizeof(Key);
  static constexpr std::size_t kSeenAt = kGranulesAt + 1;
  static constexpr std::size_t kRowAt = kSeenAt + 1;
  static constexpr std::size_t kCellBytesMax = kRowAt + packed::kBytesMax<Row>;
  static_assert(std::is_trivially_copyable_v<Key> && sizeof(Key) == sizeof(Hash128));
  static_assert(kCellBytesMax <= Cells::kCellBytesMax, "a byte says how long a cell is");

  // What clients name is hashed with this process's own seed: nobody can crowd one place.
  [[nodiscard]] static std::uint64_t hash_of(const Key& key) { return absl::HashOf(key.hash.low); }
  [[nodiscard]] auto is_of(const Key& key) const {
    return [this, &key](CellNo cell) { return key_at(cell) == key; };
  }
  [[nodiscard]] SeenBy seen_at(CellNo cell) const { return SeenBy(cells_.at(cell)[kSeenAt]); }

  [[nodiscard]] CellNo write(const Key& key, const Row& row, SeenBy seen) {
    std::array<char, kCellBytesMax> bytes;
    const char* const end = packed::pack(bytes.data() + kRowAt, row);
    const auto size = static_cast<std::size_t>(end - bytes.data());
    std::memcpy(bytes.data(), &key, sizeof key);
    bytes[kGranulesAt] = static_cast<char>(Cells::granules_of(size));
    bytes[kSeenAt] = static_cast<char>(seen);
    const CellNo cell = cells_.take(Cells::granules_of(size));
    std::memcpy(cells_.at(cell), bytes.data(), size);
    return cell;
  }
  void give_back(CellNo cell) {
    cells_.give_back(cell, static_cast<std::uint8_t>(cells_.at(cell)[kGranulesAt]));
  }

  Cells cells_;
  SmallIndex index_;  // cells by the hashes of their keys
};

}  // namespace jari
