// engine/log/kafka/kafka_log.h — the log of several nodes: partitions of topics of a real Kafka
// cluster, by librdkafka.
//
// Makes no topic: kafka_topics.h does. Trims nothing. Uses no consumer group: whoever reads says
// from where.
//
// Reading on from where the last read of a partition ended takes what has come, and waits for
// nothing. Reading from elsewhere waits until it has all up to the end that the cluster says then:
// the first time the partition is followed from there; later it is looked up beside what follows,
// and followed once it is read on.
//
// Units:   a record is a message's value (kafka_message.h), at most 8 MiB.
// Errors:  Unavailable where nobody answers, also of appends: it may stand in the log, or not.
//          LogMismatch for wrong topics or another log, LogGap before what is kept, BadArgument for
//          settings and records that Kafka does not take.
// Threads: as Log says; librdkafka and the writers have their own, `arrived` and `say` are called
//          from any of them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/kafka/kafka_message.h"
#include "engine/log/kafka/kafka_settings.h"
#include "engine/log/log.h"

namespace jari {

/// A topic as the program knows it; how many partitions it has is said by genesis.
struct KafkaTopicName {
  std::string name;  // without the prefix
  bool is_sink = false;
};

struct KafkaLogOptions {
  KafkaSettings cluster;
  std::vector<KafkaTopicName> topics;  // by number
  std::uint16_t replication = 3;       // that each topic must have
  std::string seal_key;     // the cluster's; without one anybody who may append is believed
  bool only_reads = false;  // appends nothing, and needs no right to
  KafkaShapeOf shape_of;
  std::function<void()> arrived;  // there is something to read where there was nothing
  std::function<void(int level, std::string_view text)> say;  // level as syslog has it
  /// What librdkafka tells of each client every 5 s (its STATISTICS.md); from several threads.
  std::function<void(KafkaRole role, std::string_view json)> statistics;
  std::chrono::milliseconds patience{10'000};  // of the first connection
};

struct KafkaParts;

class KafkaLog final : public Log {
 public:
  /// Refuses topics that are not as they must be, naming each setting that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<KafkaLog>> open(const KafkaLogOptions& options);
  /// What was appended and not answered may stand or not; nobody is told.
  ~KafkaLog() override;
  KafkaLog(const KafkaLog&) = delete;
  KafkaLog& operator=(const KafkaLog&) = delete;

  [[nodiscard]] const LogIdentity& identity() const override;
  [[nodiscard]] LogWriters writers() const override { return LogWriters::Many; }
  void append(LogBatch batch, Done done) override;
  void flush() override;
  [[nodiscard]] Offset end(PartitionRef where) const override { return ends(where).end; }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override;
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override;

 private:
  explicit KafkaLog(std::unique_ptr<KafkaParts> parts);
  std::unique_ptr<KafkaParts> parts_;
};

}  // namespace jari
