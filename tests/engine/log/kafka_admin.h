// tests/engine/log/kafka_admin.h — what somebody who may do everything in a cluster does to a log's
// topics.
//
// Errors:  what cannot be done stops the test (CHECK).
// Threads: one.
#pragma once

#include <array>
#include <string>

#include "engine/base/check.h"
#include "engine/log/kafka/kafka_client.h"
#include "engine/log/kafka/kafka_log.h"

namespace jari {

class KafkaAdmin {
 public:
  explicit KafkaAdmin(const KafkaLogOptions& options)
      : options_(options),
        client_(*KafkaClient::make(KafkaRole::Asker, options.cluster, {})),
        queue_(rd_kafka_queue_new(client_->handle())) {}

  void delete_topic(const std::string& name) {
    rd_kafka_DeleteTopic_t* one = rd_kafka_DeleteTopic_new(named(name).c_str());
    rd_kafka_DeleteTopics(client_->handle(), &one, 1, nullptr, queue_.get());
    rd_kafka_DeleteTopic_destroy(one);
    wait();
    while (is_there(named(name))) {  // brokers hear of it a little later
    }
  }
  /// Records before this offset are no longer kept.
  void drop_before(const std::string& name, std::int32_t partition, std::int64_t offset) {
    const RdPartitions before{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(before.get(), named(name).c_str(), partition)->offset =
        offset;
    rd_kafka_DeleteRecords_t* one = rd_kafka_DeleteRecords_new(before.get());
    rd_kafka_DeleteRecords(client_->handle(), &one, 1, nullptr, queue_.get());
    rd_kafka_DeleteRecords_destroy(one);
    wait();
  }
  /// Appends as a client does whose clock shows this time (ms); what came of it.
  rd_kafka_resp_err_t append_at(const std::string& name, std::int64_t time,
                                std::string value = {}) {
    auto answer = RD_KAFKA_RESP_ERR__IN_PROGRESS;
    const auto writer =
        *KafkaClient::make(KafkaRole::Writer, options_.cluster,
                           {{}, [&](const rd_kafka_message_t& one) { answer = one.err; }, {}});
    const std::string topic = named(name);
    std::array<rd_kafka_vu_t, 4> message{};
    message[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    message[0].u.cstr = topic.c_str();
    message[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    message[1].u.i32 = 0;
    message[2].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    message[2].u.i64 = time;
    message[3].vtype = RD_KAFKA_VTYPE_VALUE;
    message[3].u.mem = {value.data(), value.size()};
    CHECK(rd_kafka_produceva(writer->handle(), message.data(), message.size()) == nullptr);
    CHECK(rd_kafka_flush(writer->handle(), 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return answer;
  }
  /// All other settings of the topic fall back to the cluster's.
  void set_only(const std::string& name, const char* key, const char* value) {
    rd_kafka_ConfigResource_t* one =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, named(name).c_str());
    CHECK(rd_kafka_ConfigResource_set_config(one, key, value) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_AlterConfigs(client_->handle(), &one, 1, nullptr, queue_.get());
    rd_kafka_ConfigResource_destroy(one);
    wait();
  }

 private:
  [[nodiscard]] std::string named(const std::string& name) const {
    return options_.cluster.topic_prefix + name;
  }
  [[nodiscard]] bool is_there(const std::string& topic) const {
    const rd_kafka_metadata_t* heard = nullptr;
    CHECK(rd_kafka_metadata(client_->handle(), 1, nullptr, &heard, 10'000) ==
          RD_KAFKA_RESP_ERR_NO_ERROR);
    const RdMetadata kept{heard};
    for (int i = 0; i < heard->topic_cnt; ++i) {
      if (topic == heard->topics[i].topic) return true;
    }
    return false;
  }
  void wait() {
    const RdPtr<rd_kafka_event_t, rd_kafka_event_destroy> event{
        rd_kafka_queue_poll(queue_.get(), 30'000)};
    CHECK(event && rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  const KafkaLogOptions& options_;
  std::unique_ptr<KafkaClient> client_;
  RdQueue queue_;
};

}  // namespace jari
