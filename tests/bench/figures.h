// tests/bench/figures.h — what was measured: rounds, their medians and spread, as a table for
// people and as JSON for machines.
//
// Measures nothing itself.
//
// Units:   rates in things a second; latencies in milliseconds; CPU in microseconds a thing.
// Errors:  a file that cannot be written is thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace jari::bench {

/// One round of one figure. What is 0 was not measured.
struct Round {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double cpu_us = 0;  // of all threads, for each thing done: other programs hardly change it
  double from_s = 0;  // on the monotonic clock, which a profiler may use, too
  double until_s = 0;
  double worst_ms = 0;  // of the latencies
  double write_ms = 0;  // the log's slowest write and sync meanwhile
};

/// The value at `share` (0 to 1) of `values`, which are sorted for it; 0 of none.
[[nodiscard]] double at_share(std::vector<double>& values, double share);
/// The monotonic clock, in seconds.
[[nodiscard]] double now_seconds();
/// A round that began at `from_s` and is over now, of as many things as there are latencies.
[[nodiscard]] Round round_of(std::vector<double> latencies_ms, double from_s);

/// CPU time of this process, or of another one, so far.
[[nodiscard]] double cpu_seconds();
[[nodiscard]] double cpu_seconds_of(int process);

struct FigureName {
  std::string layer;  // `engine`, `http`, `replay`, `machine`
  std::string what;   // `bookings, one hot slot`
  std::string load;   // `512 outstanding`
  std::string unit;
  double postgresql = 0;  // the best of a tuned PostgreSQL 15 on two such cores; 0: not measured
  [[nodiscard]] std::string text() const { return layer + ": " + what + ", " + load; }
};

/// Of at least one value; between the two in the middle where they are even in number.
[[nodiscard]] double median_of(std::vector<double> values);

class Figures {
 public:
  void add(const FigureName& name, Round round);
  void print(std::ostream& to) const;
  void write_json(const std::string& file, bool is_quick) const;

 private:
  struct Figure {
    FigureName name;
    std::vector<Round> rounds;
    [[nodiscard]] std::vector<double> all(double Round::*part) const;
    [[nodiscard]] double median(double Round::*part) const;
    [[nodiscard]] double most(double Round::*part) const;
  };
  std::vector<Figure> figures_;  // in the order they first came
};

}  // namespace jari::bench
