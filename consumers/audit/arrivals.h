// consumers/audit/arrivals.h — a record as it is read: what it says itself, its place, its stream
// and the time its partition had. The half of an audit that needs only the records before it.
//
// Units:   records are looked at in the order they are read, each partition in its own.
// Errors:  what does not hold is kept apart until it is told to the report.
// Threads: one, which may be another than the auditor's: it looks at a block, then hands it on.
#pragma once

#include "consumers/audit/opener.h"
#include "consumers/audit/streams.h"

namespace jari::audit {

class Arrivals {
 public:
  explicit Arrivals(const LogIdentity& identity);

  /// Its records from `first` on.
  void look(Block& block, std::size_t first = 0);
  [[nodiscard]] const Names& names() const { return opener_.names(); }
  [[nodiscard]] const Streams& streams() const { return streams_; }
  /// Whether there is something to tell.
  [[nodiscard]] bool has_found() const { return !found_.is_good(); }
  /// What was found goes into `report`, where it belongs. Like finish(), by whoever has the
  /// arrivals.
  void tell(Report& report) { report.take_from(found_); }
  /// After the last record: tells the rest, and what is wrong with the ends of streams.
  void finish(Report& report);

 private:
  void place(Seen& seen, const Opened& opened);

  const LogIdentity& identity_;
  Opener opener_;
  Report found_;
  Desk desk_;
  Clocks clocks_;
  Streams streams_;
  ByPartition<Offset> ends_;
};

}  // namespace jari::audit
