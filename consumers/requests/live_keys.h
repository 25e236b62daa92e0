// consumers/requests/live_keys.h — LiveKeys: how many request ids of each person are remembered.
//
// Eight bytes a person: of the 64 bits of a hash 56 tell people apart. Two of one hash would share
// a bound, no more; which two they are is the same in every process.
//
// Units:   people are hashes, 0 is nobody and not counted.
// Errors:  taking away what is not there, and more than 65,535 of one person, are CHECKs.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>

#include "engine/store/small_index.h"

namespace jari::requests {

class LiveKeys {
 public:
  [[nodiscard]] std::uint32_t of(std::uint64_t person) const {
    const std::uint32_t* entry = entries_.find(person, IsOf{person});
    return entry == nullptr ? 0 : *entry & kCountMax;
  }
  void add(std::uint64_t person) {
    if (person == 0) return;
    std::uint32_t* const entry = entries_.find(person, IsOf{person});
    if (entry == nullptr) return entries_.add(person, tag_of(person) << kCountBits | 1);
    CHECK((*entry & kCountMax) < kCountMax);
    ++*entry;
  }
  void remove(std::uint64_t person) {
    if (person == 0) return;
    std::uint32_t* const entry = entries_.find(person, IsOf{person});
    CHECK(entry != nullptr);
    if ((*entry & kCountMax) == 1) return entries_.remove(person, IsOf{person});
    --*entry;
  }
  void clear() { entries_.clear(); }
  [[nodiscard]] std::size_t bytes() const { return entries_.bytes(); }

 private:
  static constexpr unsigned kCountBits = 16;
  static constexpr std::uint32_t kCountMax = (1U << kCountBits) - 1;

  /// Of the bits of a hash that say nothing of where its entry is.
  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t person) {
    return static_cast<std::uint32_t>(person >> 8) & kCountMax;
  }
  struct IsOf {
    std::uint64_t person;
    bool operator()(std::uint32_t entry) const { return entry >> kCountBits == tag_of(person); }
  };

  SmallIndex entries_;  // a tag above, the count below
};

}  // namespace jari::requests
