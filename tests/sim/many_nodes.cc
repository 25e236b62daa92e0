#include "tests/sim/many_nodes.h"

#include <algorithm>
#include <numeric>

namespace jari::sim {
namespace {

constexpr std::int64_t kSkewMaxMs = 300;
constexpr std::size_t kCalmNodeSteps = 4;  // in a moment in which nothing goes wrong

}  // namespace

std::unique_ptr<Service> make_many_nodes(Scene& scene) {
  return std::make_unique<ManyNodes>(scene);
}

ManyNodes::ManyNodes(Scene& scene)
    : scene_(scene),
      chance_(scene.chance),
      trace_(scene.trace),
      plan_(scene.plan),
      cluster_(scene.identity, {scene.chance.next(), {}}),
      reader_(cluster_) {
  cluster_.tell_late();  // as a log of many writers may
  for (std::size_t i = 0; i < plan_.cluster.nodes; ++i) {
    const milliseconds skew{chance_.between(-kSkewMaxMs, kSkewMaxMs)};
    Machine& machine = machines_.emplace_back(std::string(1, static_cast<char>('a' + i)),
                                              scene.clock.read().wall, skew);
    if (i < plan_.cluster.old_programs) machine.known = kKnownByOldProgram;
  }
}

void ManyNodes::begin(Company& company) {
  company_ = &company;
  for (Machine& machine : machines_) start(machine);
}

void ManyNodes::pass(milliseconds gap) {
  scene_.clock.pass(gap);
  for (Machine& machine : machines_) machine.clock.pass(gap);
  scene_.begin_step();
}

void ManyNodes::step() {
  const bool is_leap = plan_.has_leaps && chance_.one_in(8) && company_->clients.unanswered() == 0;
  const milliseconds most = is_leap ? milliseconds{plan_.outage_ms - 60'000} : plan_.pass_max;
  pass(milliseconds{chance_.between(1, most.count())});
  cluster_.set_faults(plan_.cluster.faults);
  maybe_fault();
  for (Machine& machine : machines_) {
    if (machine.frozen > 0 && --machine.frozen == 0) note(machine, "wakes");
    if (!machine.node && chance_.one_in(3)) start(machine);
  }
  ask();
  std::vector<std::size_t> order(machines_.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t times = 1 + chance_.below(3); times > 0 && is_good(); --times) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[chance_.below(i)]);
    for (const std::size_t index : order) {
      take_step(machines_[index]);
      write(chance_.below(plan_.cluster.steps_max + 1));
    }
  }
  flush_disks();
  for (Machine& machine : machines_) {
    if (machine.frozen == 0) tell(machine, chance_.below(3));
  }
}

/// People come to any node that serves, and again, where the one they had asked does not.
void ManyNodes::ask() {
  Machine* machine = draw_askable();
  if (machine == nullptr) return;
  company_->clients.ask_again(*machine->node, chance_.below(4));
  for (std::size_t asks = chance_.below(plan_.asks_max + 1); asks > 0; --asks) {
    company_->workload.act(*draw_askable()->node);
  }
}

ManyNodes::Machine* ManyNodes::draw_askable() {
  std::vector<Machine*> all;
  for (Machine& machine : machines_) {
    if (machine.node && machine.frozen == 0) all.push_back(&machine);
  }
  return all.empty() ? nullptr : chance_.pick(all);
}

void ManyNodes::take_step(Machine& machine) {
  if (!machine.node || machine.frozen > 0 || maybe_crash(machine)) return;
  machine.node->step();
  watch_wrong(machine);
  maybe_crash(machine);
}

/// So much of what is on its way arrives; whoever watches has read it before any node does.
void ManyNodes::write(std::size_t sections) {
  for (; sections > 0 && cluster_.step(); --sections) {
  }
  company_->watch.read_new();
}

void ManyNodes::flush_disks() {
  for (Machine& machine : machines_) {
    if (plan_.flush_one_in == 0 || !chance_.one_in(plan_.flush_one_in)) continue;
    machine.disk.flush_some(chance_.below(machine.disk.unflushed() + 1));
  }
}

void ManyNodes::tell(Machine& machine, std::size_t groups) {
  for (; groups > 0 && !machine.to_tell.empty() && is_good(); --groups) {
    NodeOptions::Calls calls = std::move(machine.to_tell.front());
    machine.to_tell.pop_front();
    for (auto& call : calls) {
      if (!machine.node || maybe_crash(machine)) return;
      call();
    }
  }
}

void ManyNodes::calm_step(milliseconds gap) {
  pass(gap);
  company_->clients.ask_again(node(), 64);
  for (std::size_t i = 0; i < kCalmNodeSteps; ++i) {
    for (Machine& machine : machines_) machine.node->step();
    cluster_.settle();
    company_->watch.read_new();
    for (Machine& machine : machines_) watch_wrong(machine);
    for (Machine& machine : machines_) mend(machine);  // a barrier may come even now
  }
  for (Machine& machine : machines_) tell(machine, machine.to_tell.size());
}

void ManyNodes::compare() {
  for (Machine& machine : machines_) {
    if (!machine.node) continue;
    for (const PartitionStatus& status : machine.node->status()) {
      const bool is_compared = scene_.identity.has_consumer(status.where) && !status.parked &&
                               !machine.wrong.contains(status.where);
      if (is_compared) company_->watch.compare(status.where, status.applied, status.digest);
    }
  }
  company_->watch.expect_true_acks();
}

void ManyNodes::compare_at_rest() {
  for (const PartitionRef where : consumer_partitions(scene_.identity)) {
    const auto speakers =
        std::count_if(machines_.begin(), machines_.end(),
                      [&](const Machine& one) { return one.node->speaks_for(where); });
    trace_.expect(speakers == 1, "owner",
                  std::to_string(speakers) + " nodes speak for partition " +
                      std::to_string(where.topic) + "/" + std::to_string(where.partition));
  }
  for (const Machine& machine : machines_) {
    trace_.expect(machine.wrong.empty(), "dispute", "a wrong state stays as it is");
    for (const PartitionStatus& status : machine.node->status()) {
      trace_.expect(!status.parked && status.applied == cluster_.end(status.where), "liveness",
                    "a node does not keep up with the log, and nothing goes wrong");
    }
  }
}

void ManyNodes::restart() {
  for (Machine& machine : machines_) {
    const bool is_new = chance_.one_in(2);
    crash(machine, is_new ? "is stopped, and its state is removed" : "is stopped");
    if (is_new) CHECK(machine.disk.clear().has_value());
    if (chance_.one_in(2)) machine.known = kKnown;
    if (chance_.one_in(2)) start(machine);  // one by one, or all at once
  }
}

}  // namespace jari::sim
