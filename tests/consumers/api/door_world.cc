#include "tests/consumers/api/door_world.h"

#include "engine/store/state_disk.h"

namespace jari::api {
namespace {

LogIdentity identity() {
  LogIdentity identity;
  identity.incarnation = {11, 12};
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    const bool is_sink = topic == kSyncTopic || topic == kOutcomesTopic;
    const PartitionNo count = topic == kProgrammesTopic ? PartitionNo{1} : PartitionNo{2};
    identity.topics.push_back({std::string(kTopicNames[topic]), count, is_sink});
  }
  identity.begins = HandClock{}.reading.wall;
  identity.stream_window = 16'384;
  identity.outage_ms = 10'000;
  return identity;
}

std::unique_ptr<Consumer> make_consumer(PartitionRef where, Store& store) {
  switch (where.topic) {
    case kQueueTopic:
      return std::make_unique<queue::Queue>(store);
    case kBookingsTopic:
      return std::make_unique<appointments::Appointments>(store);
    case kInventoryTopic:
      return std::make_unique<inventory::Inventory>(store);
    default:
      return std::make_unique<programmes::Programmes>(store);
  }
}

}  // namespace

Caller a_person(std::string name) {
  Caller caller;
  caller.role = Role::Person;
  caller.name = std::move(name);
  return caller;
}

Caller an_operator(std::string name) {
  Caller caller;
  caller.role = Role::Operator;
  caller.name = std::move(name);
  return caller;
}

DoorWorld::DoorWorld(DoorSettings settings, LogWriters writers, std::size_t waiting_bytes_max)
    : log(identity()), disk(make_memory_disk()) {
  const bool is_alone = writers == LogWriters::One;
  is_alone ? make_node() : make_member(waiting_bytes_max);
  world = std::make_unique<World>(World{log.identity(), &engine(), {}, {}, {}, {}});
  for (const PartitionRef where : consumer_partitions(log.identity())) {
    world->set(where, is_alone ? *node->consumer(where) : *member->consumer(where));
  }
  door = make_door(settings);
  is_alone ? node->listen(*this) : member->listen(*this);
  const auto& all = routes();
  for (std::size_t i = 0; i < all.size(); ++i) {
    router_.add(all[i].method, all[i].pattern, static_cast<int>(i));
  }
  settle();
  constexpr int kClaimed = 30;
  for (int i = 0; i < kClaimed && member; ++i) pass(milliseconds{100});
}

std::unique_ptr<Door> DoorWorld::make_door(DoorSettings settings) {
  return std::make_unique<Door>(engine(), *world, clock, settings,
                                [this](std::vector<CallPtr> calls) { deliver(std::move(calls)); });
}

void DoorWorld::change_door() {
  doors_before_.push_back(std::move(door));
  door = make_door({.person_rate = 0});
}

NodeOptions DoorWorld::options() {
  NodeOptions options;
  options.process = {1, 1};
  options.known = {kLogicVersionFirst, kLogicVersion};
  options.settings = kProgrammesHome;
  options.make_consumer = make_consumer;
  options.on_failure = [](const Error& why) { ADD_FAILURE() << why.detail; };
  options.leave_marker = [](const ParkMarker&) {};
  options.wake = [] {};
  return options;
}

void DoorWorld::make_node() {
  node = std::make_unique<Node>(log, *disk, clock, options());
  CHECK(node->start().has_value());
}

void DoorWorld::make_member(std::size_t waiting_bytes_max) {
  cluster = std::make_unique<SimulatedCluster>(identity());
  client = std::make_unique<SimulatedClient>(*cluster);
  MemberOptions of_many{options()};
  of_many.waiting_bytes_max = waiting_bytes_max;
  member = std::make_unique<Member>(*client, *disk, clock, std::move(of_many));
  CHECK(member->start().has_value());
}

void DoorWorld::settle() {
  for (int i = 0; i < 6; ++i) {
    if (node) {
      node->step();
      log.settle();
    } else {
      member->step();
      cluster->settle();
    }
  }
}

void DoorWorld::pass(milliseconds gap) {
  clock.pass(gap);
  door->pulse();
  settle();
}

void DoorWorld::deliver(std::vector<CallPtr> calls) {
  for (CallPtr& call : calls) answers_[asked_.at(call.get())] = std::move(call);
}

std::size_t DoorWorld::ask(const Caller& who, http::Method method, std::string_view target,
                           std::string_view body, Headers headers) {
  const std::string drawn = "key-" + std::to_string(++keys_);
  const std::size_t question = std::min(target.find('?'), target.size());
  http::RequestHead head;
  head.method = method;
  head.path = target.substr(0, question);
  head.query = target.substr(std::min(question + 1, target.size()));
  headers.push_back({"idempotency-key", drawn});
  const bool has_key = headers.front().name == "idempotency-key" && headers.size() > 1;
  if (has_key) headers.pop_back();
  head.headers = headers;
  const auto match = router_.match(method, head.path);
  CHECK(match.kind == http::RouteMatch::Kind::Found);
  auto call = std::make_unique<Call>();
  call->route = &routes()[static_cast<std::size_t>(match.route)];
  call->captures = match.captures;
  call->caller = who;
  auto fault = check_sites(*call->route, *call);
  if (!fault) fault = read_head(head, *call->route, log.identity(), *call);
  if (!fault && is_change(*call->route)) fault = read_body(head, body, log.identity(), *call);
  const std::size_t asked = answers_.size();
  answers_.emplace_back();
  if (fault) {
    refuse(call->reply, refusal_of(*fault));
    answers_.back() = std::move(call);
    return asked;
  }
  asked_[call.get()] = asked;
  door->take(0, std::move(call));
  return asked;
}

const Call& DoorWorld::call(const Caller& who, http::Method method, std::string_view target,
                            std::string_view body, Headers headers) {
  const std::size_t asked = ask(who, method, target, body, std::move(headers));
  settle();
  CHECK(is_answered(asked));
  return answer(asked);
}

void DoorWorld::publish(int places, int doses) {
  const Caller ann = an_operator();
  const std::string slot =
      R"({"starts_at":"2021-07-20T09:00:00Z","length_seconds":600,"capacity":)" +
      std::to_string(places) + R"(,"reason":"test"})";
  const std::string stock =
      R"({"product":"p","doses":)" + std::to_string(doses) + R"(,"reason":"test"})";
  const std::string programme =
      R"({"name":"Flu","cohorts":[{"cohort":"all","opens_at":"2021-01-01T00:00:00Z",)"
      R"("closes_at":"2022-01-01T00:00:00Z"}],"products":[{"product":"p","doses":1,)"
      R"("interval_days_min":0}],"active_appointments_max":1,"hold_seconds":60,"reason":"test"})";
  const auto expect_done = [](const Call& call) { EXPECT_EQ(call.reply.status, 200); };
  expect_done(call(ann, kPut, "/v1/operator/programmes/flu", programme));
  expect_done(call(ann, kPut, "/v1/operator/sites/s",
                   R"({"name":"S","region":"r","zone":"Asia/Seoul","reason":"test"})"));
  expect_done(call(ann, kPut, "/v1/operator/sites/s/slots/am", slot));
  expect_done(call(ann, kPost, "/v1/operator/sites/s/stock", stock));
}

void DoorWorld::make_eligible(const std::string& person) {
  const std::string body = R"({"programme":"flu","people":[{"person":")" + person +
                           R"(","cohort":"all"}],"reason":"test"})";
  EXPECT_EQ(call(an_operator(), kPost, "/v1/operator/eligibility", body).reply.status, 200);
}

Offset DoorWorld::end_of(TopicNo topic) const {
  Offset sum = 0;
  for (const PartitionRef where : log.identity().partitions()) {
    if (where.topic == topic) sum += cluster ? cluster->end(where) : log.end(where);
  }
  return sum;
}

}  // namespace jari::api
