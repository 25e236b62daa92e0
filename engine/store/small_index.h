// engine/store/small_index.h — SmallIndex: a number of four bytes by a hash, eight bytes an entry.
//
// Where it is, and whether it may be the one, stands in one word, so that a look-up touches one
// cache line, whatever is kept elsewhere. It grows by shards of its own, a small step each: no
// moment moves all of it, or holds it twice.
//
// Units:   a hash has 64 good bits: its low byte is the shard, its high half the mark; the 24 bits
//          between are the caller's. A value is never 0.
// Errors:  removing what is not there, and a value of 0, are CHECKs.
// Threads: belongs to one partition worker.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/check.h"

namespace jari {

class SmallIndex {
 public:
  /// The value under `hash` of which is_it(value) holds, to read or to change; nullptr: there is
  /// none. It dies at the next add() or remove().
  template <class IsIt>
  [[nodiscard]] std::uint32_t* find(std::uint64_t hash, const IsIt& is_it) {
    Shard& shard = shard_of(hash);
    const std::size_t at = shard.seek(mark_of(hash), is_it);
    return at == kNowhere ? nullptr : &shard.entries[at].value;
  }
  template <class IsIt>
  [[nodiscard]] const std::uint32_t* find(std::uint64_t hash, const IsIt& is_it) const {
    const Shard& shard = shard_of(hash);
    const std::size_t at = shard.seek(mark_of(hash), is_it);
    return at == kNowhere ? nullptr : &shard.entries[at].value;
  }
  /// Adds what find() does not find.
  void add(std::uint64_t hash, std::uint32_t value);
  template <class IsIt>
  void remove(std::uint64_t hash, const IsIt& is_it) {
    Shard& shard = shard_of(hash);
    const std::size_t at = shard.seek(mark_of(hash), is_it);
    CHECK(at != kNowhere);
    shard.close(at);
    --size_;
  }
  void prefetch(std::uint64_t hash) const {
    const Shard& shard = shard_of(hash);
    if (!shard.entries.empty()) __builtin_prefetch(&shard.entries[shard.home(mark_of(hash))]);
  }
  /// In no order.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Shard& shard : shards_) {
      for (const Entry& entry : shard.entries) {
        if (entry.value != 0) visit(entry.value);
      }
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// What all of it takes.
  [[nodiscard]] std::size_t bytes() const;
  void clear();

 private:
  static constexpr std::size_t kShards = 256;
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  struct Entry {
    std::uint32_t mark = 0;
    std::uint32_t value = 0;  // 0: free
  };
  static_assert(sizeof(Entry) == 8, "it is what each request id costs to find, and each person");
  /// Open addressing: an entry stands at its home or right behind, with no free one between.
  struct Shard {
    std::vector<Entry> entries;
    std::size_t used = 0;

    [[nodiscard]] std::size_t home(std::uint32_t mark) const {
      return static_cast<std::size_t>(std::uint64_t{mark} * entries.size() >> 32);
    }
    [[nodiscard]] std::size_t after(std::size_t at) const {
      return at + 1 == entries.size() ? 0 : at + 1;
    }
    template <class IsIt>
    [[nodiscard]] std::size_t seek(std::uint32_t mark, const IsIt& is_it) const {
      if (entries.empty()) return kNowhere;
      for (std::size_t at = home(mark); entries[at].value != 0; at = after(at)) {
        if (entries[at].mark == mark && is_it(entries[at].value)) return at;
      }
      return kNowhere;
    }
    void put(Entry entry);
    void grow();
    void close(std::size_t hole);
  };

  [[nodiscard]] static std::uint32_t mark_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32);
  }
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) { return shards_[hash % kShards]; }
  [[nodiscard]] const Shard& shard_of(std::uint64_t hash) const { return shards_[hash % kShards]; }

  std::array<Shard, kShards> shards_;
  std::size_t size_ = 0;
};

}  // namespace jari
