// engine/store/names.h — texts that name things, each kept once and known by a dense number.
//
// The numbers are this process's own: never written, never hashed, never compared for order.
//
// Units:   Name 0 is the empty text.
// Errors:  none; more than 2^32 names is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "engine/record/canonical.h"

namespace jari {

struct Name {
  std::uint32_t number = 0;
  bool operator==(const Name&) const = default;
  [[nodiscard]] bool empty() const { return number == 0; }
};

class Names {
 public:
  Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  /// The name of `text`, made if it is new.
  Name intern(std::string_view text);
  /// The name of `text`, nothing if nobody has said it yet.
  [[nodiscard]] std::optional<Name> find(std::string_view text) const;
  /// Valid as long as this lives.
  [[nodiscard]] std::string_view text(Name name) const { return texts_[name.number]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::string_view keep(std::string_view text);

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t left_in_block_ = 0;
  char* next_ = nullptr;
  std::vector<std::string_view> texts_;
  absl::flat_hash_map<std::string_view, std::uint32_t> numbers_;
};

/// Rows hold Names; their stored form holds the texts.
struct RowWriter {
  const Names& names;
  [[nodiscard]] std::string_view text_of(const Name& name) const { return names.text(name); }
};
struct RowReader {
  Names& names;
  bool take(std::string_view& in, Name& name) const {
    std::string_view text;
    if (!canonical::take_text(in, text)) return false;
    name = names.intern(text);
    return true;
  }
};

}  // namespace jari
