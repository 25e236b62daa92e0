#include "ops/jari/kafka.h"

#include <utility>

#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/http/base64url.h"
#include "engine/http/secret_file.h"
#include "ops/jari/settings.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

/// As append_json() begins a document.
std::string appointment_in(Bytes document) {
  constexpr std::string_view kBegins = R"({"appointment":")";
  std::string_view text = text_of(document);
  if (!text.starts_with(kBegins)) return {};
  text.remove_prefix(kBegins.size());
  return std::string{text.substr(0, text.find('"'))};
}

Result<std::string> read_seal_key(const std::string& file) {
  auto text = http::read_key_file(file);
  if (!text) {
    return Error{text.error().code,
                 text.error().detail + "; `jari topics create` makes it, every node has a copy"};
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  auto key = http::base64url_decode(*text);
  constexpr std::size_t kKeyBytesMin = 32;
  if (key && key->size() >= kKeyBytesMin) return *std::move(key);
  return Error{ErrorCode::BadArgument,
               file + " must hold one line: base64url of at least 32 bytes"};
}

}  // namespace

void add_kafka_settings(CLI::App& command, KafkaClusterSettings& settings) {
  add_setting(command, "kafka-brokers", settings.brokers, "HOST:PORT,… of the Kafka cluster");
  add_setting(command, "kafka-properties", settings.properties,
              "File with what else Kafka's client is to be told, KEY=VALUE a line (SASL, TLS, …)");
  add_setting(command, "kafka-prefix", settings.prefix, "Stands before the name of each topic");
  add_setting(command, "kafka-replication", settings.replication,
              "Replicas that each topic must have; more than half of them acknowledge")
      ->check(CLI::Range(1, 15));
  add_setting(command, "kafka-seal-key", settings.seal_key,
              "File with the cluster's key, which seals what nodes append (default: "
              "DIR/keys/kafka-seal.key)");
}

std::string kafka_seal_file(const KafkaClusterSettings& settings, const std::string& data) {
  return settings.seal_key.empty() ? data + "/keys/kafka-seal.key" : settings.seal_key;
}

Result<KafkaLogOptions> kafka_log_options(const KafkaClusterSettings& settings,
                                          const std::string& data) {
  KafkaLogOptions options;
  options.cluster.brokers = settings.brokers;
  options.cluster.topic_prefix = settings.prefix;
  options.replication = settings.replication;
  options.shape_of = shape_of;
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    options.topics.push_back(
        {std::string{kTopicNames[topic]}, topic == kSyncTopic || topic == kOutcomesTopic});
  }
  bool names_brokers = !settings.brokers.empty();
  if (!settings.properties.empty()) {
    auto text = read_text_file(settings.properties);
    if (!text) return std::move(text).error();
    auto properties = parse_kafka_properties(*text);
    if (!properties) {
      return Error{ErrorCode::BadArgument, settings.properties + ": " + properties.error().detail};
    }
    options.cluster.more = std::move(*properties);
    for (const auto& [key, value] : options.cluster.more) {
      names_brokers |= key == "bootstrap.servers" || key == "metadata.broker.list";
    }
  }
  if (!names_brokers) {
    return Error{ErrorCode::BadArgument,
                 "no broker is named: give --kafka-brokers HOST:PORT,…, or bootstrap.servers in "
                 "the file of --kafka-properties"};
  }
  auto key = read_seal_key(kafka_seal_file(settings, data));
  if (!key) return std::move(key).error();
  options.seal_key = std::move(*key);
  return options;
}

KafkaShape shape_of(PartitionRef where, Bytes record) {
  if (where.topic != kSyncTopic && where.topic != kOutcomesTopic) return {};
  const auto envelope = read_envelope(record);
  if (!envelope || envelope->kind != RecordKind::Row) return {};
  if (where.topic == kSyncTopic) {
    return {appointment_in(envelope->body), envelope->type == kAppointmentRow};
  }
  const Record row = decode(envelope->type, envelope->body);
  const auto* const outcome = std::get_if<Outcome>(&row);
  if (outcome == nullptr) return {};
  for (const std::string_view about :
       {outcome->person.text, outcome->queue.text, outcome->site.text, outcome->programme.text}) {
    if (!about.empty()) return {std::string{about}, false};
  }
  return {};
}

}  // namespace jari::ops
