// consumers/audit/settling.h — for a log whose partitions are not read in the order of commits: how
// far each must have been read before all that a record caused has been.
//
// A first reading of the whole log notes, for each block of a partition's records, where in every
// other partition the last row that one of them caused stands. So the second reading can judge
// block after block, and keep no more records than a few blocks of each partition.
//
// Units:   a block is so many records of a partition; 4 bytes for each block and each partition
//          are kept. Offsets count records.
// Errors:  none; what names no place of this log is passed over, and found by the rules.
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "consumers/audit/moment.h"

namespace jari::audit {

class Settling {
 public:
  Settling(const LogIdentity& identity, LogWriters writers, Offset block_records);

  /// Of the first reading: every record of a partition, in its order.
  void note(const LogRecord& record);
  /// After the last record of `where` that one noted elsewhere names as its cause; 0: none is.
  [[nodiscard]] Offset caused(PartitionRef where) const { return line(where).caused; }
  /// A row was acknowledged that `where` was not seen to have: it stands further on, or was lost.
  [[nodiscard]] bool lacks_acknowledged(PartitionRef where) const;
  /// How many records were noted.
  [[nodiscard]] Offset end(PartitionRef where) const { return line(where).end; }

  /// Once all is noted: the block to be judged next, the oldest by log time that surely has all
  /// its effects in the log; nothing where none is left.
  struct Block {
    PartitionRef where;
    Offset end = 0;                // after its last record
    std::vector<LogPlace> needed;  // how far partitions must have been read
  };
  [[nodiscard]] std::optional<Block> next();

 private:
  using Needs = std::vector<std::uint32_t>;  // blocks of every partition, in order
  struct Arrived {
    std::uint64_t last = 0;   // number of the newest row
    std::uint64_t acked = 0;  // as its source says
  };
  struct Line {
    PartitionRef where;
    bool is_consumer = false;
    Offset end = 0;
    Offset caused = 0;
    Offset applied = 0;          // after the last record that a tick or an effect says was applied
    Instant newest;              // log time of the last record
    std::vector<Arrived> from;   // of each source, in order
    std::vector<Instant> times;  // of the last record of each block
    std::vector<Needs> needs;    // of each block
    std::size_t judged = 0;      // blocks
  };

  [[nodiscard]] std::size_t index_of(PartitionRef where) const;
  [[nodiscard]] bool has(PartitionRef where) const;
  [[nodiscard]] const Line& line(PartitionRef where) const { return lines_[index_of(where)]; }
  [[nodiscard]] bool is_settled(const Line& line) const;
  [[nodiscard]] Arrived& from(std::size_t at, std::size_t source);
  void need(Line& source, Offset cause, std::size_t at, Offset offset);

  [[nodiscard]] std::uint32_t block_of(Offset offset) const {
    return static_cast<std::uint32_t>(offset / block_records_);
  }

  LogWriters writers_;
  Offset block_records_;
  Clocks clocks_;
  std::vector<std::size_t> first_;  // of each topic, in lines_
  std::vector<Line> lines_;
};

}  // namespace jari::audit
