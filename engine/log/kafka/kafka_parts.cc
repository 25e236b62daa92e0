#include "engine/log/kafka/kafka_parts.h"

#include <algorithm>
#include <utility>

namespace jari {

/// The topics by name and number, and their partitions, held against what genesis says.
std::vector<std::string> other_partitions(const KafkaParts& parts) {
  const auto& topics = parts.options.topics;
  const auto& genesis = parts.identity.topics;
  std::vector<std::string> lines;
  if (genesis.size() != topics.size()) {
    return {"the log there has " + std::to_string(genesis.size()) + " topics, this program knows " +
            std::to_string(topics.size())};
  }
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (genesis[i].name != topics[i].name || genesis[i].is_sink != topics[i].is_sink) {
      lines.push_back(parts.names[i] + ": its genesis calls topic " + std::to_string(i) + " " +
                      genesis[i].name);
    } else if (genesis[i].partitions != parts.found[i].partitions) {
      lines.push_back(parts.names[i] + ": partitions is " +
                      std::to_string(parts.found[i].partitions) + ", must be " +
                      std::to_string(genesis[i].partitions) +
                      " as its genesis says: they are fixed when a log is made");
    }
  }
  return lines;
}

namespace {

/// Somebody has added it since the log was made.
bool is_added(const LogIdentity& log, PartitionRef where) {
  return where.topic < log.topics.size() && where.partition >= log.topics[where.topic].partitions;
}

}  // namespace

std::vector<std::string> empty_partitions(const KafkaParts& parts) {
  std::vector<std::string> lines;
  for (const LogPlace& place : parts.places(0)) {
    if (is_added(parts.identity, place.where) || parts.ends->ends(place.where).end > 0) continue;
    lines.push_back(parts.names[place.where.topic] + ": partition " +
                    std::to_string(place.where.partition) +
                    " is empty, must begin with its genesis; run `jari topics create` again");
  }
  return lines;
}

KafkaParts::~KafkaParts() {
  perishable.reset();
  writer.reset();
  stop_following();
}

void KafkaParts::stop_following() {
  reader.reset();
  if (ends) ends->stop();  // its thread serves the clients, whose callbacks ask for it by its name
  ends.reset();
  follower.reset();
}

Result<void> KafkaParts::leave_out_added() {
  bool are_there_more = false;
  for (std::size_t i = 0; i < std::min(found.size(), identity.topics.size()); ++i) {
    if (found[i].partitions <= identity.topics[i].partitions) continue;
    found[i].partitions = identity.topics[i].partitions;
    are_there_more = true;
  }
  if (!are_there_more) return {};
  stop_following();
  return follow();
}

Result<void> KafkaParts::connect() {
  for (const auto& topic : options.topics) {
    names.push_back(options.cluster.topic_prefix + topic.name);
    is_sink.push_back(topic.is_sink);
  }
  const auto lost = [this] {
    if (ends) ends->lost_connection();
  };
  auto made = KafkaClient::make(KafkaRole::Asker, options.cluster,
                                {lost, {}, options.say, statistics_of(KafkaRole::Asker)});
  if (!made) return made.error();
  asker = std::move(*made);
  if (auto taken = asker->take_topics(names, options.patience); !taken) return taken;
  const auto heard = asker->metadata(options.patience);
  if (!heard) return heard.error();
  found.resize(names.size());
  for (int i = 0; i < (*heard)->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = (*heard)->topics[i];
    const bool is_ours = std::find(names.begin(), names.end(), topic.topic) != names.end();
    if (is_ours && is_right_missing(topic.err)) {
      return Error{ErrorCode::Unavailable, std::string{"the Kafka cluster does not show topic "} +
                                               topic.topic + ": " +
                                               words_of(topic.err, "DESCRIBE of it")};
    }
    for (std::size_t number = 0; number < names.size(); ++number) {
      if (names[number] != topic.topic || topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      found[number].partitions = static_cast<PartitionNo>(topic.partition_cnt);
      for (int j = 0; j < topic.partition_cnt; ++j) {
        found[number].replications.push_back(topic.partitions[j].replica_cnt);
      }
    }
  }
  return {};
}

Result<void> KafkaParts::follow() {
  std::vector<PartitionNo> partitions;
  for (const auto& topic : found) partitions.push_back(topic.partitions);
  ends = std::make_unique<KafkaEnds>(*asker, partitions);
  const auto lost = [this] { ends->lost_connection(); };
  auto made = KafkaClient::make(KafkaRole::Follower, options.cluster,
                                {lost, {}, options.say, statistics_of(KafkaRole::Follower)});
  if (!made) return made.error();
  follower = std::move(*made);
  if (auto taken = follower->take_topics(names, options.patience); !taken) return taken;
  ends->also_serve(*follower);
  ends->start();
  reader = std::make_unique<KafkaReader>(*follower, *asker, *ends, partitions, is_sink,
                                         options.seal_key, options.arrived);
  const auto all = places(0);
  if (!ends->hear_anew(all, options.patience)) {
    return Error{ErrorCode::Unavailable,
                 "not every partition of the log has a leader that answers; see that the brokers "
                 "run, then start again"};
  }
  for (const LogPlace& place : all) ends->publish(place.where);
  return {};
}

std::vector<LogPlace> KafkaParts::places(Offset at) const {
  std::vector<LogPlace> all;
  for (std::size_t topic = 0; topic < found.size(); ++topic) {
    for (PartitionNo partition = 0; partition < found[topic].partitions; ++partition) {
      all.push_back({{static_cast<TopicNo>(topic), partition}, at});
    }
  }
  return all;
}

namespace {

/// Of the first record of a partition.
Result<LogIdentity> genesis_in(const LogRecord& record, const std::string& topic) {
  const auto envelope = read_envelope(record.bytes);
  if (!envelope || envelope->kind != RecordKind::Genesis) {
    return Error{ErrorCode::LogMismatch,
                 topic + " partition " + std::to_string(record.where.partition) +
                     " begins with a record that is no genesis: the topic was made again while "
                     "nodes ran; stop them, delete it, then put back what it had from the archive "
                     "(`jari topics restore`)"};
  }
  if (!record.is_forged) return read_genesis(record.bytes);
  return Error{ErrorCode::LogMismatch,
               "the genesis of the log is not sealed with this cluster's key; name the key file "
               "that `jari topics create` made where it made the log"};
}

}  // namespace

/// Where the beginning of a partition is no longer kept, those of others say which log it is.
Result<LogIdentity> KafkaParts::find_identity() {
  std::optional<LogIdentity> identity_found;
  for (const LogPlace& place : places(0)) {
    if (identity_found && is_added(*identity_found, place.where)) continue;
    const LogEnds its = ends->ends(place.where);
    if (its.begin > 0 || its.end == 0) continue;
    std::optional<Result<LogIdentity>> genesis;
    auto read = reader->look_up(place, [&](const LogRecord& record) {
      genesis = genesis_in(record, names[place.where.topic]);
      return false;
    });
    if (!read) return read.error();
    if (!genesis || !*genesis) {
      return genesis ? genesis->error()
                     : Error{ErrorCode::Unavailable, "the first record cannot be read"};
    }
    if (identity_found && identity_found->incarnation != (*genesis)->incarnation) {
      return Error{
          ErrorCode::LogMismatch,
          names[place.where.topic] + " partition " + std::to_string(place.where.partition) +
              " is of another log than those before it: the topics were not made together"};
    }
    if (!identity_found) identity_found = std::move(**genesis);
  }
  if (identity_found) return *std::move(identity_found);
  return Error{ErrorCode::NotFound, "the topics hold no log yet; run `jari topics create`"};
}

KafkaWriterOptions KafkaParts::writer_options(KafkaRole role) const {
  return {role,
          options.cluster,
          names,
          is_sink,
          options.shape_of,
          options.seal_key,
          identity.incarnation,
          options.say,
          statistics_of(role)};
}

std::function<void(std::string_view)> KafkaParts::statistics_of(KafkaRole role) const {
  if (!options.statistics) return {};
  return [take = options.statistics, role](std::string_view json) { take(role, json); };
}

Result<void> KafkaParts::write() {
  writer = std::make_unique<KafkaWriter>(writer_options(KafkaRole::Writer));
  if (auto started = writer->start(options.patience); !started) return started;
  perishable = std::make_unique<KafkaWriter>(writer_options(KafkaRole::Perishable));
  return perishable->start(options.patience);
}

}  // namespace jari
