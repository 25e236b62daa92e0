// consumers/timeline/reading.h — Reading: every record of a log up to where it ended when the
// reading was made, as often as it is asked for.
//
// Shows what counts: a row or an effect that stands twice, as it may in a log of many writers, is
// shown once; ticks, acks and what is no record are passed over. Keeps something small for each
// partition and stream.
//
// Errors:  what reading the log gives; Unavailable where records do not come.
// Threads: one.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "consumers/export/record_json.h"
#include "consumers/timeline/kept.h"

namespace jari::timeline {

class Reading {
 public:
  /// `wait` waits a moment, for records that a log in Kafka has and that have not come yet.
  Reading(Log& log, std::function<void()> wait);

  /// Each partition in its order. `record` and `seen` die with the call.
  using Visit = std::function<void(const LogRecord& record, const Seen& seen)>;
  [[nodiscard]] Result<void> each(const Visit& visit);
  [[nodiscard]] const LogIdentity& identity() const { return log_.identity(); }

 private:
  class Streams;
  static void show(const LogRecord& record, ExportClock& clock, Streams& streams,
                   const Visit& visit);

  Log& log_;
  std::function<void()> wait_;
  std::map<PartitionRef, Offset> ends_;
};

}  // namespace jari::timeline
