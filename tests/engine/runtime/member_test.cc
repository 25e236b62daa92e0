// Several nodes on one log: who speaks, who takes over, what a client is told and when.

#include <iostream>

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

void send_all_around(ClusterWorld& world, const std::string& name) {
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    std::size_t through = i % world.processes.size();
    while (!world.node(through).member || world.node(through).is_frozen) {
      through = (through + 1) % world.processes.size();
    }
    world.send(through, kPlaces[i], kPlaces[(i + 1) % kPlaces.size()], 5, name + kPlaces[i]);
  }
}

TEST(Member, AloneSpeaksForAllAndDecidesWhatItIsAsked) {
  ClusterWorld world(1);
  world.begin();
  EXPECT_THAT(world.shares(), ElementsAre(3U));
  send_all_around(world, "r");
  world.run(milliseconds{300});
  EXPECT_EQ(world.node(0).told["rhere"], "sent here");
  world.run(milliseconds{3'000});
  expect_exact(world, kPlaces);
}

TEST(Member, AnswersOnTheNodeThatWasAskedWhoeverDecides) {
  ClusterWorld world(3);
  world.begin();
  for (std::size_t i = 0; i < 3; ++i) world.send(i, "here", "there", 2, "r" + std::to_string(i));
  world.run(milliseconds{300});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(world.node(i).told["r" + std::to_string(i)], "sent here");
  }
  world.run(milliseconds{3'000});
  expect_exact(world, kPlaces);
}

TEST(Member, TellsNothingBeforeItIsDurable) {
  ClusterWorld world(2);
  world.begin();
  bool is_accepted = false;
  ASSERT_TRUE(world.node(0).member->post([&](Turn& turn) {
    turn.append(turn.home_of(kWork, "here"),
                bytes_of(request_record(kSend, {"here", "there", 1, 0}, "r")));
    turn.after_durable([&] { is_accepted = true; });
  }));
  for (int i = 0; i < 5; ++i) world.node(0).member->step();
  EXPECT_FALSE(is_accepted);
  EXPECT_TRUE(world.node(0).told.empty());
  world.cluster.settle();
  world.node(0).member->step();
  EXPECT_TRUE(is_accepted);
  EXPECT_EQ(world.node(0).told["r"], "sent here");
}

TEST(Member, AppendsARequestAgainUntilItStands) {
  ClusterWorld world(2);
  world.begin();
  world.cluster.set_faults({.lost = 1'000});
  world.send(0, "here", "there", 1, "r");
  world.run(milliseconds{500});
  EXPECT_TRUE(world.node(0).told.empty());
  world.cluster.set_faults({});
  world.run(milliseconds{300});
  EXPECT_EQ(world.node(0).told["r"], "sent here");
}

TEST(Member, SharesWithThoseWhoJoinAndTakesFromThoseWhoLeave) {
  LogIdentity identity = World::identity();
  identity.topics[0].partitions = 12;
  ClusterWorld world(1, {}, identity);
  world.begin();
  EXPECT_THAT(world.shares(), ElementsAre(12U));
  world.add();
  world.run(milliseconds{5'000});
  EXPECT_THAT(world.shares(), ElementsAre(6U, 6U));
  world.add();
  world.run(milliseconds{5'000});
  EXPECT_THAT(world.shares(), Each(4U));
  world.node(0).member->close();
  world.run(milliseconds{100});
  EXPECT_TRUE(world.node(0).member->drained());
  world.node(0).kill();
  world.run(milliseconds{5'000});
  EXPECT_THAT(world.shares(), ElementsAre(0U, 6U, 6U));
}

TEST(Member, LeavesPartitionsToOthersIfItIsToldTo) {
  ClusterWorld world(1);
  world.add([](Process& process) { process.owns = false; });
  world.begin();
  EXPECT_THAT(world.shares(), ElementsAre(3U, 0U));
  world.node(0).kill();
  world.run(milliseconds{5'000});
  EXPECT_THAT(world.shares(), ElementsAre(0U, 0U));
  world.send(1, "here", "there", 1, "r");
  world.run(milliseconds{500});
  EXPECT_EQ(world.node(1).told["r"],
            "sent here");  // decided where it stands, though no effect left
  EXPECT_EQ(world.node(1).toy("there").at("there").arrived, 0U);
}

TEST(Member, IsTakenOverSoonAfterItDies) {
  ClusterWorld world(3);
  world.begin();
  send_all_around(world, "r");
  world.run(milliseconds{100});
  const PartitionRef home = World::home_of("here");
  world.node(world.owner(home)).kill();
  world.run(2 * kTakeover);
  EXPECT_EQ(world.owners(home).size(), 1U);
  send_all_around(world, "s");
  world.run(milliseconds{3'000});
  expect_exact(world, kPlaces);
}

/// Time passes; nothing that was appended comes to stand.
void run_while_log_stands_still(ClusterWorld& world, milliseconds gap) {
  for (milliseconds passed{0}; passed < gap; passed += ClusterWorld::kStep) {
    for (auto& process : world.processes) process->clock.pass(ClusterWorld::kStep);
    for (auto& process : world.processes) {
      if (process->member) process->member->step();
    }
  }
}

/// How often anybody has claimed anything.
std::size_t claims(ClusterWorld& world) {
  std::size_t count = 0;
  for (const PartitionRef where : consumer_partitions(world.cluster.identity())) {
    for (const std::string& record : world.records(where)) {
      count += read_envelope(bytes_of(record))->kind == RecordKind::Claim ? 1 : 0;
    }
  }
  return count;
}

TEST(Member, IsNotTakenOverWhereTheLogStoodStill) {
  ClusterWorld world(3);
  world.begin();
  const std::size_t before = claims(world);
  run_while_log_stands_still(world, 2 * kTakeover);
  world.run(3 * kTakeover);
  EXPECT_EQ(claims(world), before);
  send_all_around(world, "r");
  world.run(milliseconds{1'000});
  expect_exact(world, kPlaces);
}

TEST(Member, IsNotTakenOverWhereNobodyHeardOfTheLog) {
  for (const milliseconds gap : {2 * kTakeover, 20 * kTakeover}) {
    ClusterWorld world(3);
    world.begin();
    const std::size_t before = claims(world);
    for (auto& process : world.processes) process->log->cut_off(true);
    world.run(gap);
    for (auto& process : world.processes) process->log->cut_off(false);
    world.run(3 * kTakeover);
    EXPECT_EQ(claims(world), before) << gap.count();
  }
}

TEST(Member, TakesOverInTheEndWhereItDoesNotHearItself) {
  ClusterWorld world(2);
  world.begin();
  EXPECT_THAT(world.shares(), Each(::testing::Gt(0U)));
  world.node(1).kill();
  run_while_log_stands_still(world, 12 * kTakeover);
  world.run(kTakeover / 2);  // sooner than it would begin to be patient now
  EXPECT_EQ(world.shares().back(), 0U);
  for (const PartitionRef where : consumer_partitions(world.cluster.identity())) {
    EXPECT_THAT(world.owners(where), ElementsAre(0U));
  }
}

TEST(Member, ThatWasFrozenFindsItsSuccessorAndHarmsNothing) {
  ClusterWorld world(2);
  world.begin();
  const PartitionRef home = World::home_of("here");
  const std::size_t frozen = world.owner(home);
  send_all_around(world, "r");
  world.run(milliseconds{50});
  send_all_around(world, "s");
  world.node(frozen).member->step();  // what it says now is on its way for long
  world.node(frozen).is_frozen = true;
  world.run(milliseconds{4'000}, /*settles=*/false);
  EXPECT_THAT(world.owners(home), ::testing::Contains(1 - frozen));
  world.node(frozen).is_frozen = false;
  world.run(milliseconds{6'000});
  EXPECT_EQ(world.owners(home).size(), 1U);
  EXPECT_THAT(world.shares(), ::testing::Not(Each(0U)));
  expect_exact(world, kPlaces);
}

TEST(Member, ToleratesTwoWhoSpeakAtOnce) {
  ClusterWorld world(2);
  world.begin();
  const PartitionRef home = World::home_of("here");
  const std::size_t first = world.owner(home);
  world.node(first).log->cut_off(true);
  for (int i = 0; i < 40; ++i) {
    send_all_around(world, "r" + std::to_string(i));
    world.run(milliseconds{100});
  }
  EXPECT_EQ(world.owners(home).size(), 2U);
  world.node(first).log->cut_off(false);
  world.run(milliseconds{6'000});
  EXPECT_EQ(world.owners(home).size(), 1U);
  expect_exact(world, kPlaces);
  for (const auto& process : world.processes) EXPECT_EQ(process->told.size(), 120U);
}

TEST(Member, PromisesFreshnessOnlyWhileItsOwnTickComesBack) {
  ClusterWorld world(2);
  world.begin();
  const PartitionRef home = World::home_of("here");
  const auto is_fresh = [&](std::size_t node) {
    bool is_so = false;
    world.node(node).look([&](Turn& turn) { is_so = turn.is_fresh(home); });
    return is_so;
  };
  const std::size_t first = world.owner(home);
  EXPECT_TRUE(is_fresh(first));
  EXPECT_TRUE(is_fresh(1 - first));
  world.node(first).log->cut_off(true);
  world.run(kTakeover + milliseconds{200});
  EXPECT_TRUE(world.node(first).member->speaks_for(home));
  EXPECT_FALSE(is_fresh(first));
  world.node(first).log->cut_off(false);
  world.run(milliseconds{5'000});
  EXPECT_TRUE(is_fresh(first));
}

TEST(Member, StartsFromItsDiskAndGoesOnWhereItStood) {
  ClusterWorld world(2);
  world.begin();
  send_all_around(world, "r");
  world.run(milliseconds{100});
  for (const std::size_t i : {0U, 1U}) {
    world.node(i).kill();
    if (i == 1) world.node(i).lose_disk();
    ASSERT_TRUE(world.node(i).live(world.cluster));
    EXPECT_EQ(world.node(i).toy("here").rebuilt, 1);
    send_all_around(world, "s" + std::to_string(i));
    world.run(milliseconds{4'000});
  }
  expect_exact(world, kPlaces);
}

TEST(Member, StopsOnePartitionBeforeAMarkerAndServesTheRest) {
  ClusterWorld world(2);
  world.begin();
  world.node(0).kill();
  const Offset end = world.cluster.end(kHere);
  send_all_around(world, "r");
  ASSERT_TRUE(world.node(0).live(world.cluster, {{kHere, end, "a test"}}));
  world.run(milliseconds{4'000});
  EXPECT_THAT(world.node(0).parked(kHere), ::testing::Optional(::testing::HasSubstr("a test")));
  EXPECT_EQ(world.node(0).parked(kThere), std::nullopt);
  EXPECT_EQ(world.owner(kHere), 1U);
  EXPECT_EQ(world.node(1).told["rhere"], "sent here");
}

TEST(MemberDeathTest, LeavesAMarkerWhereItFoundItselfWrong) {
  ClusterWorld world(1);
  world.begin();
  world.node(0).on_marker = [](const ParkMarker& marker) {
    std::cerr << "marker " << marker.where.partition << ' ' << marker.offset << '\n';
  };
  const Offset end = world.cluster.end(kHere);
  world.cluster.put(kHere, bytes_of(request_record(kSpoil, {"here", "there", 1, 0}, "r")));
  EXPECT_DEATH(
      {
        world.node(0).member->adopt_thread();
        world.node(0).member->step();
      },
      "marker " + std::to_string(kHere.partition) + ' ' + std::to_string(end));
}

}  // namespace
}  // namespace jari::toy
