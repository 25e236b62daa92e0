// consumers/audit/opener.h — what a record itself says, read before the rules meet it: its
// envelope, its body, its texts as numbers, its hashes. The half of an audit that needs no other
// record.
//
// Rules need a fifth of what a record is while it is read. That is kept in its block, for as long
// as the record waits; the rest is of the thread that reads, and used again.
//
// Units:   a block is some hundreds of records that were read one after the other, with their
//          bytes.
// Errors:  what is no record is said to be none.
// Threads: an Opener belongs to one thread, and so does a Block; it may be handed to another.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "consumers/audit/seen.h"

namespace jari::audit {

/// Records, the bytes that they point into, and what else is kept of them. They stay where they
/// are until it is cleared.
class Block {
 public:
  static constexpr std::size_t kRecords = 256;
  static constexpr std::size_t kBytes = std::size_t{128} << 10;  // one longer record has room alone

  Block() : records_(kRecords), raw_(kRecords) {
    chunks_.emplace_back(new std::uint64_t[kChunkWords]);
  }
  [[nodiscard]] bool has_room_for(const LogRecord& record) const;
  /// A place for the record, with its bytes.
  Seen& add(const LogRecord& record);
  [[nodiscard]] std::span<Seen> records() { return std::span{records_}.first(count_); }
  /// The bytes of the record that was added as the index says.
  [[nodiscard]] Bytes bytes_of(std::size_t index) const { return raw_[index]; }
  void clear();

  /// Keeps it beside the records.
  template <class T>
  const T* keep(const T& one) {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      const auto kept = std::make_shared<const T>(one);
      others_.push_back(kept);  // by nobody else
      return kept.get();
    } else {
      constexpr std::size_t kWords = (sizeof(T) + 7) / 8;
      static_assert(alignof(T) <= 8 && kWords <= kChunkWords);
      const T* const kept = new (room(kWords)) T(one);
      return kept;
    }
  }

  std::size_t waiting = 0;          // of its records, as the auditor counts them
  std::size_t held = 0;             // of its effects, by records that wait
  std::list<Block>::iterator self;  // where the auditor has it

 private:
  static constexpr std::size_t kChunkWords = 1024;

  std::uint64_t* room(std::size_t words) {
    if (kChunkWords - chunk_used_ < words) {
      if (++chunk_ == chunks_.size()) chunks_.emplace_back(new std::uint64_t[kChunkWords]);
      chunk_used_ = 0;
    }
    return &chunks_[chunk_][std::exchange(chunk_used_, chunk_used_ + words)];
  }

  std::vector<Seen> records_;
  std::vector<Bytes> raw_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> bytes_;                      // aligned to 8
  std::size_t used_ = 0;                                  // of them
  std::vector<std::unique_ptr<std::uint64_t[]>> chunks_;  // of what is kept
  std::size_t chunk_ = 0;                                 // that is filled
  std::size_t chunk_used_ = 0;
  std::vector<std::shared_ptr<const void>> others_;
};
using Blocks = std::list<Block>;

/// What only the thread that reads asks for.
struct Opened {
  Envelope envelope;
  Record body;  // monostate for the engine's own records
  Hashes hashes{};
  Hash128 content;  // of an effect or a row: what its stream is chained with
};

class Opener {
 public:
  Opener() : opened_(kAtOnce) {}
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;

  /// Opens those from `first` on and calls visit(seen, opened) for each; look-ups of one record are
  /// under way while those before it are read.
  template <class Visit>
  void open(Block& block, std::size_t first, Visit&& visit) {
    const std::span<Seen> all = block.records();
    for (; first < all.size(); first += kAtOnce) {
      const std::span<Seen> some = all.subspan(first, std::min(kAtOnce, all.size() - first));
      for (std::size_t i = 0; i < some.size(); ++i) {
        decode(some[i], block.bytes_of(first + i), opened_[i]);
      }
      for (std::size_t i = 0; i < some.size(); ++i) {
        expect_ids_soon(names_, opened_[i].body, opened_[i].hashes);
      }
      for (std::size_t i = 0; i < some.size(); ++i) {
        look_up(some[i], opened_[i], block);
        visit(some[i], opened_[i]);
      }
    }
  }
  [[nodiscard]] const Names& names() const { return names_; }

 private:
  static constexpr std::size_t kAtOnce = 32;

  void decode(Seen& seen, Bytes bytes, Opened& opened) const;
  void look_up(Seen& seen, Opened& opened, Block& block);
  [[nodiscard]] static Hash128 content_of(const Opened& opened);

  Names names_;
  std::vector<Opened> opened_;
  std::string bytes_;
};

}  // namespace jari::audit
