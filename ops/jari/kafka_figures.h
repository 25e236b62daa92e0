// ops/jari/kafka_figures.h — KafkaFigures: what librdkafka tells of its connections, as metrics.
//
// One line for each client of the node and each broker, at most kBrokersMax of them, and one for
// each topic: how many partitions there are makes none. A broker that is gone keeps its last
// figures.
//
// Units:   seconds; librdkafka's are microseconds.
// Errors:  BadBytes where it is no statistics of librdkafka; nothing of it is taken then.
// Threads: any; each client tells in its own.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/http/json_reader.h"
#include "engine/log/kafka/kafka_settings.h"
#include "engine/metrics/metrics.h"

namespace jari::ops {

class KafkaFigures {
 public:
  static constexpr std::size_t kBrokersMax = 64;

  /// `metrics` outlives it. The prefix is not part of a topic's name here.
  KafkaFigures(metrics::Metrics& metrics, std::string topic_prefix)
      : metrics_(metrics), topic_prefix_(std::move(topic_prefix)) {}

  /// `statistics` as librdkafka gives them (STATISTICS.md), of the client with this role.
  [[nodiscard]] Result<void> take(KafkaRole role, std::string_view statistics);

 private:
  using Broker = std::pair<KafkaRole, std::int64_t>;
  void take_broker(KafkaRole role, std::int64_t id, const http::JsonValue& broker);
  void take_topic(std::string_view name, const http::JsonValue& partitions);

  metrics::Metrics& metrics_;
  std::string topic_prefix_;
  std::mutex mutex_;
  std::map<Broker, std::int64_t> retries_;  // as told last; a client that is made anew begins at 0
};

}  // namespace jari::ops
