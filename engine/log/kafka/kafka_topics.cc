#include "engine/log/kafka/kafka_topics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "engine/log/kafka/kafka_parts.h"

namespace jari {
namespace {

using RdEvent = RdPtr<rd_kafka_event_t, rd_kafka_event_destroy>;
using RdAdminOptions = RdPtr<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

constexpr int kAdminPatienceMs = 30'000;
constexpr std::chrono::milliseconds kAskAgainAfter{100};
constexpr const char* kInSync = "min.insync.replicas";
constexpr std::uint64_t kRecordBytesMax = std::uint64_t{8} << 20;

/// What a topic is to be set to; a number is the least.
struct Wanted {
  std::string key;
  std::string value;
  bool is_least = false;
  bool is_must = true;  // else a node starts all the same
};

std::vector<Wanted> wanted_of(bool is_sink, std::uint16_t replication) {
  std::vector<Wanted> all{
      {"cleanup.policy", "delete"},
      {kInSync, std::to_string(least_in_sync(replication)), true},
      {"unclean.leader.election.enable", "false"},
      {"max.message.bytes", std::to_string(kRecordBytesMax), true},
      // Else a broker refuses what comes from a node whose clock is more than an hour ahead.
      {"message.timestamp.type", "LogAppendTime"},
  };
  // A sink's readers begin where it begins: nodes do without what it no longer has, others do not.
  all.push_back({"retention.ms", "-1", false, !is_sink});
  all.push_back({"retention.bytes", "-1", false, !is_sink});
  return all;
}

std::optional<std::uint64_t> number_in(const std::string& value) {
  const bool is_number = !value.empty() && value.size() < 19 &&
                         value.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::optional<std::uint64_t>(std::stoull(value)) : std::nullopt;
}

bool is_good(const Wanted& wanted, const std::string& value) {
  if (!wanted.is_least) return value == wanted.value;
  const auto number = number_in(value);
  return number && *number >= std::stoull(wanted.value);
}

RdAdminOptions admin_options(const KafkaClient& client, rd_kafka_admin_op_t what) {
  RdAdminOptions options{rd_kafka_AdminOptions_new(client.handle(), what)};
  std::array<char, 256> why{};
  static_cast<void>(rd_kafka_AdminOptions_set_request_timeout(options.get(), kAdminPatienceMs,
                                                              why.data(), why.size()));
  return options;
}

Error admin_failed(const std::string& doing, const std::string& why) {
  return {ErrorCode::Unavailable, "the Kafka cluster does not " + doing + ": " + why};
}

using Settings = std::map<std::string, std::string>;

Settings settings_in(const rd_kafka_ConfigResource_t& resource) {
  Settings settings;
  std::size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(&resource, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return settings;
}

/// The settings of each topic, by its name. `is_known`: the broker that answers knows them all.
Result<std::map<std::string, Settings>> ask(KafkaClient& client,
                                            const std::vector<std::string>& names, bool& is_known) {
  using Resource = RdPtr<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
  std::vector<Resource> asked;
  std::vector<rd_kafka_ConfigResource_t*> raw;
  for (const auto& name : names) {
    asked.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    raw.push_back(asked.back().get());
  }
  const RdQueue queue{rd_kafka_queue_new(client.handle())};
  const auto options = admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_DescribeConfigs(client.handle(), raw.data(), raw.size(), options.get(), queue.get());
  const RdEvent event{rd_kafka_queue_poll(queue.get(), kAdminPatienceMs)};
  const auto* result = event ? rd_kafka_event_DescribeConfigs_result(event.get()) : nullptr;
  if (result == nullptr) return admin_failed("describe its topics", "no answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return admin_failed("describe its topics", rd_kafka_event_error_string(event.get()));
  }
  std::map<std::string, Settings> all;
  std::size_t count = 0;
  const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(resources[i]);
    const auto error = rd_kafka_ConfigResource_error(resources[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      is_known = error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
      return admin_failed("describe topic " + name,
                          is_right_missing(error)
                              ? words_of(error, "DESCRIBE_CONFIGS of it")
                              : rd_kafka_ConfigResource_error_string(resources[i]));
    }
    all[name] = settings_in(*resources[i]);
  }
  return all;
}

/// The same, of topics that some broker has told of: another may hear of one that was made just now
/// a little later, and is asked again for so long.
Result<std::map<std::string, Settings>> describe(KafkaClient& client,
                                                 const std::vector<std::string>& names,
                                                 std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    bool is_known = true;
    auto all = ask(client, names, is_known);
    if (is_known || std::chrono::steady_clock::now() > until) return all;
    std::this_thread::sleep_for(kAskAgainAfter);
  }
}

}  // namespace

Error wrong_topics(const std::vector<std::string>& lines) {
  std::string all = "the topics are not as they must be (`jari topics check` lists it):";
  for (const auto& line : lines) all += "\n  " + line;
  return {ErrorCode::LogMismatch, all};
}

Result<std::vector<std::string>> wrong_with(KafkaClient& client, const KafkaLogOptions& options,
                                            const std::vector<std::string>& names,
                                            const std::vector<KafkaTopicFound>& found) {
  std::vector<std::string> lines;
  std::vector<std::string> present;
  std::map<std::string, int> replication;  // of the partition that has the fewest
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (found[i].partitions == 0) {
      lines.push_back(names[i] + ": there is no such topic");
      continue;
    }
    present.push_back(names[i]);
    const auto& counts = found[i].replications;
    const int fewest = *std::min_element(counts.begin(), counts.end());
    replication[names[i]] = fewest;
    if (fewest < options.replication) {
      lines.push_back(names[i] + ": replication is " + std::to_string(fewest) +
                      ", must be at least " + std::to_string(options.replication));
    }
  }
  if (present.empty()) return lines;
  auto described = describe(client, present, options.patience);
  if (!described) return std::move(described).error();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (found[i].partitions == 0) continue;
    Settings& settings = (*described)[names[i]];
    for (const Wanted& wanted : wanted_of(options.topics[i].is_sink, options.replication)) {
      const std::string& value = settings[wanted.key];
      if (!wanted.is_must || is_good(wanted, value)) continue;
      lines.push_back(names[i] + ": " + wanted.key + " is " + value + ", must be " +
                      (wanted.is_least ? "at least " : "") + wanted.value);
    }
    const auto in_sync = number_in(settings[kInSync]);
    const int replicas = replication[names[i]];
    if (in_sync && *in_sync > static_cast<std::uint64_t>(replicas)) {
      lines.push_back(names[i] + ": " + kInSync + " is " + std::to_string(*in_sync) +
                      ", must be at most " + std::to_string(replicas) +
                      ", its replication: nothing could be appended there");
    }
  }
  return lines;
}

Result<std::vector<std::string>> sinks_that_forget(const KafkaLogOptions& options) {
  KafkaParts parts;
  parts.options = options;
  if (auto connected = parts.connect(); !connected) return connected.error();
  std::vector<std::string> present;
  for (std::size_t i = 0; i < parts.names.size(); ++i) {
    const bool is_there = options.topics[i].is_sink && parts.found[i].partitions > 0;
    if (is_there) present.push_back(parts.names[i]);
  }
  if (present.empty()) return present;
  auto described = describe(*parts.asker, present, options.patience);
  if (!described) return std::move(described).error();
  std::vector<std::string> lines;
  for (const std::string& name : present) {
    for (const Wanted& wanted : wanted_of(true, options.replication)) {
      const std::string& value = (*described)[name][wanted.key];
      if (wanted.is_must || is_good(wanted, value)) continue;
      lines.push_back(name + ": " + wanted.key + " is " + value + ", should be " + wanted.value);
    }
  }
  return lines;
}

Result<std::size_t> make_topics(KafkaClient& client, const KafkaLogOptions& options,
                                const std::vector<std::string>& names,
                                const std::vector<KafkaTopicFound>& found,
                                const LogIdentity& identity) {
  using NewTopic = RdPtr<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
  std::vector<NewTopic> made;
  std::vector<rd_kafka_NewTopic_t*> raw;
  std::array<char, 512> why{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (found[i].partitions > 0) continue;
    made.emplace_back(rd_kafka_NewTopic_new(names[i].c_str(), identity.topics[i].partitions,
                                            options.replication, why.data(), why.size()));
    if (!made.back()) return Error{ErrorCode::BadArgument, names[i] + ": " + why.data()};
    raw.push_back(made.back().get());
    for (const Wanted& one : wanted_of(options.topics[i].is_sink, options.replication)) {
      static_cast<void>(
          rd_kafka_NewTopic_set_config(raw.back(), one.key.c_str(), one.value.c_str()));
    }
  }
  if (raw.empty()) return std::size_t{0};
  const RdQueue queue{rd_kafka_queue_new(client.handle())};
  const auto admin = admin_options(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_CreateTopics(client.handle(), raw.data(), raw.size(), admin.get(), queue.get());
  const RdEvent event{rd_kafka_queue_poll(queue.get(), kAdminPatienceMs)};
  const auto* result = event ? rd_kafka_event_CreateTopics_result(event.get()) : nullptr;
  if (result == nullptr) return admin_failed("make topics", "no answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return admin_failed("make topics", rd_kafka_event_error_string(event.get()));
  }
  std::size_t count = 0;
  const auto* const* topics = rd_kafka_CreateTopics_result_topics(result, &count);
  std::size_t ours = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(topics[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) ++ours;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* const said =
        is_right_missing(error) ? nullptr : rd_kafka_topic_result_error_string(topics[i]);
    return Error{
        ErrorCode::BadArgument,
        std::string{"topic "} + rd_kafka_topic_result_name(topics[i]) +
            " cannot be made: " + (said == nullptr ? words_of(error, "CREATE of it") : said)};
  }
  return ours;
}

Result<std::vector<Offset>> trim_kafka_log(const KafkaLogOptions& options,
                                           std::span<const LogPlace> begins) {
  KafkaParts parts;
  parts.options = options;
  if (auto connected = parts.connect(); !connected) return connected.error();
  const RdPartitions asked{rd_kafka_topic_partition_list_new(static_cast<int>(begins.size()))};
  for (const LogPlace& place : begins) {
    rd_kafka_topic_partition_list_add(asked.get(), parts.names.at(place.where.topic).c_str(),
                                      place.where.partition)
        ->offset = static_cast<std::int64_t>(place.next_offset);
  }
  using DeleteRecords = RdPtr<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy>;
  const DeleteRecords all{rd_kafka_DeleteRecords_new(asked.get())};
  const RdQueue queue{rd_kafka_queue_new(parts.asker->handle())};
  const auto admin = admin_options(*parts.asker, RD_KAFKA_ADMIN_OP_DELETERECORDS);
  rd_kafka_DeleteRecords_t* raw = all.get();
  rd_kafka_DeleteRecords(parts.asker->handle(), &raw, 1, admin.get(), queue.get());
  const RdEvent event{rd_kafka_queue_poll(queue.get(), kAdminPatienceMs)};
  const auto* result = event ? rd_kafka_event_DeleteRecords_result(event.get()) : nullptr;
  if (result == nullptr) return admin_failed("delete records", "no answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return admin_failed("delete records", rd_kafka_event_error_string(event.get()));
  }
  const auto* answers = rd_kafka_DeleteRecords_result_offsets(result);
  std::vector<Offset> begin_now;
  for (const LogPlace& place : begins) {
    const std::string& name = parts.names.at(place.where.topic);
    const auto* one =
        rd_kafka_topic_partition_list_find(answers, name.c_str(), place.where.partition);
    const auto error = one == nullptr ? RD_KAFKA_RESP_ERR_UNKNOWN : one->err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return admin_failed(
          "delete records of " + name + " partition " + std::to_string(place.where.partition),
          words_of(error, "DELETE of it"));
    }
    begin_now.push_back(static_cast<Offset>(one->offset));
  }
  return begin_now;
}

}  // namespace jari
