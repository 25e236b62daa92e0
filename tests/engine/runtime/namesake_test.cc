// Two nodes under one name: which notices, which is to end, and who is no namesake.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr milliseconds kNoticed = 5 * kTakeover;

/// Another node with the name of the first, begun after it.
Process& add_namesake(ClusterWorld& world, bool owns = true) {
  return world.add([&](Process& process) {
    process.name = world.node(0).name;
    process.lives = world.node(0).lives;
    process.owns = owns;
  });
}

TEST(Namesake, WhoBeganLaterClaimsNothingAndIsToEnd) {
  ClusterWorld world(1);
  world.begin();
  const Process& second = add_namesake(world);
  for (milliseconds passed{0}; passed < kNoticed; passed += milliseconds{100}) {
    world.run(milliseconds{100});
    EXPECT_THAT(world.shares(), ElementsAre(3U, 0U));
  }
  EXPECT_THAT(second.namesake, Optional(true));
  EXPECT_EQ(world.node(0).namesake, std::nullopt);
  expect_exact(world, kPlaces);
}

TEST(Namesake, OfTwoThatBeganTogetherOneIsToEnd) {
  ClusterWorld world(1);
  Process& second = add_namesake(world);
  world.run(kNoticed + kTakeover);
  EXPECT_THAT(second.namesake, Optional(true));
  EXPECT_FALSE(world.node(0).namesake.value_or(false));
  second.kill();
  world.run(2 * kTakeover);
  EXPECT_THAT(world.shares(), ElementsAre(3U, 0U));
  expect_exact(world, kPlaces);
}

TEST(Namesake, WhoWakesAfterItWasReplacedStaysAndTheOtherIsToEnd) {
  ClusterWorld world(1);
  world.begin();
  world.node(0).is_frozen = true;
  Process& second = add_namesake(world);
  world.run(kNoticed);
  EXPECT_THAT(world.owners(kHere), testing::Contains(1U));
  EXPECT_EQ(second.namesake, std::nullopt);
  world.node(0).is_frozen = false;
  world.run(2 * kNoticed);
  EXPECT_THAT(world.node(0).namesake, Optional(false));
  EXPECT_THAT(second.namesake, Optional(true));
  second.kill();
  world.run(kNoticed);
  EXPECT_THAT(world.shares(), ElementsAre(3U, 0U));
  expect_exact(world, kPlaces);
}

TEST(Namesake, WhoNeverClaimsIsToEndWheneverItBegan) {
  ClusterWorld world(0);
  world.add([](Process& process) { process.owns = false; });
  const Process& second = add_namesake(world);
  world.run(kNoticed + kTakeover);
  EXPECT_THAT(world.node(0).namesake, Optional(true));
  EXPECT_EQ(second.namesake, std::nullopt);
  EXPECT_THAT(world.shares(), ElementsAre(0U, 3U));
}

TEST(Namesake, APredecessorIsNone) {
  ClusterWorld world(2);
  world.begin();
  Process& first = world.node(0);
  first.kill();
  world.run(kTakeover / 2);
  ASSERT_TRUE(first.live(world.cluster).has_value());
  world.run(2 * kNoticed);
  EXPECT_EQ(first.namesake, std::nullopt);
  EXPECT_EQ(world.node(1).namesake, std::nullopt);
  EXPECT_EQ(world.shares()[0] + world.shares()[1], 3U);
  EXPECT_GT(world.shares()[0], 0U);
}

TEST(Namesake, WhatAPredecessorHadSentMayLandLate) {
  ClusterWorld world(1);
  world.begin();
  Process& first = world.node(0);
  const Hash128 dead{first.lives, 'a'};
  first.kill();
  ASSERT_TRUE(first.live(world.cluster).has_value());
  for (int burst = 0; burst < 3; ++burst) {
    Tick tick;
    tick.epoch = 1;
    tick.process = dead;
    tick.time = first.clock.reading.wall;
    world.put_own(kHere, RecordKind::Tick, tick);
    world.run(milliseconds{300});
  }
  world.run(2 * kNoticed);
  EXPECT_EQ(first.namesake, std::nullopt);
  EXPECT_THAT(world.shares(), ElementsAre(3U));
}

TEST(Namesake, WhatIsReadAfterAStandstillTellsNothingOfWhoLives) {
  ClusterWorld world(2);
  world.begin();
  Process& first = world.node(0);
  first.is_frozen = true;
  world.run(kTakeover);
  Process& third = add_namesake(world);
  world.run(2 * kNoticed);
  third.kill();
  world.run(3 * kTakeover);
  first.is_frozen = false;
  world.run(2 * kNoticed);
  EXPECT_EQ(first.namesake, std::nullopt);
  expect_exact(world, kPlaces);
}

}  // namespace
}  // namespace jari::toy
