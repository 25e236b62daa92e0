// engine/log/kafka/kafka_settings.h — how Jari's clients are set for a Kafka cluster, and what
// whoever runs it may add.
//
// Does no I/O: a properties file comes in as text.
//
// Errors:  BadArgument names the line, the key, and why it is not to be set.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace jari {

/// Names and values as librdkafka takes them.
using KafkaProperties = std::vector<std::pair<std::string, std::string>>;

/// Where the cluster is, and how to be let in.
struct KafkaSettings {
  std::string brokers;       // HOST:PORT,… to begin with
  std::string topic_prefix;  // before the name of each topic
  KafkaProperties more;      // of a properties file; wins over ours
};

enum class KafkaRole : std::uint8_t {
  Writer = 1,      // what must stand in the log
  Perishable = 2,  // ticks and claims, worth nothing later
  Follower = 3,    // reads on
  Asker = 4,       // where partitions end, records at one place, topics
};

/// `key=value` a line, `#` begins a comment. Keys that would break what the log promises are
/// refused.
[[nodiscard]] Result<KafkaProperties> parse_kafka_properties(std::string_view text);

/// All that a client of this role is set to.
[[nodiscard]] KafkaProperties properties_of(KafkaRole role, const KafkaSettings& settings);

}  // namespace jari
