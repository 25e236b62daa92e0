// tests/bench/cluster_world.h — a node as `jari serve --log kafka` runs it, without the door, alone
// on topics of its own.
//
// Errors:  what cannot be made ends the program with a line on stderr.
// Threads: as BenchWorld.
#pragma once

#include <memory>
#include <string>

#include "engine/log/kafka/kafka_log.h"
#include "engine/metrics/prometheus_metrics.h"
#include "ops/jari/served_node.h"
#include "ops/jari/system_ports.h"
#include "tests/bench/bench_world.h"

namespace jari::bench {

struct ClusterSettings {
  std::string dir;      // the node's; empty
  std::string brokers;  // HOST:PORT,…
  std::uint16_t replication = 1;
  PartitionNo partitions = 4;  // of each topic, as the embedded log has it
  std::string prefix;          // of topics that are not there yet
};

/// How the program speaks to that log.
[[nodiscard]] KafkaLogOptions log_options(const ClusterSettings& settings);

class ClusterWorld final : public BenchWorld {
 public:
  /// Makes the topics, and a node that owns them all once started.
  explicit ClusterWorld(const ClusterSettings& settings);
  ~ClusterWorld() override { stop(); }

  void start(Listener& listener);
  void stop();

  [[nodiscard]] Engine& engine() override { return node_->engine(); }
  [[nodiscard]] const api::World& view() const override { return view_; }
  /// How many records the node has applied, or read of sinks.
  [[nodiscard]] std::uint64_t records();

 private:
  [[nodiscard]] bool owns_all();

  ops::SystemClock clock_;
  metrics::PrometheusMetrics figures_;
  std::unique_ptr<ops::ServedNode> node_;
  api::World view_;
  bool is_running_ = false;
};

}  // namespace jari::bench
