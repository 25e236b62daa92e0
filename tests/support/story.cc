#include "tests/support/story.h"

#include <algorithm>

namespace jari::support {
namespace {

// A story told again restarts before each record, a long one this often: a restart costs its state.
constexpr std::size_t kShortStory = 64;
constexpr std::size_t kRestartsOfLongStory = 8;

/// Bytes aligned as a log hands them out.
struct Aligned {
  explicit Aligned(std::string_view bytes) : words((bytes.size() + 7) / 8), size(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(words.data()));
  }
  [[nodiscard]] Bytes view() const { return std::as_bytes(std::span{words}).first(size); }
  std::vector<std::uint64_t> words;
  std::size_t size;
};

Applied apply_record(Consumer& consumer, FakeContext& context, std::string_view record) {
  const Aligned bytes{record};
  const auto envelope = read_envelope(bytes.view());
  CHECK(envelope.has_value());
  const auto address = consumer.open(*envelope);
  if (!address) return Applied::DeadLetter;
  const Arrival arrival{*envelope, context.offset()};
  const PartitionNo home = address->partition ? *address->partition
                           : address->key.empty()
                               ? context.here().partition
                               : context.home_of(context.here().topic, address->key).partition;
  if (envelope->kind == RecordKind::Request && home != context.here().partition) {
    consumer.refuse_misplaced(arrival, context);
    return Applied::Done;
  }
  return consumer.apply(arrival, context);
}

void perform(const Step& step, Consumer& consumer, FakeContext& context, Said& said) {
  context.say_to(said);
  switch (step.kind) {
    case Step::Kind::Record:
      said.applied = apply_record(consumer, context, step.record);
      break;
    case Step::Kind::Tick:
      context.set_time(step.time);
      consumer.on_tick(context);
      break;
    case Step::Kind::Outage:
      context.set_time(step.time);
      break;
    case Step::Kind::Room:
      context.set_room(step.destination, step.room);
      break;
  }
}

}  // namespace

Asked a_person(std::string_view person, std::string_view key) {
  Asked asked;
  asked.request = key;
  asked.role = Role::Person;
  asked.by = person;
  return asked;
}

Asked an_operator(std::string_view name, std::string_view key, std::string_view reason) {
  Asked asked;
  asked.request = key;
  asked.role = Role::Operator;
  asked.by = name;
  asked.reason = reason;
  return asked;
}

void StoredRows::put(std::uint8_t table, std::string_view key, std::string_view row) {
  rows_[{table, std::string{key}}] = row;
}
void StoredRows::erase(std::uint8_t table, std::string_view key) {
  rows_.erase({table, std::string{key}});
}
void StoredRows::load_into(Store& store) const {
  for (const auto& [key, row] : rows_) {
    const auto loaded = store.load(key.first, key.second, row);
    CHECK(loaded.has_value());
  }
}

Story::Story(PartitionRef here, MakeConsumer make)
    : here_(here), make_(std::move(make)), context_(here), now_(made()) {}

Teller Story::made() const {
  Teller one;
  one.store = std::make_unique<Store>();
  one.consumer = make_(*one.store);
  return one;
}

const Said& Story::deliver(RecordKind kind, RecordType type, Bytes body, const Asked* asked) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.type = type;
  envelope.version = kLogicVersion;
  envelope.body = body;
  if (asked != nullptr) {
    envelope.asked = *asked;
    if (asked->content == Hash128{}) envelope.asked->content = hash128(body);
  }
  Step step;
  step.record = text_of(write_envelope(builder_, envelope));
  return add(std::move(step));
}

const Said& Story::pass(milliseconds gap) {
  return tick(time().now + gap);
}

const Said& Story::tick(Instant at) {
  Step step;
  step.kind = Step::Kind::Tick;
  step.time = time();
  step.time.now = std::max(step.time.now, at);
  return add(std::move(step));
}

void Story::outage(milliseconds gap) {
  Step step;
  step.kind = Step::Kind::Outage;
  step.time = {time().now + gap, time().outages + gap};
  add(std::move(step));
}

void Story::room(PartitionRef destination, std::uint32_t rows) {
  Step step;
  step.kind = Step::Kind::Room;
  step.destination = destination;
  step.room = rows;
  add(std::move(step));
}

const Said& Story::add(Step step) {
  Step& added = steps_.emplace_back(std::move(step));
  context_.set_offset(steps_.size());  // 0 is the genesis record
  perform(added, *now_.consumer, context_, added.said);
  added.digest = now_.store->digest();
  return added.said;
}

void Story::restart() {
  now_.store->drain(rows_);
  Teller next = made();
  rows_.load_into(*next.store);
  next.consumer->rebuild();
  EXPECT_EQ(next.store->digest(), now_.store->digest()) << "the rows do not hold the whole state";
  now_ = std::move(next);
}

FakeContext Story::fresh_context() const {
  FakeContext fresh{here_};
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    fresh.set_partitions(topic, context_.partitions_of(topic));
  }
  return fresh;
}

void Story::prove() {
  EXPECT_EQ(now_.store->digest(), now_.store->digest_anew());
  restart();
  EXPECT_EQ(now_.store->digest(), now_.store->digest_anew());
  prove_replay(steps_.size() + 1);
  const bool is_short = steps_.size() <= kShortStory;
  prove_replay(is_short ? 1 : steps_.size() / kRestartsOfLongStory);
}

void Story::prove_replay(std::size_t steps_between_restarts) {
  FakeContext context = fresh_context();
  Teller one = made();
  StoredRows rows;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if ((i + 1) % steps_between_restarts == 0) {
      one.store->drain(rows);
      Teller next = made();
      rows.load_into(*next.store);
      next.consumer->rebuild();
      one = std::move(next);
    }
    Said said;
    context.set_offset(i + 1);
    perform(steps_[i], *one.consumer, context, said);
    ASSERT_EQ(one.store->digest(), steps_[i].digest)
        << "told again, record " << i + 1 << " of " << steps_.size() << " gave another state"
        << (steps_between_restarts > steps_.size() ? "" : " after a restart");
    ASSERT_TRUE(said == steps_[i].said)
        << "told again, record " << i + 1 << " of " << steps_.size() << " said something else"
        << (steps_between_restarts > steps_.size() ? "" : " after a restart");
  }
}

}  // namespace jari::support
