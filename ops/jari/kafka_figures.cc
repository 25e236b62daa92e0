#include "ops/jari/kafka_figures.h"

#include <algorithm>

namespace jari::ops {
namespace {

constexpr double kMicrosecondsOfASecond = 1e6;

std::string_view name_of(KafkaRole role) {
  switch (role) {
    case KafkaRole::Writer:
      return "writer";
    case KafkaRole::Perishable:
      return "perishable";
    case KafkaRole::Follower:
      return "follower";
    case KafkaRole::Asker:
      return "asker";
  }
  return "";
}

std::int64_t number(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->integer().value_or(0) : 0;
}

double p99_seconds(const http::JsonValue& broker, std::string_view window) {
  const auto values = broker.member(window);
  return values ? static_cast<double>(number(*values, "p99")) / kMicrosecondsOfASecond : 0;
}

}  // namespace

Result<void> KafkaFigures::take(KafkaRole role, std::string_view statistics) {
  const auto document = http::parse_json(statistics);
  if (!document) return document.error();
  const auto brokers = document->root().member("brokers");
  if (!brokers || !brokers->is_object()) {
    return Error{ErrorCode::BadBytes, "the statistics of librdkafka name no brokers"};
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [name, broker] : brokers->members()) {
    const std::int64_t id = broker.member("nodeid") ? number(broker, "nodeid") : -1;
    if (id >= 0) take_broker(role, id, broker);  // else an address that led to one of the others
  }
  const auto topics = document->root().member("topics");
  if (role != KafkaRole::Follower || !topics) return {};
  for (const auto& [name, topic] : topics->members()) {
    if (const auto partitions = topic.member("partitions")) take_topic(name, *partitions);
  }
  return {};
}

void KafkaFigures::take_broker(KafkaRole role, std::int64_t id, const http::JsonValue& broker) {
  const bool is_known = retries_.contains({role, id});
  const auto of_role = std::count_if(retries_.begin(), retries_.end(),
                                     [&](const auto& one) { return one.first.first == role; });
  if (!is_known && static_cast<std::size_t>(of_role) >= kBrokersMax) return;
  const std::string number_text = std::to_string(id);
  const metrics::Labels labels{{"client", name_of(role)}, {"broker", number_text}};
  metrics_
      .gauge("jari_kafka_round_trip_p99_seconds",
             "A request to a broker and its answer, 99 of 100 in the last 5 s", labels)
      .set(p99_seconds(broker, "rtt"));
  // librdkafka 2.0.2 reckons it from the timeout, which what must stand in the log has not.
  if (role == KafkaRole::Perishable) {
    metrics_
        .gauge("jari_kafka_send_wait_p99_seconds",
               "A tick waits so long to be sent, 99 of 100 in the last 5 s", labels)
        .set(p99_seconds(broker, "int_latency"));
  }
  metrics_.gauge("jari_kafka_unsent_requests", "Requests that wait to be sent to a broker", labels)
      .set(static_cast<double>(number(broker, "outbuf_cnt")));
  metrics_
      .gauge("jari_kafka_unsent_records", "Records in the requests that wait to be sent", labels)
      .set(static_cast<double>(number(broker, "outbuf_msg_cnt")));
  const std::int64_t retries = number(broker, "txretries");
  const std::int64_t before = std::exchange(retries_[{role, id}], retries);
  const std::int64_t more = retries >= before ? retries - before : retries;
  metrics_.counter("jari_kafka_retries_total", "Requests sent to a broker once more", labels)
      .add(static_cast<std::uint64_t>(more));
}

void KafkaFigures::take_topic(std::string_view name, const http::JsonValue& partitions) {
  if (name.substr(0, topic_prefix_.size()) == topic_prefix_) {
    name.remove_prefix(topic_prefix_.size());
  }
  std::int64_t unread = 0;
  std::int64_t fetched = 0;
  for (const auto& [partition, one] : partitions.members()) {
    unread += std::max<std::int64_t>(number(one, "consumer_lag"), 0);  // -1: not known
    const auto state = one.member("fetch_state");
    fetched += state && state->text() == "active" ? 1 : 0;
  }
  metrics_
      .gauge("jari_kafka_unread_records", "Records in the topic that this node has not read",
             {{"topic", name}})
      .set(static_cast<double>(unread));
  metrics_
      .gauge("jari_kafka_fetched_partitions", "Partitions of the topic that this node reads on",
             {{"topic", name}})
      .set(static_cast<double>(fetched));
}

}  // namespace jari::ops
