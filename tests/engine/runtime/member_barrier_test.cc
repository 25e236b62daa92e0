// A new version of the logic among nodes of which some do not know it.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr PartitionRef kSettings{kWork, 0};

void add(ClusterWorld& world, KnownVersions known) {
  world.add([&](Process& process) { process.known = known; });
}
std::set<std::uint16_t> versions_of_effects(ClusterWorld& world) {
  std::set<std::uint16_t> all;
  for (const PartitionRef where : consumer_partitions(world.cluster.identity())) {
    for (const std::string& record : world.records(where)) {
      const auto envelope = read_envelope(bytes_of(record));
      if (envelope->kind == RecordKind::Effect) all.insert(envelope->version);
    }
  }
  return all;
}

TEST(MemberBarrier, HoldsOnceAllCanReadIt) {
  ClusterWorld world(0);
  add(world, {1, 2});
  add(world, {1, 2});
  world.begin();
  world.send(0, "here", "there", 1, "old");
  world.run(milliseconds{500});
  world.put_own(kSettings, RecordKind::Barrier, Barrier{2, BarrierStep::Read});
  world.run(milliseconds{6'000});
  EXPECT_THAT(versions_of_effects(world), ::testing::ElementsAre(1U));
  world.send(0, "here", "there", 1, "new");
  world.run(milliseconds{3'000});
  EXPECT_THAT(versions_of_effects(world), ::testing::ElementsAre(1U, 2U));
  expect_exact(world, kPlaces);
}

// Whoever applies it comes to the same end, whatever it knows itself: the owner's claim decides.
TEST(MemberBarrier, IsRefusedByAllWhereTheOwnerDoesNotKnowIt) {
  ClusterWorld world(0);
  add(world, {1, 1});
  world.begin();
  add(world, {1, 2});
  world.node(1).owns = false;
  const std::size_t owner = world.owner(kSettings);
  ASSERT_EQ(owner, 0U);
  world.put_own(kSettings, RecordKind::Barrier, Barrier{2, BarrierStep::Read});
  for (auto& process : world.processes) process->member->step();
  EXPECT_EQ(world.node(0).counts["barriers refused"], 1U);
  EXPECT_EQ(world.node(1).counts["barriers refused"], 1U);
  world.run(milliseconds{5'000});
  expect_exact(world, kPlaces);
}

TEST(MemberBarrier, ParksANodeThatDoesNotKnowItAndOthersTakeOver) {
  ClusterWorld world(0);
  add(world, {1, 2});
  world.begin();
  world.put_own(kSettings, RecordKind::Barrier, Barrier{2, BarrierStep::Read});
  add(world, {1, 1});
  world.run(milliseconds{8'000});
  for (const PartitionRef where : consumer_partitions(world.cluster.identity())) {
    EXPECT_THAT(world.node(1).parked(where), Optional(HasSubstr("version 2 of the logic")));
    EXPECT_EQ(world.owner(where), 0U);
  }
  world.send(0, "here", "there", 1, "new");
  world.run(milliseconds{2'000});
  EXPECT_EQ(world.node(0).told["new"], "sent here");
  // The program is replaced: what it has stays good.
  world.node(1).kill();
  world.node(1).known = {1, 2};
  ASSERT_TRUE(world.node(1).live(world.cluster));
  world.run(milliseconds{6'000});
  expect_exact(world, kPlaces);
}

TEST(MemberBarrier, OfALogThatBeginsBeforeAProgramStopsIt) {
  ClusterWorld world(0);
  add(world, {2, 3});
  EXPECT_THAT(world.node(0).parked(kSettings), Optional(HasSubstr("begins with version 1")));
}

}  // namespace
}  // namespace jari::toy
