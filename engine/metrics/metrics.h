// engine/metrics/metrics.h — the port Metrics: counters, gauges and histograms by name and labels.
//
// Knows no name: which figures there are is the business of whoever counts. Keeps no history.
//
// Units:   histograms take seconds.
// Errors:  none; a name used for two kinds of figure is a bug (CHECK).
// Threads: any. What counter(), gauge() and histogram() give lives as long as the Metrics: hot
// paths
//          ask once and keep it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace jari::metrics {

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(std::uint64_t count) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double seconds) = 0;
};

class Metrics {
 public:
  virtual ~Metrics() = default;

  /// The figure called so with these labels, made if it is new. `help` is said once for a name.
  [[nodiscard]] virtual Counter& counter(std::string_view name, std::string_view help,
                                         Labels labels) = 0;
  [[nodiscard]] virtual Gauge& gauge(std::string_view name, std::string_view help,
                                     Labels labels) = 0;
  /// Buckets from 100 µs to 30 s.
  [[nodiscard]] virtual Histogram& histogram(std::string_view name, std::string_view help,
                                             Labels labels) = 0;
  /// All of it, as Prometheus reads it (text exposition format 0.0.4).
  [[nodiscard]] virtual std::string exposition() const = 0;
};

}  // namespace jari::metrics
