// What goes wrong where several nodes serve, and how those who run them go on.

#include <algorithm>

#include "tests/sim/many_nodes.h"

namespace jari::sim {
namespace {

constexpr std::uint64_t kMomentsInAStep = 6;  // at which a node may crash
constexpr std::size_t kStartsMax = 20;
constexpr std::string_view kUnknownVersion = "this program knows only up to";

}  // namespace

void ManyNodes::maybe_fault() {
  if (chance_.one_in(plan_.cluster.outage)) stand_still();
  if (chance_.one_in(plan_.faults.stray)) stray();
  if (chance_.one_in(plan_.cluster.lead_anew)) {
    const std::vector<PartitionRef> all = scene_.identity.partitions();
    trace_.note("another broker leads");
    cluster_.lead_anew(chance_.pick(all));
  }
  maybe_fault(machines_[chance_.below(machines_.size())]);
  if (chance_.one_in(plan_.cluster.wrong_state)) {
    make_wrong(machines_[chance_.below(machines_.size())]);
  }
}

/// The memory of one that follows loses a bit, where a tick that it has yet to read must tell. Who
/// speaks, or would before it reads one, is left to the end: then the log itself is wrong.
void ManyNodes::make_wrong(Machine& machine) {
  if (!machine.node) return;
  std::vector<PartitionRef> all;
  for (const PartitionStatus& status : machine.node->status()) {
    const bool will_tell = scene_.identity.has_consumer(status.where) && !status.parked &&
                           !machine.node->speaks_for(status.where) &&
                           !machine.wrong.contains(status.where) &&
                           company_->watch.has_tick_of(status.where, status.applied);
    if (will_tell) all.push_back(status.where);
  }
  if (all.empty()) return;
  const PartitionRef where = chance_.pick(all);
  note(machine, "follows with a wrong state of " + std::to_string(where.topic) + "/" +
                    std::to_string(where.partition));
  machine.node->corrupt(where);
  machine.wrong.insert(where);
  machine.is_torn = true;  // what of it is on disk is refused, or is whole
  company_->clients.may_dispute = true;
}

/// A partition is made again where it was wrong, and nowhere else, until it is the log's again.
void ManyNodes::watch_wrong(Machine& machine) {
  const bool is_any_wrong = std::any_of(machines_.begin(), machines_.end(),
                                        [](const Machine& one) { return !one.wrong.empty(); });
  if (!machine.node || !is_any_wrong) return;
  for (const PartitionStatus& status : machine.node->status()) {
    if (!scene_.identity.has_consumer(status.where)) continue;
    const bool is_made_again = status.parked && !machine.parked.contains(status.where);
    if (!machine.wrong.contains(status.where)) {
      trace_.expect(!is_made_again, "dispute", "a state is made again that was not wrong");
    } else if (is_made_again) {
      company_->clients.give_up(machine.ear->life(), status.where);
    } else if (company_->watch.is_log_s(status.where, status.applied, status.digest)) {
      note(machine, "has the state of the log again");
      machine.wrong.erase(status.where);
    }
  }
  company_->clients.may_dispute = std::any_of(
      machines_.begin(), machines_.end(), [](const Machine& one) { return !one.wrong.empty(); });
}

void ManyNodes::maybe_fault(Machine& machine) {
  const Faults& faults = plan_.faults;
  set_clock(machine);
  if (machine.is_cut_off && chance_.one_in(3)) cut_off(machine, false);
  if (!machine.node) return;
  if (machine.frozen == 0 && chance_.one_in(faults.freeze)) {
    machine.frozen = static_cast<std::size_t>(chance_.between(1, chance_.one_in(3) ? 30 : 6));
    note(machine, "freezes for " + std::to_string(machine.frozen) + " steps");
    if (chance_.one_in(2)) company_->clients.give_up(machine.ear->life());
  }
  if (!machine.is_cut_off && chance_.one_in(plan_.cluster.cut_off)) cut_off(machine, true);
  if (chance_.one_in(faults.disk_full)) {
    note(machine, "has a full disk");
    machine.disk.fill();
  }
  if (chance_.one_in(40) && !machine.is_damaged && !machine.is_torn) machine.disk.keep_copy();
}

/// All of them, for longer than an outage may be.
void ManyNodes::stand_still() {
  const milliseconds gap{plan_.outage_ms + chance_.between(-2'000, 30'000)};
  trace_.note("all stand still for " + std::to_string(gap.count()) + " ms");
  pass(gap);
}

void ManyNodes::cut_off(Machine& machine, bool is_cut_off) {
  note(machine, is_cut_off ? "is cut off" : "hears of the others again");
  machine.is_cut_off = is_cut_off;
  if (machine.log) machine.log->cut_off(is_cut_off);
  if (machine.node && is_cut_off && chance_.one_in(2)) {
    company_->clients.give_up(machine.ear->life());
  }
}

/// A row comes a second time, or one that those before it have not come for yet; somebody ticks or
/// claims whose time is over.
void ManyNodes::stray() {
  if (chance_.one_in(3)) {
    const auto zombie = company_->watch.draw_zombie(chance_);
    if (!zombie) return;
    trace_.note("an old owner speaks");
    cluster_.put(zombie->where, bytes_of(zombie->record));
  } else if (const auto effect = company_->watch.draw_effect(chance_)) {
    const bool is_early = chance_.one_in(2);
    trace_.note(is_early ? "a row comes early" : "a row comes again");
    const std::string record = is_early ? company_->watch.early_row(*effect) : effect->record;
    cluster_.put(effect->where, bytes_of(record));
  }
  company_->watch.read_new();
}

void ManyNodes::set_clock(Machine& machine) {
  if (chance_.one_in(plan_.faults.clock_forward)) {
    const milliseconds by{chance_.between(200, chance_.one_in(3) ? 7'200'000 : 20'000)};
    note(machine, "has its clock set forward by " + std::to_string(by.count()) + " ms");
    machine.clock.set(by);
  }
  if (chance_.one_in(plan_.faults.clock_back)) {
    const milliseconds by{chance_.between(50, chance_.one_in(3) ? 600'000 : 5'000)};
    note(machine, "has its clock set back by " + std::to_string(by.count()) + " ms");
    machine.clock.set(-by);
  }
}

bool ManyNodes::maybe_crash(Machine& machine) {
  if (scene_.is_calm || !chance_.one_in(plan_.faults.crash * kMomentsInAStep)) return false;
  crash(machine, "crashes");
  return true;
}

void ManyNodes::crash(Machine& machine, std::string_view why) {
  note(machine, why);
  take_down(machine);
  machine.disk.crash(chance_);
  if (!scene_.is_calm) lose_disk(machine);
}

/// What it has appended stays on its way.
void ManyNodes::take_down(Machine& machine) {
  machine.node.reset();
  machine.log.reset();
  machine.to_tell.clear();
  machine.parked.clear();
  machine.wrong.clear();
  machine.frozen = 0;
  machine.is_cut_off = false;
  company_->clients.ended(machine.ear->life());
}

void ManyNodes::lose_disk(Machine& machine) {
  const Faults& faults = plan_.faults;
  if (chance_.one_in(faults.disk_lost)) {
    note(machine, "has lost its state");
    CHECK(machine.disk.clear().has_value());
    machine.is_damaged = machine.is_torn = false;
  } else if (chance_.one_in(faults.disk_restored)) {
    note(machine, "has its state restored from a copy");
    machine.disk.restore();
    machine.is_damaged = machine.is_torn = false;
  } else if (chance_.one_in(faults.disk_damaged)) {
    const bool is_torn = chance_.one_in(2) && machine.disk.tear(chance_);
    machine.is_torn |= is_torn;
    machine.is_damaged |= !machine.is_torn && machine.disk.damage(chance_);
    if (is_torn) note(machine, "has a torn batch in its state");
    if (machine.is_damaged) note(machine, "has a damaged row in its state");
  }
  if (chance_.one_in(4)) machine.clock.boot();
  if (chance_.one_in(3)) machine.known = kKnown;  // the program is brought up to date
}

std::vector<ParkMarker> ManyNodes::draw_markers() {
  if (scene_.is_calm || !chance_.one_in(plan_.faults.park)) return {};
  const std::vector<PartitionRef> all = consumer_partitions(scene_.identity);
  const PartitionRef where = chance_.pick(all);
  const Offset end = cluster_.end(where);
  const Offset back = chance_.below(std::min<Offset>(end, 60)) + 1;
  return {{where, end - back, "a simulated CHECK"}};
}

NodeParts ManyNodes::parts_of(Machine& machine) {
  const auto failed = [this](const ParkMarker& marker) {
    trace_.fail("check", "partition " + std::to_string(marker.where.topic) + "/" +
                             std::to_string(marker.where.partition) + " offset " +
                             std::to_string(marker.offset) + ": CHECK(" + marker.why + ")");
  };
  return {*machine.log,
          machine.disk,
          machine.clock,
          *machine.ear,
          chance_.hash(),
          machine.ear->life(),
          machine.name,
          machine.markers,
          plan_.batch_requests_max,
          machine.known,
          [&machine](NodeOptions::Calls calls) { machine.to_tell.push_back(std::move(calls)); },
          [](const Error&) {},
          failed,
          [this](const CopyWanted& wanted, const CopyWanted::Found& found) {
            const bool fits = copy_ && copied_.first == wanted.where &&
                              copied_.second > wanted.after && copied_.second <= wanted.at_most;
            if (fits) return found(*copy_);
            found(Error{ErrorCode::NotFound, "there is no copy"});
          }};
}

void ManyNodes::start(Machine& machine) {
  Clients& clients = company_->clients;
  const bool dies = !scene_.is_calm && chance_.one_in(plan_.faults.crash_at_start);
  machine.markers = draw_markers();
  machine.log = std::make_unique<SimulatedClient>(cluster_);
  if (dies) machine.log->fail_read_after(chance_.below(400));
  machine.ear = std::make_unique<Ear>(
      clients, clients.begin_life(),
      [this, &machine](PartitionRef where, std::string_view why) { parks(machine, where, why); });
  machine.node = make_member_node(parts_of(machine));
  const auto started = machine.node->start();
  const bool has_died = machine.log->take_read_fault();
  if (started) {
    trace_.expect(!machine.is_damaged, "damage", "it starts with a state that was damaged");
    if (machine.is_torn) note(machine, "finds what was torn whole");
    machine.is_torn = false;
    return note(machine, "starts");
  }
  if (has_died) return crash(machine, "dies as it starts");
  note(machine, "does not start: " + started.error().detail);
  take_down(machine);
  const bool may_refuse = machine.is_damaged || machine.is_torn;
  trace_.expect(may_refuse, "start", started.error().detail);
  if (may_refuse) CHECK(machine.disk.clear().has_value());  // as the message says
  machine.is_damaged = machine.is_torn = false;
}

void ManyNodes::parks(Machine& machine, PartitionRef where, std::string_view why) {
  note(machine, "parks a partition: " + std::string(why));
  machine.parked.insert(where);
  company_->clients.give_up(machine.ear->life(), where);
  trace_.expect(may_park(machine, where, why), "parked", why);
}

/// A marker is there, or a barrier that its program does not know.
bool ManyNodes::may_park(const Machine& machine, PartitionRef where, std::string_view why) const {
  if (may_be_parked_.contains(where)) return true;
  const bool is_marked =
      std::any_of(machine.markers.begin(), machine.markers.end(),
                  [&](const ParkMarker& marker) { return marker.where == where; });
  const bool is_too_old = why.find(kUnknownVersion) != std::string_view::npos &&
                          company_->watch.replayed(where).row().reads > machine.known.to;
  return is_marked || is_too_old;
}

/// Clocks are right again, and every node lives and hears of the others.
void ManyNodes::heal() {
  cluster_.set_faults({});
  for (Machine& machine : machines_) {
    machine.frozen = 0;
    if (machine.is_cut_off) cut_off(machine, false);
    machine.clock.set(scene_.clock.read().wall + machine.skew - machine.clock.read().wall);
    mend(machine);
  }
  looked_at_ = chance_.below(machines_.size());
}

/// Whatever is parked goes on with the next start, of the newest program.
void ManyNodes::mend(Machine& machine) {
  if (machine.node && !machine.parked.empty()) {
    crash(machine, "is stopped, to be mended");
    machine.known = kKnown;
  }
  for (std::size_t tries = 0; tries < kStartsMax && !machine.node && is_good(); ++tries) {
    start(machine);
  }
  trace_.expect(machine.node != nullptr, "start", "it does not start, however often it is tried");
}

}  // namespace jari::sim
