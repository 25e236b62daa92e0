// tests/bench/bare_kafka.h — what librdkafka does for the same records, with the settings that the
// log gives it and nothing else: no seal, no form, no state.
//
// Units:   records, seconds and milliseconds as Round has them.
// Errors:  what fails ends the program with a line on stderr.
// Threads: one; librdkafka has its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/kafka/kafka_settings.h"
#include "tests/bench/figures.h"

namespace jari::bench {

/// A topic and what is in each of its partitions.
struct BareTopic {
  std::string name;
  std::vector<std::uint64_t> ends;  // by partition
};

/// Reads all records of the topics, its clock started before it connects; `sizes` gets the length
/// of each, where it is not nullptr.
[[nodiscard]] Round consume_all(const KafkaSettings& cluster, const std::vector<BareTopic>& topics,
                                std::vector<std::uint32_t>* sizes);

/// Appends records of these lengths to the topics, partition by partition in turn, acknowledged by
/// all in-sync replicas.
[[nodiscard]] Round produce_all(const KafkaSettings& cluster, const std::vector<BareTopic>& topics,
                                const std::vector<std::uint32_t>& sizes);

/// So many records a second are appended, and each is waited for until it is read again.
[[nodiscard]] Round round_trips(const KafkaSettings& cluster, const BareTopic& topic,
                                std::size_t count, std::size_t per_second, std::size_t bytes);

}  // namespace jari::bench
