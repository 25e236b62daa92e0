// consumers/export/record_json.h — a record of any kind as one JSON object, for people and
// auditors.
//
// Reads, decides nothing. What does not apply is absent, so is an empty text and a zero time.
//
// Units:   times RFC 3339 in UTC with milliseconds; dates as dates; numbers as numbers.
// Errors:  bytes that are no record become `{"type": "DeadLetter", "body": {"bytes": N}}`.
// Threads: pure.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "consumers/model/record.h"
#include "engine/log/log.h"

namespace jari {

/// The line of one record. `time` is the log time it was applied at. Genesis records of a log of
/// many writers say so: their order is no order of commits.
[[nodiscard]] std::string export_line(const LogIdentity& identity, const LogRecord& record,
                                      Instant time, LogWriters writers = LogWriters::One);

/// What the chain of its stream takes in of a row: chained() with its `prev_hash` it is the next
/// one's.
[[nodiscard]] Hash128 content_hash(const Envelope& row);

/// The log time of a partition as its records pass: what a record's `time` is. Sinks: the time of
/// the cause, as its source's partition has it.
class ExportClock {
 public:
  explicit ExportClock(const LogIdentity& identity);
  [[nodiscard]] Instant pass(const LogRecord& record);

 private:
  static constexpr std::size_t kChangesKept = 256;  // ticks; a commit has a few of a partition
  struct Owner {
    std::uint64_t epoch = 0;
    Hash128 process;
    Instant now;
    std::deque<std::pair<Offset, Instant>> changes;
    [[nodiscard]] Instant at(Offset offset) const;
    void set(Offset offset, Instant time);
  };
  const LogIdentity& identity_;
  std::vector<std::vector<Owner>> owners_;
};

}  // namespace jari
