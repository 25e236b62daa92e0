// Jari on Kafka beside librdkafka alone: see ops/bench --help, --kafka.

#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "tests/bench/kafka_bench.h"

namespace {

constexpr std::size_t kQuickRounds = 3;
constexpr std::size_t kQuickRequests = 20'000;

}  // namespace

int main(int argc, char** argv) {
  jari::bench::Settings settings;
  jari::bench::KafkaBenchSettings kafka;
  settings.dir = std::filesystem::temp_directory_path();
  CLI::App app("Measures Jari on Kafka beside librdkafka alone, in one run.");
  app.add_option("--kafka", kafka.brokers, "The brokers, HOST:PORT,…")->required();
  app.add_option("--kafka-replication", kafka.replication, "Replicas of each topic")
      ->capture_default_str();
  app.add_option("--partitions", kafka.partitions, "Of each topic but programmes")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--kafka-perf-tool", kafka.perf_tool, "Runs Kafka's own ConsumerPerformance");
  app.add_option("--dir", settings.dir, "Where states are made, and removed");
  app.add_option("--json", settings.json, "Writes the figures there, too");
  app.add_option("--rounds", settings.rounds, "Medians are of so many rounds (quick: 3)")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--requests", settings.requests, "Of each figure in a round (quick: 20000)")
      ->capture_default_str()
      ->check(CLI::Range(1'000, 10'000'000));
  app.add_flag("--quick", settings.is_quick, "Fewer and shorter rounds: a first impression");
  CLI11_PARSE(app, argc, argv);
  if (settings.is_quick && app.count("--rounds") == 0) settings.rounds = kQuickRounds;
  if (settings.is_quick && app.count("--requests") == 0) settings.requests = kQuickRequests;
  std::filesystem::create_directories(settings.dir);
  jari::bench::Figures figures;
  jari::bench::bench_kafka(settings, kafka, figures);
  figures.print(std::cout);
  if (!settings.json.empty()) figures.write_json(settings.json, settings.is_quick);
  return 0;
}
