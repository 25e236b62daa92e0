#include "engine/log/kafka/kafka_settings.h"

#include <algorithm>
#include <array>

namespace jari {
namespace {

struct Refused {
  std::string_view key;
  std::string_view why;
};

constexpr std::string_view kDurable = "a request is answered once all in-sync replicas have it";
constexpr std::string_view kOnce = "retries must neither reorder nor double what is appended";
constexpr std::string_view kNoSkip = "what is appended is tried until it stands: none is skipped";
constexpr std::string_view kOurPartition = "the engine computes each record's partition itself";
constexpr std::string_view kAllRead = "every record is read, from the place that the state knows";
constexpr std::string_view kOurPlaces = "places are kept with the state, never in the cluster";
constexpr std::string_view kOurTopics = "topics are made by `jari topics create`";
constexpr std::string_view kReal = "the log must be a real cluster";
constexpr std::string_view kOneLeader =
    "who leads a partition is told by who its records come from";

constexpr std::array kRefused{
    Refused{"acks", kDurable},
    Refused{"request.required.acks", kDurable},
    Refused{"enable.idempotence", kOnce},
    Refused{"enable.gapless.guarantee", kOnce},
    Refused{"max.in.flight", kOnce},
    Refused{"max.in.flight.requests.per.connection", kOnce},
    Refused{"queuing.strategy", kOnce},
    Refused{"transactional.id",
            "the log needs no transactions, and nobody may hold up its readers"},
    Refused{"message.timeout.ms", kNoSkip},
    Refused{"delivery.timeout.ms", kNoSkip},
    Refused{"message.send.max.retries", kNoSkip},
    Refused{"retries", kNoSkip},
    Refused{"partitioner", kOurPartition},
    Refused{"isolation.level",
            "a foreign transaction left open would hold up its readers for ever"},
    Refused{"auto.offset.reset", kAllRead},
    Refused{"enable.partition.eof", kAllRead},
    Refused{"check.crcs", kAllRead},
    Refused{"enable.auto.commit", kOurPlaces},
    Refused{"auto.commit.enable", kOurPlaces},
    Refused{"enable.auto.offset.store", kOurPlaces},
    Refused{"offset.store.method", kOurPlaces},
    Refused{"offset.store.path", kOurPlaces},
    Refused{"allow.auto.create.topics", kOurTopics},
    Refused{"test.mock.num.brokers", kReal},
    Refused{"test.mock.broker.rtt", kReal},
    Refused{"client.rack", kOneLeader},
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Why each: the table in engine/ARCHITECTURE.md.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kEvery{{
    {"client.id", "jari"},
    {"socket.nagle.disable", "true"},
    {"socket.timeout.ms", "6000"},
    {"reconnect.backoff.ms", "20"},
    {"reconnect.backoff.max.ms", "1000"},
    {"topic.metadata.refresh.fast.interval.ms", "20"},
    {"allow.auto.create.topics", "false"},
    {"log.connection.close", "false"},
    {"api.version.request", "true"},
    {"statistics.interval.ms", "5000"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kWriter{{
    {"acks", "all"},
    {"enable.idempotence", "true"},
    {"enable.gapless.guarantee", "true"},
    {"max.in.flight.requests.per.connection", "5"},
    {"message.timeout.ms", "0"},
    {"message.max.bytes", "8388608"},
    {"linger.ms", "1"},
    {"batch.size", "262144"},
    {"compression.type", "lz4"},
    {"retry.backoff.ms", "20"},
    {"queue.buffering.max.messages", "100000"},
    {"queue.buffering.max.kbytes", "131072"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kPerishable{{
    {"acks", "all"},
    {"enable.idempotence", "false"},
    {"max.in.flight.requests.per.connection", "1"},
    {"message.timeout.ms", "1000"},
    {"linger.ms", "0"},
    {"retry.backoff.ms", "20"},
    {"queue.buffering.max.messages", "100000"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kReader{{
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"enable.partition.eof", "true"},
    {"check.crcs", "true"},
    {"isolation.level", "read_uncommitted"},
    {"fetch.error.backoff.ms", "20"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kFollower{{
    {"fetch.wait.max.ms", "25"},
    {"queued.min.messages", "10000"},
    {"queued.max.messages.kbytes", "16384"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAsker{{
    {"fetch.wait.max.ms", "1"},  // what is asked waits behind it, on the same connection
    {"queued.min.messages", "1000"},
    {"queued.max.messages.kbytes", "16384"},
}};

template <class Table>
void add(KafkaProperties& all, const Table& table) {
  for (const auto& [key, value] : table) all.emplace_back(key, value);
}

}  // namespace

Result<KafkaProperties> parse_kafka_properties(std::string_view text) {
  KafkaProperties all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      return Error{ErrorCode::BadArgument, where + "a line is KEY=VALUE"};
    }
    const std::string_view key = trimmed(line.substr(0, equals));
    const auto* const refused = std::find_if(kRefused.begin(), kRefused.end(),
                                             [&](const Refused& one) { return one.key == key; });
    if (refused != kRefused.end()) {
      return Error{ErrorCode::BadArgument,
                   where + std::string{key} + " is not to be set: " + std::string{refused->why}};
    }
    all.emplace_back(key, trimmed(line.substr(equals + 1)));
  }
  return all;
}

KafkaProperties properties_of(KafkaRole role, const KafkaSettings& settings) {
  KafkaProperties all;
  add(all, kEvery);
  switch (role) {
    case KafkaRole::Writer:
      add(all, kWriter);
      break;
    case KafkaRole::Perishable:
      add(all, kPerishable);
      break;
    case KafkaRole::Follower:
      add(all, kReader);
      add(all, kFollower);
      break;
    case KafkaRole::Asker:
      add(all, kReader);
      add(all, kAsker);
      break;
  }
  for (const auto& property : settings.more) {
    // The ones that only a writer has are for the writer of what lasts.
    const bool is_lingering =
        property.first == "linger.ms" || property.first == "queue.buffering.max.ms";
    if (is_lingering && role == KafkaRole::Perishable) continue;
    all.push_back(property);
  }
  if (!settings.brokers.empty()) all.emplace_back("bootstrap.servers", settings.brokers);
  return all;
}

}  // namespace jari
