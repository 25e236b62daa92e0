// engine/log/kafka/kafka_parts.h — what a log in Kafka is made of, put together and taken apart in
// order.
//
// Private to engine/log/kafka/.
//
// Errors:  as KafkaLog has them.
// Threads: as KafkaLog.
#pragma once

#include <optional>

#include "engine/log/kafka/kafka_ends.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/log/kafka/kafka_reader.h"
#include "engine/log/kafka/kafka_writer.h"

namespace jari {

/// A topic as the cluster has it.
struct KafkaTopicFound {
  PartitionNo partitions = 0;     // none: there is no such topic
  std::vector<int> replications;  // by partition
};

struct KafkaParts {
  KafkaParts() = default;
  ~KafkaParts();
  KafkaParts(const KafkaParts&) = delete;
  KafkaParts& operator=(const KafkaParts&) = delete;
  /// Connects, and finds the topics; readers once they all are there.
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] Result<void> follow();
  void stop_following();
  /// Follows only the partitions that the log was made with, where somebody has added some since.
  [[nodiscard]] Result<void> leave_out_added();
  [[nodiscard]] Result<void> write();
  /// The genesis records that are kept, held against each other. NotFound where there is none.
  [[nodiscard]] Result<LogIdentity> find_identity();
  [[nodiscard]] std::vector<LogPlace> places(Offset at) const;
  [[nodiscard]] KafkaWriterOptions writer_options(KafkaRole role) const;
  /// Who hears the statistics of that client; nobody where none are asked for.
  [[nodiscard]] std::function<void(std::string_view json)> statistics_of(KafkaRole role) const;

  KafkaLogOptions options;
  std::vector<std::string> names;  // as the cluster calls them
  std::vector<bool> is_sink;
  std::vector<KafkaTopicFound> found;
  LogIdentity identity;
  std::unique_ptr<KafkaClient> asker;
  std::unique_ptr<KafkaClient> follower;
  std::unique_ptr<KafkaEnds> ends;
  std::unique_ptr<KafkaReader> reader;
  std::unique_ptr<KafkaWriter> writer;
  std::unique_ptr<KafkaWriter> perishable;
};

/// What differs from what genesis says, a line each.
[[nodiscard]] std::vector<std::string> other_partitions(const KafkaParts& parts);
/// Those that a creation which was stopped has left.
[[nodiscard]] std::vector<std::string> empty_partitions(const KafkaParts& parts);

/// What is wrong with the topics that were found, a line each.
[[nodiscard]] Result<std::vector<std::string>> wrong_with(
    KafkaClient& client, const KafkaLogOptions& options, const std::vector<std::string>& names,
    const std::vector<KafkaTopicFound>& found);
/// Makes those that are missing. Says how many: others may make them, too.
[[nodiscard]] Result<std::size_t> make_topics(KafkaClient& client, const KafkaLogOptions& options,
                                              const std::vector<std::string>& names,
                                              const std::vector<KafkaTopicFound>& found,
                                              const LogIdentity& identity);

/// The wrong lines as one error.
[[nodiscard]] Error wrong_topics(const std::vector<std::string>& lines);

}  // namespace jari
