// What cannot be mended: the log has lost what it said was durable, or a node's memory is wrong.
// It must be found out, by whom it concerns, and by nobody else.

#include "tests/sim/many_nodes.h"

namespace jari::sim {
namespace {

constexpr milliseconds kGap{200};
constexpr milliseconds kFoundOutWithin{20'000};

}  // namespace

void ManyNodes::end() {
  const std::vector<PartitionRef> all = consumer_partitions(scene_.identity);
  const PartitionRef where = chance_.pick(all);
  switch (chance_.below(4)) {
    case 0:
      return lose_tail(where);
    case 1:
    case 2:
      return corrupt(where, machines_[chance_.below(machines_.size())]);
    default:
      return;
  }
}

/// People go on asking, any node and every partition but one that is to be parked.
void ManyNodes::go_on(milliseconds gap) {
  for (milliseconds passed{0}; passed < gap && is_good(); passed += kGap) {
    pass(kGap);
    if (passed < gap / 2) company_->workload.act_apart(*draw_askable()->node, may_be_parked_);
    company_->clients.ask_again(*draw_askable()->node, 64);
    for (std::size_t i = 0; i < 2; ++i) {
      for (Machine& machine : machines_) machine.node->step();
      cluster_.settle();
      company_->watch.read_new();
      for (Machine& machine : machines_) watch_wrong(machine);
    }
    for (Machine& machine : machines_) tell(machine, machine.to_tell.size());
  }
}

void ManyNodes::expect_answers() {
  const bool is_answered = company_->clients.unanswered() == 0;
  trace_.expect(is_answered, "liveness",
                "not answered, for what is wrong elsewhere: " +
                    (is_answered ? std::string{} : company_->clients.first_unanswered()));
}

/// Every node has applied what is gone (CE7). One whose state is made anew may go on, unless others
/// have read what was caused there.
void ManyNodes::lose_tail(PartitionRef where) {
  may_be_parked_.insert(where);
  company_->watch.forsake(where);
  const auto records = static_cast<std::size_t>(chance_.between(1, 3));
  trace_.note("the log has lost " + std::to_string(records) + " records of " +
              std::to_string(where.topic) + "/" + std::to_string(where.partition));
  cluster_.truncate(where, records);
  if (chance_.one_in(2)) go_on(kFoundOutWithin);
  Machine& rebuilt = machines_.front();
  crash(rebuilt, "is stopped, and its state is removed");
  CHECK(rebuilt.disk.clear().has_value());
  start(rebuilt);
  if (!is_good()) return;
  go_on(kFoundOutWithin);
  expect_answers();
  for (Machine& machine : machines_) {
    if (&machine == &rebuilt) continue;
    const bool is_parked = machine.parked.contains(where);
    trace_.expect(is_parked, "lost tail", "a state is believed that does not come from this log");
  }
}

/// Whose memory is wrong is alone with it: who follows finds out and makes it again; who speaks is
/// disputed, and after that nobody speaks for what the log itself says in two ways.
void ManyNodes::corrupt(PartitionRef where, Machine& machine) {
  company_->clients.may_dispute = true;
  const bool is_owner = machine.node->speaks_for(where);
  if (is_owner) {
    may_be_parked_.insert(where);
    company_->watch.forsake(where);
  } else {
    machine.wrong.insert(where);
  }
  note(machine, is_owner ? "speaks with a wrong state" : "follows with a wrong state");
  machine.node->corrupt(where);
  go_on(kFoundOutWithin);
  expect_answers();
  for (Machine& one : machines_) {
    trace_.expect(one.parked.contains(where) == is_owner, "dispute",
                  is_owner ? "a node goes on where the log says that its state is wrong"
                           : "a node parks for what another has wrong");
  }
  if (!is_owner) expect_same(where);
}

void ManyNodes::expect_same(PartitionRef where) {
  std::map<Offset, Hash128> digests;
  for (Machine& machine : machines_) {
    for (const PartitionStatus& status : machine.node->status()) {
      if (status.where != where) continue;
      const auto [known, is_new] = digests.try_emplace(status.applied, status.digest);
      trace_.expect(known->second == status.digest, "dispute", "a wrong state stays as it is");
      trace_.expect(!status.parked, "dispute", "a state is not made again");
    }
  }
}

}  // namespace jari::sim
