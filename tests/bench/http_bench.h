// tests/bench/http_bench.h — bookings, tickets and status reads a second over HTTP: `jari serve` in
// a process of its own, the callers in this one, on the same machine.
//
// Errors:  an answer other than expected, or fewer bookings in the slots than were answered, is
//          thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <memory>

#include "tests/bench/settings.h"

namespace jari::bench {

class HttpBench {
 public:
  /// Writes the requests out, which takes a while.
  explicit HttpBench(const Settings& settings);
  ~HttpBench();
  /// One round of every figure wanted, on a new log.
  void run(Figures& figures) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::bench
