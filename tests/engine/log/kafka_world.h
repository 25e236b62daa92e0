// tests/engine/log/kafka_world.h — a log in the Kafka cluster that `ops/kafka run` has started for
// the test: topics of its own, made anew.
//
// Errors:  what cannot be made stops the test (CHECK).
// Threads: one.
#pragma once

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/log/kafka/kafka_topics.h"
#include "tests/engine/log/log_writer.h"

namespace jari {

inline std::string kafka_brokers() {
  const char* const brokers = std::getenv("JARI_KAFKA_BROKERS");
  CHECK(brokers != nullptr);  // run it by `ops/kafka run`
  return brokers;
}

/// Topics that no other test has.
inline KafkaLogOptions kafka_options(const LogIdentity& identity) {
  static int made = 0;
  KafkaLogOptions options;
  options.cluster.brokers = kafka_brokers();
  options.cluster.topic_prefix =
      "t" + std::to_string(::getpid()) + "-" + std::to_string(++made) + ".";
  for (const auto& topic : identity.topics) options.topics.push_back({topic.name, topic.is_sink});
  options.replication = 1;
  options.seal_key = "the key of a cluster that is made for tests";
  return options;
}

inline std::unique_ptr<KafkaLog> open_kafka_log(const KafkaLogOptions& options) {
  auto log = KafkaLog::open(options);
  if (!log) ADD_FAILURE() << log.error().detail;
  CHECK(log.has_value());
  return std::move(*log);
}

inline KafkaLogOptions new_kafka_log(const LogIdentity& identity) {
  KafkaLogOptions options = kafka_options(identity);
  auto made = make_kafka_log(options, identity);
  if (!made) ADD_FAILURE() << made.error().detail;
  CHECK(made.has_value());
  return options;
}

/// Hears where its partitions end now.
inline void hear(KafkaLog& log) {
  constexpr Offset kBeyond = Offset{1} << 40;
  std::vector<LogPlace> places;
  for (const auto& where : log.identity().partitions()) places.push_back({where, kBeyond});
  log.read(places, [](const LogRecord&) { return true; }).value();
}

}  // namespace jari
