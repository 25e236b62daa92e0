// engine/runtime/driven.h — the port Driven: an engine that does nothing until somebody steps it.
//
// Errors:  none.
// Threads: close() from any; the rest from the thread that steps it.
#pragma once

#include "engine/base/time.h"

namespace jari {

class Driven {
 public:
  virtual ~Driven() = default;
  /// From the thread that will step it: a CHECK there leaves a marker.
  virtual void adopt_thread() = 0;
  /// Does what there is to do. Says how long it may rest if nobody wakes it.
  virtual milliseconds step() = 0;
  /// Takes no more tasks; drained() once all that was taken is durable.
  virtual void close() = 0;
  [[nodiscard]] virtual bool drained() const = 0;
};

}  // namespace jari
