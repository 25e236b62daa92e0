// consumers/audit/auditor.h — takes records as they are read, keeps each until all it caused has
// been read too, and shows it to the rules.
//
// What a record caused stands in other partitions: before it or after it in the commit that applied
// it. A tick says up to where its partition was applied; once its partition is read again after
// others, that tick's commit has been read whole. Where records are read in another order than that
// of commits, whoever reads says what is settled, or all is kept to the end.
//
// Units:   a run is the records of one partition that are read one after the other.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "consumers/audit/answer_rules.h"
#include "consumers/audit/arrivals.h"
#include "consumers/audit/booking_rules.h"
#include "consumers/audit/by_partition.h"
#include "consumers/audit/course.h"
#include "consumers/audit/queue_rules.h"
#include "consumers/audit/record_rules.h"

namespace jari::audit {

/// In which order records are taken: as commits have them, which only a log of one writer gives; or
/// any, each partition in its own.
enum class Order : std::uint8_t { OfCommits = 1, Any = 2 };

/// Where many write, what a record caused stands after so much log time, if ever.
inline constexpr milliseconds kArrivesWithin{60'000};

class Auditor {
 public:
  /// Both must outlive it.
  Auditor(const LogIdentity& identity, Report& report, LogWriters writers = LogWriters::One,
          Order order = Order::OfCommits);
  void take(const LogRecord& record);
  /// Records that arrivals() has looked at, maybe in another thread, in the order they were read.
  void take(Blocks&& opened);
  /// Blocks that nothing waits in any more.
  [[nodiscard]] Blocks take_spare() { return std::exchange(spare_, {}); }
  [[nodiscard]] Arrivals& arrivals() { return arrivals_; }
  /// In any order: all that records of `where` up to `last` have caused has been taken.
  void settled(PartitionRef where, Offset last);
  void finish();
  /// Records that are kept until it is known what they caused.
  [[nodiscard]] std::size_t waiting() const;
  /// What the rules keep.
  [[nodiscard]] Kept kept() const;

 private:
  /// A record that waits, the block that it is in, and what it caused so far.
  struct Waiting {
    Seen* seen = nullptr;  // not read yet
    Block* block = nullptr;
    Caused caused;
  };
  struct Line {
    Offset base = 0;              // of the first that waits
    std::deque<Waiting> waiting;  // by offset, from base on
    std::size_t read = 0;         // so many of them; of the rest only effects
    Offset applied = 0;           // certainly
    Offset ticked = 0;            // applied as the newest tick says
    std::uint64_t ticked_in = 0;  // the run of that tick
    Instant now;                  // of its newest record
  };

  void look(Seen& seen, Block& block);
  void attribute(const Seen& seen);
  void on_tick(Line& line, Bytes own);
  void show_up_to(Line& line, Offset last, bool is_end);
  void forget(Waiting& shown);
  static void fetch_back(const Waiting& later);
  void expect_soon(const Waiting& soon) const;
  void show(Seen& seen);
  void release(Block& block);

  LogWriters writers_;
  Order order_;
  Arrivals arrivals_;
  Desk desk_;
  SiteRules sites_;
  SyncRules sync_;
  QueueRules queues_;
  BookingRules bookings_;
  RecordRules records_;
  AnswerRules answers_;
  Course course_;
  ByPartition<Line> lines_;
  Blocks blocks_;  // in which something waits, and the one that is being filled, which is the last
  Blocks spare_;
  bool is_filling_ = false;
  PartitionRef reading_;
  std::uint64_t run_ = 0;
};

}  // namespace jari::audit
