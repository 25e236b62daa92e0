// ops/jari/served_node.h — ServedNode: the log, the state and the node of this process, put
// together and driven by their threads, whatever log it is.
//
// Knows no HTTP.
//
// Errors:  open and start() say in one line what is wrong and what to do. What is not durable must
//          not be answered: a log that cannot be written ends the process.
// Threads: from one, but for engine().
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/metrics/metrics.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/node_options.h"
#include "engine/runtime/ticker.h"
#include "engine/store/state_disk.h"
#include "ops/jari/service.h"

namespace jari::ops {

class ServedNode {
 public:
  /// A partition's state was made again, and the consumer it had is about to go. On its thread.
  using Remade = std::function<void(PartitionRef where, const Consumer& consumer)>;

  virtual ~ServedNode() = default;

  [[nodiscard]] virtual Engine& engine() = 0;
  [[nodiscard]] virtual StateDisk& disk() = 0;
  /// Of a partition that is no sink's.
  [[nodiscard]] virtual const Consumer& consumer(PartitionRef where) = 0;
  [[nodiscard]] virtual ClockAlarm clock_alarm() const = 0;
  /// Whether it has found that it must end, and has said why.
  [[nodiscard]] virtual bool is_to_end() const { return false; }
  /// Sets those of its metrics that nothing else renews. Now and then.
  virtual void look_at_log() {}

  /// Loads the state and brings it up to the log. Nothing runs yet.
  [[nodiscard]] virtual Result<void> start() = 0;
  /// Its threads run, and tell `listener`, until stop().
  virtual void run(Listener& listener, Remade remade) = 0;
  /// Takes nothing new, finishes what was taken; where the log is elsewhere and does not answer, no
  /// longer than `patience`. Says of how many requests it does not know that they stand.
  [[nodiscard]] virtual std::size_t stop(milliseconds patience) = 0;
};

/// What every node is made with: name, process, business, and the markers that still count.
[[nodiscard]] NodeOptions node_options(const ServiceSettings& settings, const Log& log);

/// One node on the embedded log in its data directory; a new log where there is none. What that
/// log's writes are like stands in `metrics`, which outlives it.
[[nodiscard]] Result<std::unique_ptr<ServedNode>> open_embedded_node(
    const ServiceSettings& settings, Clock& clock, metrics::Metrics& metrics);

/// One of several nodes, on a log in Kafka that `jari topics create` has made. What its connections
/// to the brokers are like stands in `metrics`, which outlives it.
[[nodiscard]] Result<std::unique_ptr<ServedNode>> open_cluster_node(const ServiceSettings& settings,
                                                                    Clock& clock,
                                                                    metrics::Metrics& metrics);

}  // namespace jari::ops
