// consumers/api/changes.h — Changes: the feed of appointments as they change, read from the log.
//
// Reads durable rows of `sync` only; at least once, in order for each appointment.
//
// Units:   `after` and `next` are places of the sink's partitions, as text.
// Errors:  a log that cannot be read answers 503.
// Threads: any.
#pragma once

#include <mutex>
#include <vector>

#include "consumers/api/call.h"
#include "engine/log/log.h"

namespace jari::api {

class Changes {
 public:
  explicit Changes(Log& log) : log_(log) {}

  /// Fills in the reply; true if it is an answer: something has changed, or it may not wait.
  [[nodiscard]] bool read(Call& call, milliseconds now);
  /// Keeps a call that waits.
  void keep(CallPtr call);
  /// Those that have something by now, or have waited long enough.
  [[nodiscard]] std::vector<CallPtr> due(milliseconds now);
  /// All that wait, at the end.
  [[nodiscard]] std::vector<CallPtr> end();

 private:
  [[nodiscard]] std::vector<LogPlace> start_of(const Call& call) const;
  [[nodiscard]] bool has_more(const Call& call) const;

  Log& log_;
  std::mutex mutex_;
  std::vector<CallPtr> waiting_;
};

}  // namespace jari::api
