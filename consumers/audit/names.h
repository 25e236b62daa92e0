// consumers/audit/names.h — texts that name people, sites and slots, each kept once and known by a
// dense number.
//
// A text of up to 28 bytes lies in the row of its number. The index that finds the row has eight
// bytes for each: a look-up meets one line of each, which may be fetched before.
//
// Errors:  none; 2^32 names, or more bytes in one, are a CHECK.
// Threads: one, but for text(): another may ask for the text of a name that the first has handed
//          to it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace jari::audit {

/// 0 is the empty text.
using Name = std::uint32_t;
/// Two that belong together: a person and a programme, a site and a slot.
using Names2 = std::pair<Name, Name>;

class Names {
 public:
  /// Of a text.
  using Hash = std::uint32_t;

  Names() : slots_(kSlotsFirst) { intern({}); }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  Name intern(std::string_view text) { return intern(text, hash_of(text)); }
  Name intern(std::string_view text, Hash hash) {
    std::size_t at = hash & mask();
    for (; slots_[at].name != kNone; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash && row(slots_[at].name).text() == text) return slots_[at].name;
    }
    const Name name = next_;
    CHECK(name != kNone && text.size() <= std::numeric_limits<std::uint32_t>::max());
    slots_[at] = {hash, name};
    place(name, text);
    ++next_;
    if (std::size_t{next_} * 4 > slots_.size() * 3) grow();
    return name;
  }
  template <class Id>
  Name of(const Id& id) {
    return intern(id.text);
  }
  /// It will be interned: what is looked at first is fetched meanwhile.
  [[nodiscard]] Hash expect(std::string_view text) const {
    const Hash hash = hash_of(text);
    __builtin_prefetch(&slots_[hash & mask()]);
    return hash;
  }
  /// And then soon: what is looked at next.
  void expect_soon(Hash hash) const {
    for (std::size_t at = hash & mask(); slots_[at].name != kNone; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash) return __builtin_prefetch(&row(slots_[at].name));
    }
  }
  [[nodiscard]] std::size_t count() const { return next_; }
  [[nodiscard]] std::string text(Name name) const { return std::string(row(name).text()); }

 private:
  static constexpr std::size_t kSlotsFirst = 1024;
  static constexpr unsigned kFirstBits = 10;  // of the first part's length; each is twice as long
  static constexpr Name kNone = std::numeric_limits<Name>::max();

  struct Slot {
    Hash hash = 0;
    Name name = kNone;
  };
  struct alignas(32) Row {
    std::uint32_t size;
    std::array<char, 28> bytes;  // or where they are
    [[nodiscard]] std::string_view text() const {
      if (size <= bytes.size()) return {bytes.data(), size};
      const char* elsewhere = nullptr;
      std::memcpy(&elsewhere, bytes.data(), sizeof elsewhere);
      return {elsewhere, size};
    }
  };

  static Hash hash_of(std::string_view text) {
    return static_cast<Hash>(hash128(bytes_of(text)).low);
  }
  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }

  static std::pair<unsigned, std::size_t> place_of(Name name) {
    const std::uint64_t number = std::uint64_t{name} + (std::uint64_t{1} << kFirstBits);
    const auto bits = static_cast<unsigned>(std::bit_width(number)) - 1;
    return {bits - kFirstBits, number - (std::uint64_t{1} << bits)};
  }
  [[nodiscard]] const Row& row(Name name) const {
    const auto [part, index] = place_of(name);
    return parts_[part][index];
  }
  void place(Name name, std::string_view text) {
    const auto [part, index] = place_of(name);
    if (index == 0) parts_[part].reset(new Row[std::size_t{1} << (kFirstBits + part)]);
    Row& row = parts_[part][index];
    row.size = static_cast<std::uint32_t>(text.size());
    if (text.size() <= row.bytes.size()) {
      std::copy(text.begin(), text.end(), row.bytes.begin());
      return;
    }
    char* const elsewhere = long_.emplace_back(new char[text.size()]).get();
    text.copy(elsewhere, text.size());
    std::memcpy(row.bytes.data(), &elsewhere, sizeof elsewhere);
  }
  void grow() {
    std::vector<Slot> before(slots_.size() * 2);
    before.swap(slots_);
    for (const Slot& one : before) {
      if (one.name == kNone) continue;
      std::size_t at = one.hash & mask();
      while (slots_[at].name != kNone) at = (at + 1) & mask();
      slots_[at] = one;
    }
  }

  std::vector<Slot> slots_;  // a power of two of them
  Name next_ = 0;
  // Rows stay where they are while others come.
  std::array<std::unique_ptr<Row[]>, 33 - kFirstBits> parts_;
  std::vector<std::unique_ptr<char[]>> long_;
};

}  // namespace jari::audit
