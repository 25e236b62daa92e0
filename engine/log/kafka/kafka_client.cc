#include "engine/log/kafka/kafka_client.h"

#include <array>
#include <future>
#include <thread>
#include <utility>

#include "engine/base/check.h"

namespace jari {
namespace {

constexpr std::chrono::seconds kDestroyedWithin{3};

using RdConf = RdPtr<rd_kafka_conf_t, rd_kafka_conf_destroy>;

/// A property that only the other kind of client has is passed over: a file is for all of them.
Result<void> set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error{ErrorCode::BadArgument,
               "Kafka's client does not take " + key + ": " + std::string{why.data()}};
}

}  // namespace

bool is_right_missing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

std::string words_of(rd_kafka_resp_err_t error, std::string_view right) {
  std::string words = rd_kafka_err2str(error);
  if (!is_right_missing(error)) return words;
  return words + "; whoever --kafka-properties says we are needs " + std::string{right} +
         " (ops/SIZING.md, What an existing cluster must allow)";
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::make(KafkaRole role,
                                                       const KafkaSettings& settings, Told told) {
  std::unique_ptr<KafkaClient> client{new KafkaClient(std::move(told))};
  const bool is_writer = role == KafkaRole::Writer || role == KafkaRole::Perishable;
  RdConf conf{rd_kafka_conf_new()};
  for (const auto& [key, value] : properties_of(role, settings)) {
    if (auto is_set = set(conf.get(), key, value); !is_set) return is_set.error();
  }
  rd_kafka_conf_set_opaque(conf.get(), client->ear_.get());
  rd_kafka_conf_set_error_cb(conf.get(), &KafkaClient::on_error);
  rd_kafka_conf_set_log_cb(conf.get(), &KafkaClient::on_log);
  if (client->ear_->told.statistics) {
    rd_kafka_conf_set_stats_cb(conf.get(), &KafkaClient::on_statistics);
  } else if (auto is_set = set(conf.get(), "statistics.interval.ms", "0"); !is_set) {
    return is_set.error();
  }
  if (is_writer) rd_kafka_conf_set_dr_msg_cb(conf.get(), &KafkaClient::on_delivered);
  std::array<char, 512> why{};
  client->handle_ = rd_kafka_new(is_writer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(),
                                 why.data(), why.size());
  if (client->handle_ == nullptr) {
    return Error{ErrorCode::BadArgument,
                 "a client of Kafka cannot be made: " + std::string{why.data()}};
  }
  static_cast<void>(conf.release());  // the client's now
  return client;
}

/// Once a topic that it read was removed, librdkafka 2.0.2 may wait for its own threads for ever
/// (its issue 4724): then they are left behind, and hear nothing.
KafkaClient::~KafkaClient() {
  topics_.clear();
  if (handle_ == nullptr) return;
  ear_->is_closed = true;
  std::promise<void> ended;
  auto has_ended = ended.get_future();
  std::thread destroyer(
      [handle = handle_, ear = std::move(ear_), told = std::move(ended)]() mutable {
        rd_kafka_destroy(handle);
        told.set_value();
      });
  if (has_ended.wait_for(kDestroyedWithin) == std::future_status::ready) {
    destroyer.join();
  } else {
    destroyer.detach();
  }
}

Result<void> KafkaClient::take_topics(const std::vector<std::string>& names,
                                      std::chrono::milliseconds patience) {
  for (const auto& name : names) {
    topics_.emplace_back(rd_kafka_topic_new(handle_, name.c_str(), nullptr));
    CHECK(topics_.back() != nullptr);
  }
  const auto heard = metadata(patience);
  if (!heard) return heard.error();
  return {};
}

Result<RdMetadata> KafkaClient::metadata(std::chrono::milliseconds patience) const {
  const rd_kafka_metadata_t* heard = nullptr;
  const auto error =
      rd_kafka_metadata(handle_, 0, nullptr, &heard, static_cast<int>(patience.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{ErrorCode::Unavailable,
                 "no broker of the Kafka cluster answers: " + std::string{rd_kafka_err2str(error)} +
                     last_failure() +
                     "; see that it runs, that --kafka-brokers names it, and that "
                     "--kafka-properties has what it asks for"};
  }
  return RdMetadata{heard};
}

/// Why a connection failed last, which librdkafka only says in its log.
std::string KafkaClient::last_failure() const {
  const std::lock_guard lock(ear_->mutex);
  return ear_->last_failure.empty() ? std::string{} : " (" + ear_->last_failure + ")";
}

void KafkaClient::on_error(rd_kafka_t* /*handle*/, int error, const char* why, void* ear) {
  const Told& told = static_cast<Ear*>(ear)->told;
  if (told.say) told.say(4, why);
  if (told.lost_connection &&
      (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)) {
    told.lost_connection();
  }
}

void KafkaClient::on_delivered(rd_kafka_t* /*handle*/, const rd_kafka_message_t* one, void* ear) {
  static_cast<Ear*>(ear)->told.delivered(*one);
}

/// librdkafka frees what it gives.
int KafkaClient::on_statistics(rd_kafka_t* /*handle*/, char* json, std::size_t size, void* ear) {
  static_cast<Ear*>(ear)->told.statistics({json, size});
  return 0;
}

void KafkaClient::on_log(const rd_kafka_t* handle, int level, const char* about, const char* text) {
  // A property of a reader in a writer, and the like: a file is for all clients.
  if (handle == nullptr || std::string_view{about} == "CONFWARN") return;
  auto* const ear = static_cast<Ear*>(rd_kafka_opaque(handle));
  if (ear == nullptr || ear->is_closed) return;
  if (std::string_view{about} == "FAIL") {
    const std::lock_guard lock(ear->mutex);
    ear->last_failure = text;
  }
  if (ear->told.say) ear->told.say(level, text);
}

}  // namespace jari
