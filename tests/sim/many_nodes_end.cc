// What cannot be mended: the log has lost what it said was durable, or a node's memory is wrong.
// It must be found out, by whom it concerns, and by nobody else.

#include "engine/runtime/following.h"
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

/// The first records of the partition are no longer kept. A copy of before goes on from there,
/// or there is none. False: the copy would be of nothing.
bool ManyNodes::trim(PartitionRef where) {
  Machine& machine = machines_[chance_.below(machines_.size())];
  if (!machine.disk.flush()) return false;
  ProvedCopy copy{"a copy", {}};
  bool is_void = false;
  const auto row = [&](PartitionRef its, std::uint8_t table, std::string_view key,
                       std::string_view bytes) -> Result<void> {
    if (its != where) return {};
    is_void |= table == kVoidTable;
    copy.rows.of(where);
    copy.rows.put(table, key, bytes);
    return {};
  };
  CHECK(machine.disk.load(row).has_value());
  copied_ = {where, machine.disk.durable(where).value_or(0)};
  if (is_void || copied_.second < 2) return false;
  if (chance_.one_in(2)) copy_ = std::move(copy);
  const Offset begin = 1 + chance_.below(copied_.second - 1);
  trace_.note("the log has lost what stood before offset " + std::to_string(begin) +
              (copy_ ? ", a copy goes on" : ", and nobody has a copy"));
  cluster_.drop_before(where, begin);
  return true;
}

/// Whose memory is wrong is alone with it: who follows finds out and makes it again; who speaks is
/// disputed, and after that nobody speaks for what the log itself says in two ways. Where nothing
/// can be made again whoever differs parks, and who speaks does once two nodes differ.
void ManyNodes::corrupt(PartitionRef where, Machine& machine) {
  company_->clients.may_dispute = true;
  const bool is_provable = !chance_.one_in(2) || !trim(where) || copy_;
  const bool is_owner = machine.node->speaks_for(where);
  const bool is_disputed = is_owner || !is_provable;
  if (is_disputed) {
    may_be_parked_.insert(where);
    company_->watch.forsake(where);
  } else {
    machine.wrong.insert(where);
  }
  note(machine, is_owner ? "speaks with a wrong state" : "follows with a wrong state");
  machine.node->corrupt(where);
  go_on(kFoundOutWithin);
  expect_answers();
  const bool has_two_against_it = is_provable || machines_.size() > 2;
  for (Machine& one : machines_) {
    const bool is_wrong = &one == &machine;
    const bool is_to_park = is_owner ? !is_wrong || has_two_against_it : is_wrong && is_disputed;
    trace_.expect(one.parked.contains(where) == is_to_park, "dispute",
                  is_to_park ? "a node goes on where the log says that its state is wrong"
                             : "a node parks for what another has wrong");
  }
  if (!is_disputed) expect_same(where);
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
