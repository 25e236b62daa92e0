#include "tests/sim/one_node.h"

namespace jari::sim {
namespace {

constexpr std::size_t kCalmNodeSteps = 8;  // a node that runs does not wait for the next tick

}  // namespace

std::unique_ptr<Service> make_one_node(Scene& scene) {
  return std::make_unique<OneNode>(scene);
}

OneNode::OneNode(Scene& scene)
    : scene_(scene),
      chance_(scene.chance),
      trace_(scene.trace),
      plan_(scene.plan),
      clock_(scene.clock),
      log_(scene.identity, {scene.chance.next(), scene.plan.log_delay_steps_max, false}) {}

void OneNode::begin(Company& company) {
  company_ = &company;
  ear_ = std::make_unique<Ear>(company.clients, 0);
  start();
}

/// One moment of everybody. A crash may come between any two of its parts.
void OneNode::step() {
  scene_.begin_step();
  maybe_fault();
  const bool is_leap = plan_.has_leaps && chance_.one_in(8) && company_->clients.unanswered() == 0;
  const milliseconds most = is_leap ? milliseconds{plan_.outage_ms - 60'000} : plan_.pass_max;
  clock_.pass(milliseconds{chance_.between(1, most.count())});
  if (frozen_ > 0) --frozen_;
  if (!node_ && chance_.one_in(3)) start();
  if (!is_good()) return;
  if (node_) {
    company_->clients.ask_again(*node_, chance_.below(4));
    for (std::size_t asks = chance_.below(plan_.asks_max + 1); asks > 0; --asks) {
      company_->workload.act(*node_);
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
}

void OneNode::calm_step(milliseconds gap) {
  scene_.begin_step();
  clock_.pass(gap);
  company_->clients.ask_again(*node_, 64);
  for (std::size_t i = 0; i < kCalmNodeSteps; ++i) {
    node_->step();
    log_.settle();
  }
  after_log();
  tell(to_tell_.size());
}

void OneNode::node_step() {
  if (node_ && !log_failed_) node_->step();
}

void OneNode::after_log() {
  company_->watch.read_new();
  if (log_failed_) crash("the log failed: " + log_failed_->detail);
}

/// The answers of so many commits leave; between any two of them the node may die.
void OneNode::tell(std::size_t groups) {
  for (; groups > 0 && !to_tell_.empty() && is_good(); --groups) {
    NodeOptions::Calls calls = std::move(to_tell_.front());
    to_tell_.pop_front();
    for (auto& call : calls) {
      if (!node_ || maybe_crash()) return;
      call();
    }
  }
}

void OneNode::compare() {
  if (!node_) return;
  for (const PartitionStatus& status : node_->status()) {
    if (!scene_.identity.has_consumer(status.where)) continue;
    const bool is_durable = status.applied == log_.end(status.where);
    if (is_durable) company_->watch.compare(status.where, status.applied, status.digest);
    if (status.parked) company_->watch.expect_no_ack_beyond(status.where, status.applied);
  }
}

void OneNode::restart() {
  if (chance_.one_in(2)) {
    crash("is stopped, and its state is removed");
    CHECK(disk_.clear().has_value());
  } else {
    crash("is stopped");
  }
  start();
}

}  // namespace jari::sim
