// How a log begins in a Kafka cluster.

#include <future>
#include <thread>
#include <utility>

#include "engine/log/kafka/kafka_parts.h"
#include "engine/log/kafka/kafka_topics.h"

namespace jari {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAgainAfter{100};

/// Connected, with all topics found: those just made are known to each broker a little later.
Result<std::unique_ptr<KafkaParts>> connect_to_all(const KafkaLogOptions& options) {
  const auto until = std::chrono::steady_clock::now() + options.patience;
  while (true) {
    auto parts = std::make_unique<KafkaParts>();
    parts->options = options;
    if (auto connected = parts->connect(); !connected) return connected.error();
    bool are_all_found = true;
    for (const auto& topic : parts->found) are_all_found &= topic.partitions > 0;
    if (are_all_found) return parts;
    if (std::chrono::steady_clock::now() > until) {
      return Error{ErrorCode::Unavailable, "the topics that were made are not to be seen yet"};
    }
    std::this_thread::sleep_for(kLookAgainAfter);
  }
}

/// The genesis in every partition that has nothing.
Result<void> begin(KafkaParts& parts) {
  LogBatch batch;
  for (const LogPlace& place : parts.places(0)) {
    if (parts.ends->ends(place.where).end > 0) continue;
    LogSection& section = batch.sections.emplace_back();
    section.where = place.where;
    section.base_offset = kAnyOffset;
    section.add(bytes_of(genesis_record(parts.identity)));
  }
  if (batch.sections.empty()) return {};
  KafkaWriterOptions options = parts.writer_options(KafkaRole::Writer);
  options.incarnation = {};  // a genesis is sealed under none
  KafkaWriter writer(std::move(options));
  if (auto started = writer.start(parts.options.patience); !started) return started;
  std::promise<Result<void>> answer;
  writer.append(std::move(batch),
                [&](Result<void> result) { answer.set_value(std::move(result)); });
  auto answered = answer.get_future();
  if (answered.wait_for(parts.options.patience) != std::future_status::ready) {
    return Error{ErrorCode::Unavailable,
                 "the log's first records have not been acknowledged; see that enough brokers run, "
                 "then run it again"};
  }
  return answered.get();
}

}  // namespace

Result<LogIdentity> make_kafka_log(const KafkaLogOptions& options, const LogIdentity& if_new) {
  {
    KafkaParts before;
    before.options = options;
    if (auto connected = before.connect(); !connected) return connected.error();
    auto made = make_topics(*before.asker, options, before.names, before.found, if_new);
    if (!made) return made.error();
  }
  auto connected = connect_to_all(options);
  if (!connected) return std::move(connected).error();
  KafkaParts& parts = **connected;
  auto wrong = wrong_with(*parts.asker, options, parts.names, parts.found);
  if (!wrong) return std::move(wrong).error();
  if (!wrong->empty()) return wrong_topics(*wrong);
  if (auto followed = parts.follow(); !followed) return followed.error();
  auto identity = parts.find_identity();
  if (!identity && identity.error().code != ErrorCode::NotFound) {
    return std::move(identity).error();
  }
  parts.identity = identity ? std::move(*identity) : if_new;
  if (auto others = other_partitions(parts); !others.empty()) return wrong_topics(others);
  if (auto begun = begin(parts); !begun) return begun.error();
  const auto all = parts.places(0);
  if (!parts.ends->hear_anew(all, options.patience)) {
    return Error{ErrorCode::Unavailable,
                 "the log has begun, but cannot be read back; run it again"};
  }
  for (const LogPlace& place : all) parts.ends->publish(place.where);
  return parts.find_identity();
}

Result<std::vector<std::string>> look_at_kafka_log(const KafkaLogOptions& options) {
  KafkaParts parts;
  parts.options = options;
  if (auto connected = parts.connect(); !connected) return connected.error();
  auto wrong = wrong_with(*parts.asker, options, parts.names, parts.found);
  if (!wrong) return wrong;
  for (const auto& topic : parts.found) {
    if (topic.partitions == 0) return wrong;
  }
  if (auto followed = parts.follow(); !followed) return followed.error();
  auto identity = parts.find_identity();
  if (!identity && identity.error().code == ErrorCode::Unavailable) {
    return std::move(identity).error();
  }
  if (!identity) {
    wrong->push_back(identity.error().detail);
    return wrong;
  }
  parts.identity = std::move(*identity);
  for (auto& line : other_partitions(parts)) wrong->push_back(std::move(line));
  for (auto& line : empty_partitions(parts)) wrong->push_back(std::move(line));
  return wrong;
}

}  // namespace jari
