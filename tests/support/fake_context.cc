#include "tests/support/fake_context.h"

#include <algorithm>

namespace jari::support {

Outcome Said::outcome() const {
  if (told.empty()) return {};
  const Record record = decode(kTypeOf<Outcome>, bytes_of(told.back().outcome));
  CHECK(std::holds_alternative<Outcome>(record));
  return std::get<Outcome>(record);
}

std::vector<Outcome> Said::published() const {
  std::vector<Outcome> out;
  for (const Sent& row : rows) {
    if (row.to.topic == kOutcomesTopic) out.push_back(row.as<Outcome>());
  }
  return out;
}

std::vector<std::string> Said::documents() const {
  std::vector<std::string> out;
  for (const Sent& row : rows) {
    if (row.to.topic == kSyncTopic) out.push_back(row.body);
  }
  return out;
}

FakeContext::FakeContext(PartitionRef here) : here_(here) {
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) partitions_[topic] = 4;
  partitions_[kProgrammesTopic] = 1;
  partitions_[here.topic] = static_cast<PartitionNo>(here.partition + 1);
}

std::uint64_t FakeContext::counted(const std::string& what, const std::string& label) const {
  const auto at = counts_.find({what, label});
  return at == counts_.end() ? 0 : at->second;
}

PartitionNo FakeContext::partitions_of(TopicNo topic) const {
  return partitions_.at(topic);
}

PartitionRef FakeContext::home_of(TopicNo topic, std::string_view key) const {
  return {topic, static_cast<PartitionNo>(partition_of(key, partitions_of(topic)))};
}

bool FakeContext::has_room(PartitionRef destination, std::uint32_t rows) const {
  const auto limited = room_.find(destination);
  return limited == room_.end() || limited->second >= rows;
}

void FakeContext::emit(PartitionRef destination, const Body& body) {
  CHECK(said_ != nullptr);
  CHECK(destination.partition < partitions_of(destination.topic));
  CHECK(!std::holds_alternative<std::monostate>(decode(body.type, body.bytes)));
  CHECK(body.content == hash_of_body(body.type, body.bytes));
  if (const auto limited = room_.find(destination); limited != room_.end()) {
    limited->second -= std::min<std::uint32_t>(limited->second, 1);
  }
  said_->effects.push_back({destination, {}, body.type, std::string{text_of(body.bytes)}});
}

void FakeContext::publish(TopicNo sink, std::string_view key, const Body& body) {
  CHECK(said_ != nullptr);
  CHECK(sink == kSyncTopic || sink == kOutcomesTopic);
  CHECK((sink == kSyncTopic) == (body.type == kAppointmentRow));
  CHECK(body.content == hash_of_body(body.type, body.bytes));
  said_->rows.push_back(
      {home_of(sink, key), std::string{key}, body.type, std::string{text_of(body.bytes)}});
}

void FakeContext::decided(std::string_view who, std::string_view request, Bytes outcome) {
  CHECK(said_ != nullptr);
  said_->told.push_back({std::string{who}, std::string{request}, std::string{text_of(outcome)}});
}

void FakeContext::count(std::string_view what, std::string_view label, std::uint64_t add) {
  counts_[{std::string{what}, std::string{label}}] += add;
}

}  // namespace jari::support
