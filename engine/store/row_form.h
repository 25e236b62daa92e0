// engine/store/row_form.h — a row as a table has it: the hash its key is found by, the bytes that
// the digest and the disk have of it.
//
// Private to engine/store/.
//
// Units:   the hash of a key is this process's own; the bytes are canonical.
// Errors:  none.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include <absl/hash/hash.h>

#include "engine/store/names.h"

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

/// The number of its table, key and row, in the bytes given to write it in.
class RowForm {
 public:
  template <HasFields Key, HasFields Row>
  RowForm(std::string& bytes, const Names& names, std::uint8_t table, const Key& key,
          const Row& row)
      : bytes_(bytes) {
    const RowWriter writer{names};
    key_end_ = 1 + canonical::size_of(key, writer);
    bytes.resize(key_end_ + canonical::size_of(row, writer));
    char* const key_at = canonical::write_scalar(bytes.data(), table);
    char* const row_at = canonical::write(key_at, key, writer);
    char* const end = canonical::write(row_at, row, writer);
    CHECK(row_at == bytes.data() + key_end_ && end == bytes.data() + bytes.size());
  }
  [[nodiscard]] Hash128 hash() const { return hash128(bytes_of(bytes_)); }
  [[nodiscard]] std::string_view key() const {
    return std::string_view{bytes_}.substr(1, key_end_ - 1);
  }
  [[nodiscard]] std::string_view row() const { return std::string_view{bytes_}.substr(key_end_); }

 private:
  const std::string& bytes_;
  std::size_t key_end_ = 0;
};

/// A key or a row out of its bytes, all of them.
template <HasFields T>
[[nodiscard]] bool read_form(std::string_view bytes, Names& names, T& out) {
  RowReader reader{names};
  return canonical::take(bytes, out, reader) && bytes.empty();
}

/// A row in memory, and who has seen it.
template <class Row>
struct KeptRow {
  Row row{};
  Hash128 hash;             // what the digest has of it, where it is counted
  bool is_counted = false;  // the digest has it as it is
  bool is_drained = false;  // the disk gets it as it is
  bool is_stored = false;   // the disk knows the key

  /// What the digest gets of it.
  const Hash128& count(const RowForm& form) {
    is_counted = true;
    return hash = form.hash();
  }
};

}  // namespace jari
