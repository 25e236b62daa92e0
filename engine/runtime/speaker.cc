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

void Partition::Speaker::send(PartitionRef destination, Envelope& row, const Hash128& content) {
  row.stream =
      partition_.streams_.send(destination, content, offset(), partition_.row().incarnation);
  outbox_.send(row);
}

void Partition::Speaker::say(RecordKind kind, PartitionRef destination, const Body& body) {
  Envelope row;
  row.kind = kind;
  row.type = body.type;
  row.version = version();
  row.body = body.bytes;
  send(destination, row, body.content);
}

void Partition::Speaker::emit(PartitionRef destination, const Body& body) {
  CHECK(!partition_.identity_.topics[destination.topic].is_sink);
  say(RecordKind::Effect, destination, body);
}

void Partition::Speaker::publish(TopicNo sink, std::string_view key, const Body& body) {
  CHECK(partition_.identity_.topics[sink].is_sink);
  say(RecordKind::Row, home_of(sink, key), body);
}

void Partition::Speaker::decided(std::string_view who, std::string_view request, Bytes outcome) {
  outbox_.decided(partition_.where_, who, request, outcome);
}

void Partition::Speaker::count(std::string_view what, std::string_view label, std::uint64_t add) {
  outbox_.counted(partition_.where_, what, label, add);
}

}  // namespace jari
