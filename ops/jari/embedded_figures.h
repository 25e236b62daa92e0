// ops/jari/embedded_figures.h — EmbeddedFigures: what the embedded log and its disk are like, as
// metrics.
//
// Units:   seconds, bytes.
// Errors:  none.
// Threads: written() on the log's, look() on any other.
#pragma once

#include "engine/log/embedded/embedded_log.h"
#include "engine/metrics/metrics.h"

namespace jari::ops {

class EmbeddedFigures {
 public:
  /// `metrics` outlives it.
  explicit EmbeddedFigures(metrics::Metrics& metrics);

  /// One write and its sync: every booking waits for one.
  void written(const LogWrite& write);
  /// Whether RocksDB can follow. Asked from outside: who waits for it writes nothing.
  void look(const EmbeddedLog& log);

 private:
  metrics::Histogram& seconds_;
  metrics::Counter& commits_;
  metrics::Counter& record_bytes_;
  metrics::Counter& kept_bytes_;
  metrics::Gauge& stopped_;
  metrics::Gauge& delayed_to_;
  metrics::Gauge& backlog_;
};

}  // namespace jari::ops
