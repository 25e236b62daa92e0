// The counter-examples that streams between partitions must survive, one by one: those of nodes.
// Beside it are those of what a log does (counter_examples_log_test.cc), of a process that ends in
// the midst of something (…_crash_test.cc), and of two versions (…_upgrade_test.cc).
// Each is masked, or parks with the right message; none is silent. CE numbers are stable names.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Effects of the partition in `where`, as (seq, cause).
std::vector<std::pair<std::uint64_t, Offset>> effects(ClusterWorld& world, PartitionRef where,
                                                      PartitionRef source) {
  std::vector<std::pair<std::uint64_t, Offset>> all;
  for (const std::string& record : world.records(where)) {
    const auto envelope = read_envelope(bytes_of(record));
    if (envelope && envelope->kind == RecordKind::Effect && envelope->stream->source == source) {
      all.emplace_back(envelope->stream->seq, envelope->stream->cause);
    }
  }
  return all;
}

/// The request is applied everywhere, and whatever its owner says of it never arrives. Where it
/// stands.
Offset apply_and_lose_what_follows(ClusterWorld& world) {
  world.send(0, "here", "there", 3, "r");
  world.node(0).member->step();
  world.cluster.settle();
  const Offset request = world.cluster.end(kHere) - 1;
  world.cluster.set_faults({.lost = 1'000});
  world.run(milliseconds{200});  // long enough that the state is written behind
  world.cluster.set_faults({});
  return request;
}

// State is written, its effect is still in the client's queue, and the process dies. Nothing is
// decided again: who speaks next has the rows from the disk.
TEST(CounterExample, CE01StateAheadOfItsEffects) {
  ClusterWorld world(1);
  world.begin();
  const Offset request = apply_and_lose_what_follows(world);
  EXPECT_EQ(world.node(0).toy("here").at("here").sent, 3U);
  EXPECT_THAT(effects(world, kThere, kHere), ElementsAre());
  ASSERT_GT(world.node(0).disk->durable(kHere), request);
  world.node(0).kill();
  const auto started = world.node(0).live(world.cluster);
  ASSERT_TRUE(started) << started.error().detail;
  EXPECT_EQ(world.node(0).toy("here").at("here").sent, 3U);
  world.run(milliseconds{5'000});
  EXPECT_EQ(world.node(0).toy("here").requests, 0);
  EXPECT_EQ(world.node(0).toy("there").at("there").arrived, 3U);
  expect_exact(world, kPlaces);
}

// The owner dies with effects unsent; the standby has applied their causes without a word.
TEST(CounterExample, CE02MutedStandby) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t owner = world.owner(kHere);
  apply_and_lose_what_follows(world);
  const std::size_t standby = 1 - owner;
  EXPECT_EQ(world.node(standby).toy("here").at("here").sent, 3U);
  EXPECT_THAT(effects(world, kThere, kHere), ElementsAre());
  world.node(owner).kill();
  world.run(milliseconds{5'000});
  EXPECT_EQ(world.owner(kHere), standby);
  EXPECT_EQ(world.node(standby).toy("there").at("there").arrived, 3U);
  expect_exact(world, kPlaces);
}

// Two effects of one record for one partition share their cause; their numbers do not.
TEST(CounterExample, CE03TwoEffectsOfOneRecord) {
  ClusterWorld world(2);
  world.begin();
  world.send(0, "here", "there", 2, "r");
  world.run(milliseconds{3'000});
  const auto sent = effects(world, kThere, kHere);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].second, sent[1].second);
  EXPECT_EQ(sent[0].first + 1, sent[1].first);
  EXPECT_EQ(world.node(0).toy("there").at("there").arrived, 2U);
  expect_exact(world, kPlaces);
}

// Owner and zombie both find that something has run out. Neither says so: apply(Tick) does.
TEST(CounterExample, CE13WallClockTimers) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t zombie = world.owner(kHere);
  ASSERT_TRUE(world.node(zombie).member->post([](Turn& turn) {
    turn.append(kHere, bytes_of(request_record(kLater, {"here", "there", 8, 2'500}, "later")));
  }));
  world.run(milliseconds{100});
  world.node(zombie).log->cut_off(true);
  world.run(milliseconds{2'000});
  EXPECT_EQ(world.owners(kHere).size(), 2U);
  world.run(milliseconds{1'500});
  world.node(zombie).log->cut_off(false);  // its ticks of all that time arrive now
  world.run(milliseconds{6'000});
  EXPECT_GT(world.node(0).counts["ticks not-the-owners"], 0U);
  EXPECT_EQ(world.node(0).toy("there").at("there").arrived, 8U);
  expect_exact(world, kPlaces);
}

// The order of a hash table: one has run long, one comes from disk, one from the log. What masks it
// here is the toy, which looks for the first; that the business does, too, is told by
// tests/consumers/together/hash_order_test.cc.
TEST(CounterExample, CE14HashOrder) {
  ClusterWorld world(3);
  world.begin();
  for (int i = 0; i < 30; ++i) {  // all of them due at once
    ASSERT_TRUE(world.node(0).member->post([i](Turn& turn) {
      turn.append(kHere, bytes_of(request_record(kLater, {"here", "there", 3, 2'000},
                                                 "later" + std::to_string(i))));
    }));
  }
  world.run(milliseconds{300});
  world.node(1).kill();
  ASSERT_TRUE(world.node(1).live(world.cluster));
  world.node(2).kill();
  world.node(2).lose_disk();
  ASSERT_TRUE(world.node(2).live(world.cluster));
  world.run(milliseconds{8'000});
  EXPECT_EQ(world.node(0).toy("there").at("there").arrived, 90U);
  expect_exact(world, kPlaces);
}

// The log's disk is full when a commit is written, all of whose records are decided: nobody is told
// of any. (What ends in the midst of a decision: CE15NoMemoryIsNoRefusal.)
TEST(CounterExample, CE15FullDiskIsNoRefusal) {
  World world;
  world.send("here", "there", 1, "r1");
  world.settle();
  world.log.set_room(0);
  world.send("here", "there", 1, "r2");
  world.settle();
  EXPECT_THAT(world.failed, HasSubstr("full"));  // the process ends
  EXPECT_FALSE(world.told.contains("r2"));
  world.log.set_room(1 << 20);
  ASSERT_TRUE(world.crash_and_live());
  world.send("here", "there", 1, "r2");
  world.settle();
  EXPECT_EQ(world.told["r2"], "sent here");
  EXPECT_EQ(world.toy("there").at("there").arrived, 2U);
}

// A client books through one node and asks another, which does not know that it was succeeded.
TEST(CounterExample, CE16ZombieReads) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t zombie = world.owner(kHere);
  const std::size_t other = 1 - zombie;
  world.node(zombie).log->cut_off(true);
  world.run(milliseconds{3'000});
  world.send(other, "here", "there", 1, "r");
  world.run(milliseconds{500});
  ASSERT_EQ(world.node(other).told["r"], "sent here");
  Offset position = 0;  // that the client was given
  world.node(other).look([&](Turn& turn) { position = turn.applied(kHere); });
  world.node(zombie).look([&](Turn& turn) {
    EXPECT_LT(turn.applied(kHere), position);  // so it does not answer before it is there
    EXPECT_FALSE(turn.is_fresh(kHere));        // and without a position it promises nothing
  });
}

// It hears of the others again, first of an end that was asked for before it was cut off.
TEST(CounterExample, CE16WhatIsHeardLateIsOfLongAgo) {
  constexpr int kRequests = 12;
  ClusterWorld world(1);
  Process& late = world.add([](Process& one) {
    one.owns = false;
    one.batch_requests_max = kRequests / 3;  // it has not read them all at once
  });
  world.begin();
  world.node(0).look([](Turn& turn) { EXPECT_TRUE(turn.is_fresh(kHere)); });
  late.look([](Turn& turn) { EXPECT_TRUE(turn.is_fresh(kHere)); });
  late.log->cut_off(true);
  for (int i = 0; i < kRequests; ++i) world.send(0, "here", "there", 1, "r" + std::to_string(i));
  world.run(milliseconds{2'000});
  late.log->cut_off(false);
  Offset end = 0;
  world.node(0).look([&](Turn& turn) { end = turn.applied(kHere); });
  bool is_behind = true;
  for (int looks = 0; is_behind && looks < 100; ++looks) {
    late.clock.pass(ClusterWorld::kStep);
    late.look([&](Turn& turn) {
      is_behind = turn.applied(kHere) < end;
      EXPECT_FALSE(is_behind && turn.is_fresh(kHere)) << "at look " << looks;
    });
    EXPECT_TRUE(is_behind || looks > 0) << "it has read all at once: nothing is shown";
  }
  EXPECT_FALSE(is_behind);
}

// The embedded log has lost what was never synced; the state, flushed, has not.
TEST(CounterExample, CE19StateAheadOfAnUnsyncedLog) {
  World world;
  world.send("here", "there", 1, "r1");
  world.settle();
  world.node.reset();
  world.log.truncate(1);
  const auto started = world.live();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(started.error().detail, HasSubstr("it is ahead"));
}

// A crash throws the state back; nobody is shown the past.
TEST(CounterExample, CE20StateFallsBack) {
  ClusterWorld world(1);
  world.begin();
  world.send(0, "here", "there", 4, "r");
  world.run(milliseconds{3'000});
  ASSERT_EQ(world.node(0).told["r"], "sent here");
  world.node(0).kill();
  world.node(0).lose_disk();
  ASSERT_TRUE(world.node(0).live(world.cluster));
  EXPECT_EQ(world.node(0).toy("here").at("here").sent, 4U);  // before it takes the first question
  EXPECT_EQ(world.node(0).toy("there").at("there").arrived, 4U);
  world.run(milliseconds{4'000});
  expect_exact(world, kPlaces);
}

}  // namespace
}  // namespace jari::toy
