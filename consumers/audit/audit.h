// consumers/audit/audit.h — holds a whole log against the rules that always hold, without any of
// the code that decided what stands in it.
//
// A record waits until all that it caused has been read. An embedded log's next ticks tell that,
// and it is read once. A log of many writers, and what was archived of any, are read twice: first
// to learn how far each partition must be read for that (settling.h), 4 bytes for each 2,048
// records and partition. What is kept else grows with people, slots, tickets, appointments ever
// made, a day's request ids, and the names and reasons that operators wrote; not with other
// records: time, changes of state, what is asked again, or settings, but for a hash of each version
// of a programme's.
//
// Errors:  what the source of the records gives; a broken rule is no error but a line of the
// report. Threads: one, and where records are read ahead another, which ends before the call does.
#pragma once

#include <functional>

#include "consumers/audit/report.h"
#include "engine/log/log.h"

namespace jari::audit {

/// Where the records come from: a log, or what was exported of one. All of it, each partition in
/// its order from its first record. In the order of commits what a record caused comes no later
/// than a few ticks after it.
struct Records {
  LogIdentity identity;
  LogWriters writers = LogWriters::One;
  std::uint64_t count = 0;                              // how many there are; 0: not known before
  std::function<Result<void>(const Log::Visit&)> read;  // in the order of commits
  bool is_read_ahead = false;                           // by a thread of its own
  Log* log = nullptr;                                   // else: read part by part
  Offset block_records = 2'048;                         // of a partition, judged at once
  std::function<void()> wait;  // a moment, for records that the log has and that have not come yet
};
/// Of a log of one writer that gives its records in the order of its commits; it must outlive it.
[[nodiscard]] Records records_of(Log& log);
/// Of one that does not.
[[nodiscard]] Records records_in_any_order(Log& log, std::function<void()> wait);

/// Told now and then how many records were read.
using Progress = std::function<void(std::uint64_t read)>;

[[nodiscard]] Result<Report> audit(const Records& records, const Progress& progress = {});

}  // namespace jari::audit
