// Time among several nodes: an outage, and a clock that was set, are believed if another clock
// agrees.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

LogTime time_of(Process& process) {
  LogTime time;
  process.look([&](Turn& turn) { time = turn.time(kHere); });
  return time;
}
/// Nothing runs for so long; all clocks do.
void stand_still(ClusterWorld& world, milliseconds gap) {
  for (auto& process : world.processes) process->clock.pass(gap);
}
milliseconds behind(Process& process) {
  return process.clock.reading.wall - time_of(process).now;
}

TEST(MemberTime, FollowsTheOwnersClock) {
  ClusterWorld world(2);
  world.begin();
  world.run(milliseconds{20'000});
  EXPECT_LE(behind(world.node(0)), milliseconds{400});
  EXPECT_LE(behind(world.node(1)), milliseconds{400});
  EXPECT_EQ(time_of(world.node(0)).outages, milliseconds{0});
}

TEST(MemberTime, AnOutageIsWrittenOnceAnotherClockAgrees) {
  ClusterWorld world(2);
  world.begin();
  stand_still(world, milliseconds{600'000});
  world.run(milliseconds{10'000});
  for (auto& process : world.processes) {
    EXPECT_LE(behind(*process), milliseconds{1'000});
    EXPECT_GE(time_of(*process).outages, milliseconds{595'000});
    EXPECT_EQ(process->member->clock_alarm(), ClockAlarm::None);
  }
  expect_exact(world, kPlaces);
}

TEST(MemberTime, OneNodeAloneGoesOnWhereTimeStoodUntilAnOperatorConfirms) {
  ClusterWorld world(1);
  world.begin();
  const Instant before = time_of(world.node(0)).now;
  stand_still(world, milliseconds{600'000});
  world.run(milliseconds{5'000});
  EXPECT_GE(time_of(world.node(0)).now - before, milliseconds{4'000});  // it goes on
  EXPECT_LE(time_of(world.node(0)).now - before, milliseconds{6'000});
  EXPECT_EQ(world.node(0).member->clock_alarm(), ClockAlarm::SetForward);
  world.node(0).member->confirm_clock();
  world.run(milliseconds{2'000});
  EXPECT_LE(behind(world.node(0)), milliseconds{1'000});
  EXPECT_EQ(world.node(0).member->clock_alarm(), ClockAlarm::None);
  expect_exact(world, kPlaces);
}

TEST(MemberTime, OneNodeAloneGoesOnWhereTimeStoodHoweverOftenItStandsStill) {
  ClusterWorld world(1);
  world.begin();
  const Instant before = time_of(world.node(0)).now;
  for (int times = 0; times < 3; ++times) {
    stand_still(world, milliseconds{60'000});
    world.run(milliseconds{5'000});
  }
  EXPECT_GE(time_of(world.node(0)).now - before, milliseconds{12'000});
  EXPECT_LE(time_of(world.node(0)).now - before, milliseconds{18'000});
  expect_exact(world, kPlaces);
}

/// As of another node that speaks at once, and whose clock is ahead.
TEST(MemberTime, ThatIsHeldBackGoesOnFromWhereAnotherHasBroughtIt) {
  ClusterWorld world(1);
  world.begin();
  stand_still(world, milliseconds{600'000});
  world.run(milliseconds{2'000});
  const Instant before = time_of(world.node(0)).now;
  Tick tick;
  tick.epoch = 1;
  tick.process = {1, 'a'};
  tick.time = before + milliseconds{5'000};
  world.put_own(kHere, RecordKind::Tick, tick);
  world.run(milliseconds{3'000});
  EXPECT_GE(time_of(world.node(0)).now - before, milliseconds{7'000});
  EXPECT_EQ(world.node(0).member->clock_alarm(), ClockAlarm::SetForward);
}

TEST(MemberTime, ANodeAnHourOffIsNotBelievedAndServesOn) {
  ClusterWorld world(3);
  world.begin();
  Process& off = world.node(world.owner(kHere));
  off.clock.reading.wall = off.clock.reading.wall + milliseconds{3'600'000};
  world.run(milliseconds{120'000});
  Process& other = world.node(world.owner(kHere) == 0 ? 1 : 0);
  EXPECT_LE(behind(other), milliseconds{1'000});
  EXPECT_GE(behind(other), milliseconds{-1'000});
  EXPECT_EQ(off.member->clock_alarm(), ClockAlarm::SetForward);
  off.kill();  // it starts again with a clock that it has no reason to doubt
  ASSERT_TRUE(off.live(world.cluster));
  world.run(milliseconds{60'000});
  EXPECT_LE(behind(other), milliseconds{3'000});
  EXPECT_GE(behind(other), milliseconds{-3'000});
  world.send(0, "here", "there", 1, "r");
  world.run(milliseconds{3'000});
  EXPECT_EQ(world.node(0).told["r"], "sent here");
  expect_exact(world, kPlaces);
}

TEST(MemberTime, AStepThatAllClocksTakeIsWritten) {
  ClusterWorld world(2);
  world.begin();
  for (auto& process : world.processes) {
    process->clock.reading.wall = process->clock.reading.wall + milliseconds{60'000};
  }
  world.run(milliseconds{6'000});
  for (auto& process : world.processes) {
    EXPECT_LE(behind(*process), milliseconds{1'000});
    EXPECT_GE(time_of(*process).outages, milliseconds{55'000});
  }
}

TEST(MemberTime, AClockSetBackMakesTimeGoSlowly) {
  ClusterWorld world(1);
  world.begin();
  const Instant before = time_of(world.node(0)).now;
  world.node(0).clock.reading.wall = world.node(0).clock.reading.wall - milliseconds{20'000};
  world.run(milliseconds{10'000});
  const milliseconds passed = time_of(world.node(0)).now - before;
  EXPECT_GE(passed, milliseconds{4'500});
  EXPECT_LE(passed, milliseconds{5'500});
  EXPECT_EQ(world.node(0).member->clock_alarm(), ClockAlarm::SetBack);
}

}  // namespace
}  // namespace jari::toy
