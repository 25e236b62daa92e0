// tests/bench/kafka_bench.h — Jari on Kafka beside librdkafka alone, on the same brokers in one
// run.
//
// Errors:  what fails ends the program with a line on stderr.
// Threads: one; what is measured has its own.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/settings.h"

namespace jari::bench {

struct KafkaBenchSettings {
  std::string brokers;  // HOST:PORT,…
  std::uint16_t replication = 1;
  std::uint16_t partitions = 4;  // of each topic
  std::string perf_tool;         // runs Kafka's ConsumerPerformance; empty: not measured
};

void bench_kafka(const Settings& settings, const KafkaBenchSettings& kafka, Figures& figures);

}  // namespace jari::bench
