// engine/log/kafka/kafka_client.h — one client of the cluster: librdkafka's handle with its topics,
// and what it tells of connections that broke.
//
// Private to engine/log/kafka/.
//
// Errors:  BadArgument for a property that librdkafka does not take; Unavailable where nobody
//          answers.
// Threads: librdkafka has its own; Told is called from whoever polls the client.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "engine/log/kafka/kafka_settings.h"

namespace jari {

template <auto destroy>
struct RdDestroy {
  template <class T>
  void operator()(T* one) const {
    destroy(one);
  }
};
template <class T, auto destroy>
using RdPtr = std::unique_ptr<T, RdDestroy<destroy>>;
using RdTopic = RdPtr<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using RdQueue = RdPtr<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using RdMetadata = RdPtr<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using RdPartitions = RdPtr<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

inline constexpr int kErrorLevel = 3;  // syslog's, as librdkafka has it

/// Whether the brokers let nobody with our name do that.
[[nodiscard]] bool is_right_missing(rd_kafka_resp_err_t error);
/// librdkafka's words; where a right is missing they say which.
[[nodiscard]] std::string words_of(rd_kafka_resp_err_t error, std::string_view right);

class KafkaClient {
 public:
  struct Told {
    std::function<void()> lost_connection;
    std::function<void(const rd_kafka_message_t&)> delivered;
    std::function<void(int level, std::string_view text)> say;
    std::function<void(std::string_view json)> statistics = {};  // every 5 s
  };

  [[nodiscard]] static Result<std::unique_ptr<KafkaClient>> make(KafkaRole role,
                                                                 const KafkaSettings& settings,
                                                                 Told told);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  [[nodiscard]] rd_kafka_t* handle() const { return handle_; }
  /// Takes the topics, by number, and hears where they are, so that the first use need not wait.
  [[nodiscard]] Result<void> take_topics(const std::vector<std::string>& names,
                                         std::chrono::milliseconds patience);
  [[nodiscard]] rd_kafka_topic_t* topic(std::size_t number) const {
    return topics_.at(number).get();
  }
  [[nodiscard]] std::size_t topics() const { return topics_.size(); }
  /// To whoever hears what it has to say; level as syslog has it.
  void say(int level, std::string_view text) const {
    if (ear_->told.say) ear_->told.say(level, text);
  }
  /// Of the topics taken.
  [[nodiscard]] Result<RdMetadata> metadata(std::chrono::milliseconds patience) const;

 private:
  struct Ear {  // outlives the client where librdkafka's threads do
    Told told;
    std::atomic<bool> is_closed{false};
    std::mutex mutex;
    std::string last_failure;  // of a connection, in librdkafka's words
  };
  explicit KafkaClient(Told told) : ear_(std::make_unique<Ear>()) { ear_->told = std::move(told); }
  [[nodiscard]] std::string last_failure() const;
  static void on_error(rd_kafka_t* handle, int error, const char* why, void* ear);
  static void on_delivered(rd_kafka_t* handle, const rd_kafka_message_t* one, void* ear);
  static int on_statistics(rd_kafka_t* handle, char* json, std::size_t size, void* ear);
  static void on_log(const rd_kafka_t* handle, int level, const char* about, const char* text);

  std::unique_ptr<Ear> ear_;
  rd_kafka_t* handle_ = nullptr;
  std::vector<RdTopic> topics_;
};

}  // namespace jari
