// engine/log/kafka/kafka_writer.h — appends batches to the cluster, and says what became of each.
//
// One thread hands the records to librdkafka and takes its reports. A client that has failed for
// good is replaced by a new one; what it had is answered with an error.
// Private to engine/log/kafka/.
//
// Errors:  Unavailable: it may stand in the log, or not. BadArgument: a record too big for Kafka.
// Threads: append() and flush() from any; Done on the writer's own.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "engine/log/kafka/kafka_client.h"
#include "engine/log/kafka/kafka_message.h"
#include "engine/log/log.h"

namespace jari {

struct KafkaWriterOptions {
  KafkaRole role = KafkaRole::Writer;
  KafkaSettings settings;
  std::vector<std::string> topics;  // by number, as the cluster calls them
  std::vector<bool> is_sink;        // by number
  KafkaShapeOf shape_of;
  std::string seal_key;
  Hash128 incarnation;
  std::function<void(int level, std::string_view text)> say;
  std::function<void(std::string_view json)> statistics;
};

class KafkaWriter {
 public:
  explicit KafkaWriter(KafkaWriterOptions options);
  /// Nobody is told of what has no answer yet.
  ~KafkaWriter();
  KafkaWriter(const KafkaWriter&) = delete;
  KafkaWriter& operator=(const KafkaWriter&) = delete;
  /// Finds the topics, and begins.
  [[nodiscard]] Result<void> start(std::chrono::milliseconds patience);

  void append(LogBatch batch, Log::Done done);
  void flush();
  /// For tests: librdkafka's client fails for good, as it does when it cannot keep the order.
  void break_client();
  /// How many it has had.
  [[nodiscard]] std::size_t clients();

 private:
  struct Batch;
  struct Part {  // what a record's report comes back with
    Batch* batch = nullptr;
    PartitionRef where;
  };
  struct Batch {  // handed over, and not answered yet
    Log::Done done;
    std::size_t left = 0;
    std::optional<Error> failed;
    std::vector<Part> parts;  // one for each section
    std::list<Batch>::iterator self;
  };
  struct Asked {
    LogBatch batch;
    Log::Done done;
    bool is_too_much = false;
  };

  void work();
  [[nodiscard]] Result<void> make_client(std::chrono::milliseconds patience);
  void replace_client();
  [[nodiscard]] std::deque<Asked> take();
  void produce(Asked asked);
  [[nodiscard]] std::optional<Error> produce(Part& part, Bytes record);
  [[nodiscard]] rd_kafka_resp_err_t hand_over(std::span<const rd_kafka_vu_t> message);
  void delivered(const rd_kafka_message_t& one);
  [[nodiscard]] std::optional<Error> why_not(const rd_kafka_message_t& one, PartitionRef where);
  void look_for_refusal();
  [[nodiscard]] Error refusal(rd_kafka_resp_err_t code, std::string_view topic);
  void release(Batch& batch);
  void answer(const Log::Done& done, const Result<void>& result);

  KafkaWriterOptions options_;
  KafkaSeal seal_;
  std::unique_ptr<KafkaClient> client_;
  std::optional<Error> refused_;  // by the brokers: a right that the newest client lacks
  std::optional<std::chrono::steady_clock::time_point> said_at_;
  std::list<Batch> batches_;                       // of the writer's thread
  std::vector<std::vector<std::int64_t>> newest_;  // offset that was reported, by partition

  std::mutex mutex_;  // guards what follows
  std::condition_variable is_idle_;
  std::condition_variable stops_;
  std::deque<Asked> asked_;
  std::size_t open_ = 0;   // taken and not answered
  std::size_t bytes_ = 0;  // of asked_
  bool is_stopping_ = false;
  std::size_t clients_ = 0;
  RdQueue reports_;  // of the client there is
  std::thread thread_;
};

}  // namespace jari
