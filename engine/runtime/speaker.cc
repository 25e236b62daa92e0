#include "engine/runtime/speaker.h"

namespace jari {

PartitionNo Partition::Speaker::partitions_of(TopicNo topic) const {
  CHECK(topic < partition_.identity_.topics.size());
  return partition_.identity_.topics[topic].partitions;
}

PartitionRef Partition::Speaker::home_of(TopicNo topic, std::string_view key) const {
  return {topic, static_cast<PartitionNo>(partition_of(key, partitions_of(topic)))};
}

bool Partition::Speaker::has_room(PartitionRef destination, std::uint32_t rows) const {
  const std::uint64_t waiting = partition_.streams_.unacknowledged(destination);
  return waiting + rows <= partition_.identity_.stream_window;
}

void Partition::Speaker::send(PartitionRef destination, Envelope row, const Hash128& content) {
  row.stream =
      partition_.streams_.send(destination, content, offset(), partition_.row().incarnation);
  outbox_.send(row);
}

void Partition::Speaker::emit(PartitionRef destination, std::uint16_t type, Bytes body) {
  CHECK(!partition_.identity_.topics[destination.topic].is_sink);
  Envelope row;
  row.kind = RecordKind::Effect;
  row.type = type;
  row.version = version();
  row.body = body;
  send(destination, row, partition_.consumer_->hash_of(type, row.version, body));
}

void Partition::Speaker::publish(TopicNo sink, std::string_view key, std::uint16_t type,
                                 Bytes body) {
  CHECK(partition_.identity_.topics[sink].is_sink);
  Envelope row;
  row.kind = RecordKind::Row;
  row.type = type;
  row.version = version();
  row.body = body;
  send(home_of(sink, key), row, partition_.consumer_->hash_of(type, row.version, body));
}

void Partition::Speaker::decided(std::string_view who, std::string_view request, Bytes outcome) {
  outbox_.decided(partition_.where_, who, request, outcome);
}

void Partition::Speaker::count(std::string_view what, std::string_view label, std::uint64_t add) {
  outbox_.counted(partition_.where_, what, label, add);
}

}  // namespace jari
