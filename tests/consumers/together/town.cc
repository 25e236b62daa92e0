#include "tests/consumers/together/town.h"

namespace jari::together {

Town::Town(std::uint32_t window) : window_(window) {
  for (const TopicNo topic : {kBookingsTopic, kInventoryTopic}) {
    for (PartitionNo no = 0; no < kParts; ++no) {
      const PartitionRef here{topic, no};
      Part& made =
          parts_.emplace_back(Part{here, support::FakeContext{here}, made_at(here), {}, 0});
      made.context.set_partitions(kBookingsTopic, kParts);
      made.context.set_partitions(kInventoryTopic, kParts);
    }
  }
}

support::Teller Town::made_at(PartitionRef here) {
  support::Teller one;
  one.store = std::make_unique<Store>();
  if (here.topic == kBookingsTopic) {
    one.consumer = std::make_unique<appointments::Appointments>(*one.store);
  } else {
    one.consumer = std::make_unique<inventory::Inventory>(*one.store);
  }
  return one;
}

const Town::Part& Town::part(PartitionRef where) const {
  return parts_[(where.topic == kBookingsTopic ? 0U : kParts) + where.partition];
}
Town::Part& Town::part(PartitionRef where) {
  return const_cast<Part&>(std::as_const(*this).part(where));
}

Town::Part& Town::people_of(std::string_view person) {
  return part({kBookingsTopic, static_cast<PartitionNo>(partition_of(person, kParts))});
}

Town::Part& Town::home_of(const Envelope& envelope) {
  const Part& anywhere = parts_.front();
  const bool is_peoples = anywhere.teller.consumer->open(envelope).has_value();
  const TopicNo topic = is_peoples ? kBookingsTopic : kInventoryTopic;
  const auto address = part({topic, 0}).teller.consumer->open(envelope);
  CHECK(address.has_value());
  const PartitionNo no = address->partition
                             ? static_cast<PartitionNo>(*address->partition % kParts)
                             : static_cast<PartitionNo>(partition_of(address->key, kParts));
  return part({topic, no});
}

void Town::begin(Part& part) {
  part.context.set_offset(++part.offset);
  part.context.set_time(time_);
  said_ = Said{};
  part.context.say_to(said_);
  for (const Part& other : parts_) {
    const std::size_t waiting = streams_[{part.here, other.here}].size();
    const auto used = static_cast<std::uint32_t>(std::min<std::size_t>(waiting, window_));
    part.context.set_room(other.here, window_ - used);
  }
}

const Said& Town::apply(Part& part, const Envelope& envelope) {
  begin(part);
  if (envelope.kind == RecordKind::Request) made_ = make_id(part.here.partition, part.offset);
  static_cast<void>(part.teller.consumer->open(envelope));
  said_.applied = part.teller.consumer->apply({envelope, part.offset}, part.context);
  EXPECT_EQ(said_.applied, Applied::Done);
  hear(part);
  return said_;
}

void Town::tick(Part& part) {
  begin(part);
  part.teller.consumer->on_tick(part.context);
  hear(part);
}

void Town::hear(Part& part) {
  for (const support::Sent& effect : said_.effects) {
    if (effect.to.topic != kQueueTopic) {
      streams_[{part.here, effect.to}].push_back(effect);
      continue;
    }
    const auto end = effect.as<SessionEnded>();
    const bool is_new =
        ended_.insert(std::string{end.person.text} + "/" + std::to_string(end.ticket)).second;
    EXPECT_TRUE(is_new) << "a session ends once";
  }
  for (const support::Sent& row : said_.rows) {
    if (row.to.topic == kSyncTopic) hear_document(row);
  }
  for (const support::Told& one : said_.told) told_[{one.by, one.request}] = one.outcome;
  for (const Outcome& one : said_.published()) {
    if (one.code == Code::Overloaded || one.code == Code::SlowDown) continue;
    if (one.code == Code::IdempotencyKeyReused || one.code == Code::InvalidRequest) continue;
    const bool is_new = published_.emplace(one.person.text, one.request).second;
    EXPECT_TRUE(is_new || one.person.empty()) << one.request << " was decided twice";
  }
}

void Town::hear_document(const support::Sent& row) {
  const std::string version = "\"version\":" + std::to_string(++versions_[row.key]);
  EXPECT_NE(row.body.find(version), std::string::npos) << row.body << " is not " << version;
  documents_[row.key] = row.body;
}

bool Town::deliver(std::size_t which) {
  std::vector<const Stream*> full;
  for (const auto& [stream, line] : streams_) {
    if (!line.empty()) full.push_back(&stream);
  }
  if (full.empty()) return false;
  const Stream stream = *full[which % full.size()];
  const support::Sent next = std::move(streams_[stream].front());
  streams_[stream].pop_front();
  Envelope envelope;
  envelope.kind = RecordKind::Effect;
  envelope.type = next.type;
  envelope.version = kLogicVersion;
  envelope.body = bytes_of(next.body);
  apply(part(stream.second), envelope);
  return true;
}

void Town::settle() {
  for (int rounds = 0; rounds < 100; ++rounds) {
    while (deliver(0)) {
    }
    bool is_done = true;
    for (Part& one : parts_) {
      if (one.teller.consumer->next_deadline(time_) > time_.now) continue;
      is_done = false;
      tick(one);
    }
    if (is_done) return;
  }
  ADD_FAILURE() << "the town does not come to rest";
}

void Town::pass(milliseconds gap) {
  time_.now = time_.now + gap;
  for (Part& one : parts_) tick(one);
}

void Town::outage(milliseconds gap) {
  time_.now = time_.now + gap;
  time_.outages += gap;
}

void Town::restart(std::size_t which) {
  Part& one = parts_[which % parts_.size()];
  one.teller.store->drain(one.rows);
  support::Teller next = made_at(one.here);
  one.rows.load_into(*next.store);
  next.consumer->rebuild();
  EXPECT_EQ(next.store->digest(), one.teller.store->digest());
  one.teller = std::move(next);
}

appointments::View Town::people(std::string_view person) const {
  const PartitionNo no = static_cast<PartitionNo>(partition_of(person, kParts));
  const Consumer& consumer = *part({kBookingsTopic, no}).teller.consumer;
  return static_cast<const appointments::Appointments&>(consumer).view();
}

inventory::View Town::site(std::string_view site) const {
  const PartitionNo no = static_cast<PartitionNo>(partition_of(site, kParts));
  const Consumer& consumer = *part({kInventoryTopic, no}).teller.consumer;
  return static_cast<const inventory::Inventory&>(consumer).view();
}

std::optional<std::string> Town::told(std::string_view by, std::string_view key) const {
  const auto at = told_.find({std::string{by}, std::string{key}});
  return at == told_.end() ? std::nullopt : std::optional{at->second};
}

std::uint64_t Town::counted(const std::string& what, const std::string& label) const {
  std::uint64_t sum = 0;
  for (const Part& one : parts_) sum += one.context.counted(what, label);
  return sum;
}

appointments::Counts Town::counts() const {
  appointments::Counts sum;
  for (PartitionNo no = 0; no < kParts; ++no) {
    const Consumer& consumer = *part({kBookingsTopic, no}).teller.consumer;
    const auto one = static_cast<const appointments::Appointments&>(consumer).view().counts();
    sum.appointments += one.appointments;
    sum.sessions += one.sessions;
    sum.rights += one.rights;
    sum.live_holds += one.live_holds;
    sum.pending += one.pending;
    sum.waiting += one.waiting;
  }
  return sum;
}

std::size_t Town::waiting_effects() const {
  std::size_t sum = 0;
  for (const auto& [stream, line] : streams_) sum += line.size();
  return sum;
}

bool Town::balances() const {
  for (PartitionNo no = 0; no < kParts; ++no) {
    const Consumer& consumer = *part({kInventoryTopic, no}).teller.consumer;
    if (!static_cast<const inventory::Inventory&>(consumer).balances()) return false;
  }
  return true;
}

}  // namespace jari::together
