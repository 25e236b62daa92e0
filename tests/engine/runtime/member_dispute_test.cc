// Two nodes that have other states from the same log: who falls silent, who looks again, who parks.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

/// Spoils what the node has in memory, once; or whatever it will ever have.
void spoil(Process& process, bool is_for_good) {
  process.toy("here").is_wrong = true;
  if (!is_for_good) return;
  process.make_toy = [](PartitionRef where, Store& store) {
    auto toy = std::make_unique<Toy>(store);
    toy->is_wrong = where == kHere;
    return toy;
  };
}
void work(ClusterWorld& world, const std::string& name) {
  world.send(0, "here", "there", 2, name);
  world.run(milliseconds{2'000});
}
std::size_t disputes(ClusterWorld& world) {
  std::size_t count = 0;
  for (const std::string& record : world.records(kHere)) {
    count += read_envelope(bytes_of(record)).value().kind == RecordKind::Disputed ? 1 : 0;
  }
  return count;
}

TEST(Dispute, OfAFollowerWhoseMemoryWasWrongEndsWhenItHasLookedAgain) {
  ClusterWorld world(2);
  world.begin();
  Process& follower = world.node(1 - world.owner(kHere));
  spoil(follower, /*is_for_good=*/false);
  work(world, "r");
  EXPECT_EQ(follower.counts["digests looked-at-again"], 1U);
  EXPECT_EQ(follower.counts["digests made-again"], 1U);
  EXPECT_EQ(disputes(world), 0U);
  work(world, "s");
  expect_exact(world, kPlaces);

  follower.kill();  // the disk was voided: it is made again, too
  ASSERT_TRUE(follower.live(world.cluster));
  work(world, "t");
  follower.kill();
  ASSERT_TRUE(follower.live(world.cluster));
  work(world, "u");
  expect_exact(world, kPlaces);
}

TEST(Dispute, OfAFollowerThatIsWrongForGoodParksItAndNobodyElse) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t owner = world.owner(kHere);
  Process& follower = world.node(1 - owner);
  spoil(follower, /*is_for_good=*/true);
  work(world, "r");
  EXPECT_THAT(follower.parked(kHere), Optional(HasSubstr("gave another state")));
  EXPECT_THAT(follower.parked(kHere), Optional(HasSubstr("disputed")));
  EXPECT_EQ(disputes(world), 1U);
  EXPECT_EQ(world.node(owner).counts["digests looked-at-again"], 1U);
  EXPECT_EQ(world.node(owner).counts["digests made-again"], 1U);
  EXPECT_EQ(world.node(owner).parked(kHere), std::nullopt);
  work(world, "s");
  EXPECT_EQ(world.node(owner).told["s"], "sent here");
  EXPECT_EQ(world.owner(kHere), owner);
}

TEST(Dispute, WithAnOwnerWhoseMemoryWasWrongParksThePartitionEverywhere) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t owner = world.owner(kHere);
  spoil(world.node(owner), /*is_for_good=*/false);
  work(world, "r");
  work(world, "s");
  EXPECT_THAT(world.node(owner).parked(kHere), Optional(HasSubstr("that tick was our own")));
  EXPECT_THAT(world.node(1 - owner).parked(kHere), Optional(HasSubstr("disputed")));
  EXPECT_EQ(world.node(1 - owner).parked(World::home_of("there")), std::nullopt);
}

// The first tick of a log has no digest to tell; who has loaded its state from disk has one.
TEST(Dispute, IsNotBegunByATickThatSaysNothingOfTheState) {
  ClusterWorld world(2);
  world.node(1).kill();
  ASSERT_TRUE(world.node(1).live(world.cluster));
  world.begin();
  work(world, "r");
  for (std::size_t node : {0, 1}) {
    EXPECT_EQ(world.node(node).counts["digests looked-at-again"], 0U) << node;
  }
  expect_exact(world, kPlaces);
}

TEST(Dispute, IsSilentWhileItLooksAgain) {
  ClusterWorld world(1);
  world.begin();
  work(world, "r");
  const Offset end = world.cluster.end(kHere);
  world.put_own(kHere, RecordKind::Disputed,
                Disputed{1, 3, {}, "z"});  // by a node that nobody else knows to be wrong
  bool is_fresh = true;
  world.node(0).look([&](Turn& turn) { is_fresh = turn.is_fresh(kHere); });
  EXPECT_FALSE(is_fresh);
  EXPECT_FALSE(world.node(0).member->speaks_for(kHere));
  world.run(milliseconds{500});
  EXPECT_TRUE(world.node(0).member->speaks_for(kHere));
  EXPECT_GT(world.cluster.end(kHere), end + 1);
  expect_exact(world, kPlaces);
}

}  // namespace
}  // namespace jari::toy
