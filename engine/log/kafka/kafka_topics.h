// engine/log/kafka/kafka_topics.h — the topics of a log in a Kafka cluster: makes them, begins the
// log in them, and says what about them is not as it must be.
//
// Changes no setting of a topic that exists, and removes none. What it no longer keeps is said by
// whoever knows what is needed.
//
// Errors:  Unavailable, LogMismatch for topics of another log, BadArgument.
// Threads: one; callbacks of the options from librdkafka's.
#pragma once

#include <string>
#include <vector>

#include "engine/log/kafka/kafka_log.h"

namespace jari {

/// Makes the topics of `if_new` that are missing, with its genesis at offset 0 of every partition
/// that is empty. What was begun and not finished is finished; the log that is there wins, also
/// over one that is made at the same time. Says which log it is.
[[nodiscard]] Result<LogIdentity> make_kafka_log(const KafkaLogOptions& options,
                                                 const LogIdentity& if_new);

/// What is wrong with the topics, a line each; empty where a node may start on them.
[[nodiscard]] Result<std::vector<std::string>> look_at_kafka_log(const KafkaLogOptions& options);

/// A line for each sink whose records the brokers delete by age or size: a node starts on them, but
/// what is gone is gone for whoever reads from the first record.
[[nodiscard]] Result<std::vector<std::string>> sinks_that_forget(const KafkaLogOptions& options);

/// Records of a partition before its place are no longer kept. Says where each begins then, in the
/// same order.
[[nodiscard]] Result<std::vector<Offset>> trim_kafka_log(const KafkaLogOptions& options,
                                                         std::span<const LogPlace> begins);

/// What replicas must at least have a record before it is acknowledged.
[[nodiscard]] constexpr std::uint16_t least_in_sync(std::uint16_t replication) {
  return static_cast<std::uint16_t>(replication / 2 + 1);
}

}  // namespace jari
