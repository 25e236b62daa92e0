// consumers/audit/audit.h — holds a whole log against the rules that always hold, without any of
// the code that decided what stands in it.
//
// Reads it once. A record waits until all that it caused has been read, which an embedded log's
// next ticks tell; what is kept for good grows with people, slots and appointments, not with
// records. Of a log of many writers nothing tells it, and all is kept until the end.
//
// Errors:  what the source of the records gives; a broken rule is no error but a line of the
// report. Threads: one.
#pragma once

#include <functional>

#include "consumers/audit/report.h"
#include "engine/log/log.h"

namespace jari::audit {

/// Where the records come from: a log, or what was exported of one. All of it, each partition in
/// its order from its first record, and what a record caused no later than a few ticks after it.
struct Records {
  LogIdentity identity;
  LogWriters writers = LogWriters::One;  // of many: nothing is known of when effects come
  std::uint64_t count = 0;               // how many there are; 0: not known before
  std::function<Result<void>(const Log::Visit&)> read;
};
/// The log must outlive it.
[[nodiscard]] Records records_of(Log& log);

/// Told now and then how many records were read.
using Progress = std::function<void(std::uint64_t read)>;

[[nodiscard]] Result<Report> audit(const Records& records, const Progress& progress = {});

}  // namespace jari::audit
