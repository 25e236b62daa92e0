// ops/jari/kafka.h — where the Kafka cluster is, from the settings, and how our log stands in it.
//
// Errors:  BadArgument names the file, line or setting; what a key file holds is never told.
// Threads: before any other thread starts; shape_of() is pure.
#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "engine/log/kafka/kafka_log.h"

namespace jari::ops {

struct KafkaClusterSettings {
  std::string brokers;     // HOST:PORT,…
  std::string properties;  // file with whatever else librdkafka takes
  std::string prefix;      // before the name of each topic
  std::string seal_key;    // file; empty: DIR/keys/kafka-seal.key
  std::uint16_t replication = 3;
};

/// Adds --kafka-brokers, --kafka-properties, --kafka-prefix, --kafka-replication, --kafka-seal-key.
void add_kafka_settings(CLI::App& command, KafkaClusterSettings& settings);

[[nodiscard]] std::string kafka_seal_file(const KafkaClusterSettings& settings,
                                          const std::string& data);

/// All that KafkaLog::open() needs but for `arrived` and `say`. The key file must be there.
[[nodiscard]] Result<KafkaLogOptions> kafka_log_options(const KafkaClusterSettings& settings,
                                                        const std::string& data);

/// How a record looks to Kafka's own tools: a row of `sync` is its document under the
/// appointment's id, one of `outcomes` stands under the person, else what it is about.
[[nodiscard]] KafkaShape shape_of(PartitionRef where, Bytes record);

}  // namespace jari::ops
