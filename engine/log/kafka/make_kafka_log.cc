// How a log begins in a Kafka cluster.

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "engine/log/kafka/kafka_parts.h"
#include "engine/log/kafka/kafka_topics.h"

namespace jari {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAgainAfter{100};
constexpr milliseconds kOthersTurn{5'000};  // to finish what they have begun

using Steady = std::chrono::steady_clock;

const KafkaTopicFound kThere{1, {}};  // as one that need not be made

std::size_t missing(const KafkaParts& parts) {
  const auto is_missing = [](const auto& topic) { return topic.partitions == 0; };
  return static_cast<std::size_t>(
      std::count_if(parts.found.begin(), parts.found.end(), is_missing));
}

/// Makes the topics that are missing. Of several who do so at once the one that makes the first
/// topic makes all, so that they fit together: true. The others wait for it, but not for ever.
Result<bool> make_missing(const KafkaLogOptions& options, const LogIdentity& if_new) {
  const auto until = Steady::now() + kOthersTurn;
  bool is_first = false;
  while (true) {
    KafkaParts parts;
    parts.options = options;
    if (auto connected = parts.connect(); !connected) return connected.error();
    if (missing(parts) == 0) return is_first;
    if (parts.found.front().partitions == 0 && !is_first) {
      std::vector<KafkaTopicFound> others(parts.found.size(), kThere);
      others.front() = {};
      auto made = make_topics(*parts.asker, options, parts.names, others, if_new);
      if (!made) return made.error();
      is_first = *made > 0;
    }
    if (is_first || Steady::now() > until) {
      parts.found.front() = kThere;
      auto made = make_topics(*parts.asker, options, parts.names, parts.found, if_new);
      if (!made) return made.error();
      return is_first;
    }
    std::this_thread::sleep_for(kLookAgainAfter);
  }
}

/// Connected, with all topics found: those just made are known to each broker a little later.
Result<std::unique_ptr<KafkaParts>> connect_to_all(const KafkaLogOptions& options) {
  const auto until = Steady::now() + options.patience;
  while (true) {
    auto parts = std::make_unique<KafkaParts>();
    parts->options = options;
    if (auto connected = parts->connect(); !connected) return connected.error();
    if (missing(*parts) == 0) return parts;
    if (Steady::now() > until) {
      return Error{ErrorCode::Unavailable, "the topics that were made are not to be seen yet"};
    }
    std::this_thread::sleep_for(kLookAgainAfter);
  }
}

/// The ends as they are now.
Result<void> look(KafkaParts& parts) {
  const auto all = parts.places(0);
  if (!parts.ends->hear_anew(all, parts.options.patience)) {
    return Error{ErrorCode::Unavailable,
                 "the log has begun, but cannot be read back; run it again"};
  }
  for (const LogPlace& place : all) parts.ends->publish(place.where);
  return {};
}

/// Whoever has made the topics begins the log in them.
Result<void> await_others(KafkaParts& parts) {
  const auto until = Steady::now() + kOthersTurn;
  while (!empty_partitions(parts).empty() && Steady::now() < until) {
    std::this_thread::sleep_for(kLookAgainAfter);
    if (auto looked = look(parts); !looked) return looked;
  }
  return {};
}

/// The genesis in each of these partitions that has nothing.
Result<void> begin(KafkaParts& parts, std::span<const LogPlace> places) {
  LogBatch batch;
  for (const LogPlace& place : places) {
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
  const auto is_first = make_missing(options, if_new);
  if (!is_first) return is_first.error();
  auto connected = connect_to_all(options);
  if (!connected) return std::move(connected).error();
  KafkaParts& parts = **connected;
  auto wrong = wrong_with(*parts.asker, options, parts.names, parts.found);
  if (!wrong) return std::move(wrong).error();
  if (!wrong->empty()) return wrong_topics(*wrong);
  if (auto followed = parts.follow(); !followed) return followed.error();
  const auto all = parts.places(0);
  if (!*is_first) {
    if (auto waited = await_others(parts); !waited) return waited.error();
  }
  auto identity = parts.find_identity();
  if (!identity && identity.error().code == ErrorCode::NotFound) {
    // One partition decides: the first genesis that stands there, whoever appends another.
    parts.identity = if_new;
    if (auto others = other_partitions(parts); !others.empty()) return wrong_topics(others);
    if (auto begun = begin(parts, std::span{all}.first(1)); !begun) return begun.error();
    if (auto looked = look(parts); !looked) return looked.error();
    identity = parts.find_identity();
  }
  if (!identity) return identity;
  parts.identity = std::move(*identity);
  if (auto others = other_partitions(parts); !others.empty()) return wrong_topics(others);
  if (auto begun = begin(parts, all); !begun) return begun.error();
  if (auto looked = look(parts); !looked) return looked.error();
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
