// engine/store/names.h — texts that name things, each kept once and known by a dense number.
//
// The numbers are this process's own: never written, never hashed, never compared for order.
//
// The table is ours: a text is found by its hash, which stands beside it, in two places of memory
// (most are in no cache), and none is touched when the table grows.
//
// Units:   Name 0 is the empty text.
// Errors:  none; more than 2^32 names is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

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
  [[nodiscard]] std::string_view text(Name name) const { return text_at(texts_[name.number]); }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  using Tag = std::uint32_t;  // of a text's hash: others may have the same
  struct Place {
    Tag tag = 0;
    std::uint32_t number = 0;
    const char* text = nullptr;  // behind its length; nullptr: free
  };
  using Length = std::uint32_t;

  static std::string_view text_at(const char* kept) {
    Length length = 0;
    std::memcpy(&length, kept, sizeof length);
    return {kept + sizeof length, length};
  }
  static Tag tag_of(std::string_view text);
  /// Where `text` is, or would be.
  [[nodiscard]] std::size_t place_of(Tag tag, std::string_view text) const;
  [[nodiscard]] std::size_t after(std::size_t place) const { return (place + 1) & mask_; }
  const char* keep(std::string_view text);
  void grow();

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t left_in_block_ = 0;
  char* next_ = nullptr;
  std::vector<const char*> texts_;  // by number
  std::vector<Place> places_;       // a power of two, half of them free
  std::size_t mask_ = 0;
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
