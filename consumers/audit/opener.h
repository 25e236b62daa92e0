// consumers/audit/opener.h — what a record itself says, read before the rules meet it: its
// envelope, its body, its texts as numbers, its hashes. The half of an audit that needs no other
// record.
//
// Units:   a block is some hundreds of records that were read one after the other, with their
//          bytes.
// Errors:  what is no record is said to be none.
// Threads: an Opener belongs to one thread, and so does a Block; it may be handed to another.
#pragma once

#include <list>
#include <vector>

#include "consumers/audit/seen.h"

namespace jari::audit {

/// Records and the bytes that they point into. They stay where they are until it is cleared.
class Block {
 public:
  static constexpr std::size_t kRecords = 256;
  static constexpr std::size_t kBytes = std::size_t{128} << 10;  // one longer record has room alone

  Block() : records_(kRecords) {}
  [[nodiscard]] bool has_room_for(const LogRecord& record) const;
  /// A place for the record, with its bytes; what stands in it else is of another one.
  Seen& add(const LogRecord& record);
  [[nodiscard]] std::span<Seen> records() { return std::span{records_}.first(count_); }
  void clear();

  std::size_t waiting = 0;  // of its records, as the auditor counts them

 private:
  std::vector<Seen> records_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> bytes_;  // aligned to 8
  std::size_t used_ = 0;              // of them
};
using Blocks = std::list<Block>;

class Opener {
 public:
  Opener() = default;
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;

  void open(Seen& seen);
  /// All of it; look-ups of one record are under way while those before it are read.
  void open(Block& block);
  [[nodiscard]] const Names& names() const { return names_; }

 private:
  void decode(Seen& seen) const;
  void look_up(Seen& seen);
  [[nodiscard]] Hash128 content_of(const Seen& seen);

  Names names_;
  std::string bytes_;
};

}  // namespace jari::audit
