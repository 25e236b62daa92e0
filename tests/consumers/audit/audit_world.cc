#include "tests/consumers/audit/audit_world.h"

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/programmes/programmes.h"
#include "consumers/queue/queue.h"

namespace jari::audit {
namespace {

constexpr PartitionNo kPartitions = 2;

LogIdentity identity_of_world() {
  LogIdentity identity;
  identity.incarnation = {3, 4};
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    const bool is_sink = topic == kSyncTopic || topic == kOutcomesTopic;
    const PartitionNo count = topic == kProgrammesTopic ? PartitionNo{1} : kPartitions;
    identity.topics.push_back({std::string(kTopicNames[topic]), count, is_sink});
  }
  identity.begins = {1'626'087'600'000};
  identity.stream_window = 16'384;
  identity.outage_ms = 10'000;
  return identity;
}

}  // namespace

std::unique_ptr<Consumer> make_consumer(PartitionRef where, Store& store) {
  if (where.topic == kQueueTopic) return std::make_unique<queue::Queue>(store);
  if (where.topic == kBookingsTopic) return std::make_unique<appointments::Appointments>(store);
  if (where.topic == kInventoryTopic) return std::make_unique<inventory::Inventory>(store);
  return std::make_unique<programmes::Programmes>(store);
}

World::World(const Hash128& process) : log_(identity_of_world()), disk_(make_memory_disk()) {
  NodeOptions options;
  options.process = process;
  options.settings = {kProgrammesTopic, 0};
  options.known = {kLogicVersionFirst, kLogicVersion};
  options.make_consumer = make_consumer;
  options.on_failure = [](const Error& why) { FAIL() << why.detail; };
  options.leave_marker = [](const ParkMarker&) {};
  options.wake = [] {};
  node_ = std::make_unique<Node>(log_, *disk_, clock_, std::move(options));
  node_->listen(*this);
  node_->start().value();
  settle();
}

PartitionRef World::home(TopicNo topic, std::string_view key) const {
  const PartitionNo count = log_.identity().topics[topic].partitions;
  return {topic, static_cast<PartitionNo>(partition_of(key, count))};
}

void World::settle() {
  for (int i = 0; i < 8; ++i) {
    node_->step();
    log_.settle();
  }
}

void World::pass(milliseconds gap) {
  constexpr milliseconds kStep{200};
  for (milliseconds left = gap; left.count() > 0; left -= kStep) {
    const milliseconds step = std::min(left, kStep);
    clock_.reading.wall = clock_.reading.wall + step;
    clock_.reading.since_boot += step;
    settle();
  }
}

void World::append(PartitionRef where, RecordType type, const std::string& body,
                   const Asked& asked) {
  post(where, type, body, asked);
  settle();
}

void World::post(PartitionRef where, RecordType type, const std::string& body, const Asked& asked) {
  Envelope envelope;
  envelope.kind = RecordKind::Request;
  envelope.type = type;
  envelope.version = kLogicVersion;
  envelope.body = bytes_of(body);
  envelope.asked = asked;
  envelope.asked->content = hash128(bytes_of(body));
  flat::Builder builder;
  const std::string record(text_of(write_envelope(builder, envelope)));
  ASSERT_TRUE(node_->post([record, where](Turn& turn) { turn.append(where, bytes_of(record)); }));
}

void World::decided(PartitionRef, std::string_view, std::string_view request, Bytes outcome,
                    Turn&) {
  const Record record = decode(kTypeOf<Outcome>, outcome);
  const auto* said = std::get_if<Outcome>(&record);
  ASSERT_NE(said, nullptr);
  codes_[std::string(request)] = to_text(said->code);
  if (said->appointment) {
    made_[std::string(request)] = said->appointment->appointment.text;
  } else {
    made_[std::string(request)] = said->hold.text;
  }
}

}  // namespace jari::audit
