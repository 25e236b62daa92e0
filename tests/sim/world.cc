#include "tests/sim/world.h"

#include "consumers/model/topics.h"

namespace jari::sim {
namespace {

constexpr Instant kBegins{1'626'087'600'000};
constexpr std::size_t kCompareEvery = 16;  // steps

}  // namespace

LogIdentity World::identity_of(const Plan& plan, Chance& chance) {
  LogIdentity identity;
  identity.incarnation = chance.hash();
  for (TopicNo topic = 0; topic < kTopicNames.size(); ++topic) {
    const bool is_sink = topic == kSyncTopic || topic == kOutcomesTopic;
    const PartitionNo count = topic == kProgrammesTopic ? PartitionNo{1} : plan.partitions;
    identity.topics.push_back({std::string(kTopicNames[topic]), count, is_sink});
  }
  identity.begins = kBegins;
  identity.stream_window = plan.stream_window;
  identity.outage_ms = plan.outage_ms;
  return identity;
}

World::World(std::uint64_t seed, bool prints)
    : chance_(seed),
      trace_(prints),
      plan_(draw_plan(chance_)),
      identity_(identity_of(plan_, chance_)),
      log_(identity_, {chance_.next(), plan_.log_delay_steps_max, false}),
      clock_(kBegins),
      ledger_(trace_),
      watch_(log_, trace_),
      clients_(log_, trace_, ledger_, watch_, chance_),
      workload_(plan_, identity_, clock_, ledger_, clients_, chance_) {
  trace_.note(plan_.text());
  clients_.may_dead_letter = plan_.has_garbage;
}

PartitionRef World::home(TopicNo topic, std::string_view key) const {
  return {topic, static_cast<PartitionNo>(partition_of(key, identity_.topics[topic].partitions))};
}

void World::run() {
  watch_.read_new();
  is_calm_ = true;
  start();
  if (is_good()) workload_.prepare_settings(*node_);
  if (is_good()) rest();
  if (is_good()) workload_.prepare_people(*node_);
  const std::size_t parts = plan_.rests + 1;
  for (std::size_t part = 0; part < parts && is_good(); ++part) {
    is_calm_ = false;
    live(plan_.steps / parts);
    is_calm_ = true;
    if (is_good()) rest();
    if (is_good()) compare_all();
  }
  if (is_good()) drain_lines();
  if (is_good()) outlast_holds();
  if (is_good()) finish();
}

void World::live(std::size_t steps) {
  for (std::size_t i = 0; i < steps && is_good(); ++i) step();
}

void World::begin_step() {
  ++step_;
  trace_.at(step_, clock_.read().wall);
}

/// One moment of everybody. A crash may come between any two of its parts.
void World::step() {
  begin_step();
  maybe_fault();
  const bool is_leap = plan_.has_leaps && chance_.one_in(8) && clients_.unanswered() == 0;
  const milliseconds most = is_leap ? milliseconds{plan_.outage_ms - 60'000} : plan_.pass_max;
  clock_.pass(milliseconds{chance_.between(1, most.count())});
  if (frozen_ > 0) --frozen_;
  if (!node_ && chance_.one_in(3)) start();
  if (!is_good()) return;
  if (node_) {
    clients_.ask_again(*node_, chance_.below(4));
    for (std::size_t asks = chance_.below(plan_.asks_max + 1); asks > 0; --asks) {
      workload_.act(*node_);
    }
  }
  if (maybe_crash()) return;
  for (std::size_t times = 1 + chance_.below(3); times > 0; --times) {
    if (frozen_ == 0) node_step();
    if (maybe_crash()) return;
    for (std::size_t steps = chance_.below(4); steps > 0 && !log_failed_; --steps) log_.step();
    if (maybe_crash()) return;
  }
  after_log();
  if (plan_.flush_one_in != 0 && chance_.one_in(plan_.flush_one_in)) {
    disk_.flush_some(chance_.below(disk_.unflushed() + 1));
  }
  if (frozen_ == 0) tell(chance_.below(3));
  maybe_crash();
  if (step_ % kCompareEvery == 0) compare_digests();
}

void World::node_step() {
  if (node_ && !log_failed_) node_->step();
}

void World::after_log() {
  watch_.read_new();
  if (log_failed_) crash("the log failed: " + log_failed_->detail);
}

/// The answers of so many commits leave; between any two of them the node may die.
void World::tell(std::size_t groups) {
  for (; groups > 0 && !to_tell_.empty() && is_good(); --groups) {
    NodeOptions::Calls calls = std::move(to_tell_.front());
    to_tell_.pop_front();
    for (auto& call : calls) {
      if (!node_ || maybe_crash()) return;
      call();
    }
  }
}

void World::compare_digests() {
  if (!node_) return;
  for (const PartitionStatus& status : node_->status()) {
    if (!identity_.has_consumer(status.where)) continue;
    const bool is_durable = status.applied == log_.end(status.where);
    if (is_durable) watch_.compare(status.where, status.applied, status.digest);
    if (status.parked) watch_.expect_no_ack_beyond(status.where, status.applied);
  }
}

}  // namespace jari::sim
