// What goes wrong in a world, and how those who run the service go on.

#include "tests/sim/one_node.h"

namespace jari::sim {
namespace {

constexpr std::size_t kMomentsInAStep = 4;  // at which it may crash
constexpr std::size_t kStartsMax = 20;
constexpr std::size_t kDeadStartsMax = 8;  // that a fault ends, one after the other

}  // namespace

void OneNode::maybe_fault() {
  const Faults& faults = plan_.faults;
  set_clock();
  if (chance_.one_in(faults.freeze)) {
    frozen_ = chance_.below(6);
    const milliseconds gap{chance_.between(1'000, chance_.one_in(3) ? 3'500'000 : 30'000)};
    trace_.note("freezes for " + std::to_string(gap.count()) + " ms");
    clock_.pass(gap);
  }
  if (chance_.one_in(faults.log_fails)) {
    trace_.note("the log will fail");
    log_.fail_after(chance_.below(3), {ErrorCode::Io, "a simulated write failed"});
  }
  if (chance_.one_in(faults.log_full)) {
    trace_.note("the log's disk is nearly full");
    log_.set_room(log_.bytes() + chance_.below(4'000));
  }
  if (chance_.one_in(faults.disk_full)) {
    trace_.note("the state's disk is full");
    disk_.fill();
  }
  if (chance_.one_in(40) && !is_damaged_ && !is_torn_) disk_.keep_copy();
  if (node_ && chance_.one_in(faults.stray)) stray();
}

/// A row comes a second time, or one that those before it have not come for yet.
void OneNode::stray() {
  if (chance_.one_in(3)) {
    const auto zombie = company_->watch.draw_zombie(chance_);
    if (!zombie) return;
    trace_.note("an old owner speaks");
    return company_->clients.append(*node_, zombie->where, zombie->record);
  }
  const auto effect = company_->watch.draw_effect(chance_);
  if (!effect) return;
  if (chance_.one_in(2)) {
    trace_.note("a row comes again");
    return company_->clients.append(*node_, effect->where, effect->record);
  }
  trace_.note("a row comes early");
  const bool is_taken = node_->post([this, one = *effect](Turn& turn) {
    const auto early = company_->watch.early_row(one, turn);
    if (early) turn.append(one.where, bytes_of(*early));
  });
  trace_.expect(is_taken, "door", "a node that runs takes no task");
}

void OneNode::set_clock() {
  if (chance_.one_in(plan_.faults.clock_forward)) {
    const milliseconds by{chance_.between(200, chance_.one_in(3) ? 7'200'000 : 20'000)};
    trace_.note("the clock is set forward by " + std::to_string(by.count()) + " ms");
    clock_.set(by);
    if (node_ && chance_.one_in(3)) node_->confirm_clock();
  }
  if (chance_.one_in(plan_.faults.clock_back)) {
    const milliseconds by{chance_.between(50, chance_.one_in(3) ? 600'000 : 5'000)};
    trace_.note("the clock is set back by " + std::to_string(by.count()) + " ms");
    clock_.set(-by);
  }
}

bool OneNode::maybe_crash() {
  if (!node_ || scene_.is_calm || !chance_.one_in(plan_.faults.crash * kMomentsInAStep))
    return false;
  crash("a crash");
  return true;
}

void OneNode::crash(std::string_view why) {
  trace_.note(why);
  node_.reset();
  log_.crash();
  log_.set_room(std::numeric_limits<std::uint64_t>::max());
  to_tell_.clear();
  log_failed_.reset();
  company_->clients.ended(ear_->life());
  disk_.crash(chance_);
  frozen_ = 0;
  is_parked_ = false;
  company_->watch.read_new();
  if (!scene_.is_calm) lose_disk();
}

void OneNode::lose_disk() {
  const Faults& faults = plan_.faults;
  if (chance_.one_in(faults.disk_lost)) {
    trace_.note("the state is lost");
    CHECK(disk_.clear().has_value());
  } else if (chance_.one_in(faults.disk_restored)) {
    trace_.note("the state is restored from a copy");
    disk_.restore();
  } else if (chance_.one_in(faults.disk_damaged)) {
    is_torn_ = chance_.one_in(2) && disk_.tear(chance_);
    is_damaged_ = !is_torn_ && disk_.damage(chance_);
    if (is_torn_) trace_.note("a batch of the state is torn");
    if (is_damaged_) trace_.note("a row of the state is damaged");
  }
  if (chance_.one_in(4)) clock_.boot();
}

/// A partition that an earlier CHECK is to keep from going on, somewhere in what is replayed.
std::vector<ParkMarker> OneNode::draw_markers() {
  if (scene_.is_calm || !chance_.one_in(plan_.faults.park)) return {};
  const std::vector<PartitionRef> all = consumer_partitions(scene_.identity);
  const PartitionRef where = chance_.pick(all);
  const Offset end = log_.end(where);
  const Offset back = chance_.below(std::min<Offset>(end, 60)) + 1;
  return {{where, end - back, "a simulated CHECK"}};
}

/// Somebody starts the program of before the barrier: it must not go on where it does not know how.
void OneNode::start_old_program() {
  auto old = make_embedded_node(mute_parts(kKnownByOldProgram));
  const auto started = old->start();
  trace_.note(started ? "an old program starts" : "an old program does not start");
  if (!started) return;
  for (const PartitionStatus& status : old->status()) {
    const bool is_new = scene_.identity.has_consumer(status.where) &&
                        company_->watch.replayed(status.where).row().reads > kKnownByOldProgram.to;
    trace_.expect(!is_new || status.parked, "version",
                  "a program goes on with a version of the logic that it does not know");
  }
}

void OneNode::start() {
  if (plan_.has_barrier && !is_damaged_ && !is_torn_ && chance_.one_in(3)) start_old_program();
  for (std::size_t tries = 0; tries < kStartsMax && is_good(); ++tries) {
    const bool dies =
        !scene_.is_calm && tries < kDeadStartsMax && chance_.one_in(plan_.faults.crash_at_start);
    if (dies) log_.fail_read_after(chance_.below(400));
    if (start_once(draw_markers())) return;
  }
  trace_.expect(!is_good(), "start", "it does not start, however often it is tried");
}

/// Of a node that tells nobody anything.
NodeParts OneNode::mute_parts(KnownVersions known) {
  return {log_,
          disk_,
          clock_,
          *ear_,
          chance_.hash(),
          ear_->life(),
          "sim",
          {},
          4096,
          known,
          [](NodeOptions::Calls) {},
          [](const Error&) {},
          [](const ParkMarker&) {}};
}

bool OneNode::start_once(std::vector<ParkMarker> markers) {
  ear_ = std::make_unique<Ear>(company_->clients, company_->clients.begin_life());
  NodeParts parts = mute_parts(kKnown);
  parts.markers = markers;
  parts.batch_requests_max = plan_.batch_requests_max;
  parts.release = [this](NodeOptions::Calls calls) { to_tell_.push_back(std::move(calls)); };
  parts.on_failure = [this](const Error& why) { log_failed_ = why; };
  parts.leave_marker = [this](const ParkMarker& marker) {
    trace_.fail("check", "partition " + std::to_string(marker.where.topic) + "/" +
                             std::to_string(marker.where.partition) + " offset " +
                             std::to_string(marker.offset) + ": CHECK(" + marker.why + ")");
  };
  company_->watch.begin_life();
  node_ = make_embedded_node(std::move(parts));
  const auto started = node_->start();
  const bool had_read_fault = log_.take_read_fault();
  if (started) {
    trace_.expect(!is_damaged_, "damage", "it starts with a state that was damaged");
    if (is_torn_) trace_.note("what was torn is whole");
    is_torn_ = false;
    for (const PartitionStatus& status : node_->status()) is_parked_ |= status.parked.has_value();
    trace_.expect(!is_parked_ || !markers.empty(), "parked", "a partition stands still");
    trace_.note(is_parked_ ? "starts, with a parked partition" : "starts");
    return true;
  }
  node_.reset();
  company_->clients.ended(ear_->life());
  trace_.note("does not start: " + started.error().detail);
  if (had_read_fault) return false;
  trace_.expect(is_damaged_ || is_torn_, "start", started.error().detail);
  if (is_damaged_ || is_torn_) CHECK(disk_.clear().has_value());  // as the message says
  is_damaged_ = is_torn_ = false;
  return false;
}

/// What is broken is mended; a partition that was parked goes on with the next start.
void OneNode::heal() {
  log_.stop_failing();
  if (log_failed_) crash("the log failed: " + log_failed_->detail);
  if (node_ && is_parked_) crash("is stopped, and its marker removed");
  frozen_ = 0;
  if (!node_) start();
}

/// The log's disk loses a tail that it had said was durable. The state, which is ahead then, must
/// not be believed, not even once the log has grown past it (CE7, CE19).
void OneNode::lose_tail() {
  node_.reset();
  to_tell_.clear();
  log_.crash();
  CHECK(disk_.flush().has_value());
  disk_.keep_copy();
  log_.truncate(static_cast<std::size_t>(chance_.between(1, 3)));
  CHECK(disk_.clear().has_value());
  auto node = make_embedded_node(mute_parts(kKnown));
  trace_.expect(node->start().has_value(), "start", "a log that lost its tail cannot be replayed");
  for (std::size_t i = chance_.below(12); i > 0; --i) {
    clock_.pass(milliseconds{300});
    node->step();
    log_.settle();
  }
  node.reset();
  log_.crash();
  disk_.restore();
  node = make_embedded_node(mute_parts(kKnown));
  const auto started = node->start();
  trace_.expect(!started && started.error().code == ErrorCode::LogMismatch, "lost tail",
                "a state is believed that does not come from this log");
}

void OneNode::end() {
  if (chance_.one_in(3)) lose_tail();
}

}  // namespace jari::sim
