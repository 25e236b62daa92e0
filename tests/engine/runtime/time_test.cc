// What a node makes of the clock: ticks before what they must precede, deadlines that are met,
// outages that count against nobody.

#include <gmock/gmock.h>

#include "engine/runtime/node.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Calls visit(partition, envelope) for every record of the log, each partition in order.
template <class Visit>
void for_each_record(World& world, Visit&& visit) {
  std::vector<LogPlace> from;
  for (const PartitionRef where : world.log.identity().partitions()) from.push_back({where, 0});
  const auto read = world.log.read(from, [&](const LogRecord& record) {
    if (const auto envelope = read_envelope(record.bytes)) visit(record.where, *envelope);
    return true;
  });
  ASSERT_TRUE(read.has_value());
}

/// {from, to} of the partition's outages.
std::vector<std::pair<Instant, Instant>> jumps_in(World& world, PartitionRef where) {
  std::vector<std::pair<Instant, Instant>> jumps;
  for_each_record(world, [&](PartitionRef here, const Envelope& envelope) {
    TimeJump jump;
    if (here == where && envelope.kind == RecordKind::TimeJump &&
        flat::read_root(envelope.body, jump)) {
      jumps.emplace_back(jump.from, jump.to);
    }
  });
  return jumps;
}

TEST(Time, NoRequestStandsBehindATickOlderThanTenMilliseconds) {
  World world;
  Instant ticked = world.clock.reading.wall;  // as genesis says
  for (int i = 0; i < 300; ++i) {
    world.clock.pass(milliseconds{3});
    world.send("here", "there", 1, std::to_string(world.clock.reading.wall.ms));
    world.node->step();
    if (i % 7 == 0) world.log.settle();  // at times the batch stays open for long
  }
  world.settle();
  int requests = 0;
  int ticks = 0;
  for_each_record(world, [&](PartitionRef where, const Envelope& envelope) {
    if (where != World::home_of("here")) return;
    Tick tick;
    if (envelope.kind == RecordKind::Tick && flat::read_root(envelope.body, tick)) {
      ticked = tick.time;
      ++ticks;
    }
    if (envelope.kind != RecordKind::Request) return;
    const Instant asked{std::stoll(std::string(envelope.asked->request))};
    EXPECT_LE(ticked, asked);
    EXPECT_LT(asked - ticked, milliseconds{10});
    ++requests;
  });
  EXPECT_EQ(requests, 300);
  EXPECT_LE(ticks, 300 / 4 + 1) << "a tick for each commit is dear";
}

TEST(Time, AnEffectAfterAPauseStandsBehindATickOfItsOwn) {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.clock.pass(milliseconds{1'000});
    world.send("here", "there", 1, "r" + std::to_string(i));
    world.settle();
  }
  RecordKind before = RecordKind::Unknown;
  int effects = 0;
  for_each_record(world, [&](PartitionRef where, const Envelope& envelope) {
    if (where != World::home_of("there")) return;
    if (envelope.kind == RecordKind::Effect) {
      EXPECT_EQ(before, RecordKind::Tick);
      ++effects;
    }
    before = envelope.kind;
  });
  EXPECT_EQ(effects, 5);
}

TEST(Time, WhatHasRunOutIsTickedBeforeTheNextRequestHoweverNearTheTickBeforeIs) {
  World world;
  world.send_later("here", "there", 1, milliseconds{100});
  world.settle();
  world.clock.pass(milliseconds{98});
  world.send("here", "there", 1, "before");
  world.settle();
  world.clock.pass(milliseconds{3});
  world.send("here", "there", 1, "after");
  world.settle();
  Instant ticked;
  int after = 0;
  for_each_record(world, [&](PartitionRef where, const Envelope& envelope) {
    if (where != World::home_of("here")) return;
    Tick tick;
    if (envelope.kind == RecordKind::Tick && flat::read_root(envelope.body, tick)) {
      ticked = tick.time;
    }
    if (!envelope.asked || envelope.asked->request != "after") return;
    EXPECT_EQ(ticked, world.clock.reading.wall);
    ++after;
  });
  EXPECT_EQ(after, 1);
}

TEST(Time, ADeadlineIsMetByATickAtIt) {
  World world;
  world.send_later("here", "there", 1, milliseconds{3'000});
  world.node->step();
  world.log.settle();
  const milliseconds rest = world.node->step();
  EXPECT_LE(rest, milliseconds{3'000});
  world.clock.pass(milliseconds{2'999});
  world.settle();
  EXPECT_EQ(world.toy("there").at("there").arrived, 0U);
  world.clock.pass(milliseconds{1});
  world.settle();
  EXPECT_EQ(world.toy("there").at("there").arrived, 1U);
}

TEST(Time, AJobIsWorkedOffTickByTickWithoutWaitingForTheNextRequest) {
  World world;
  world.send_later("here", "there", 30, milliseconds{1'000});
  world.settle();
  world.clock.pass(milliseconds{1'000});
  int ticks = 0;
  while (true) {
    const milliseconds rest = world.node->step();
    world.log.settle();
    ++ticks;
    if (world.toy("there").at("there").arrived == 30) break;
    ASSERT_LE(rest, milliseconds{5});
    ASSERT_LT(ticks, 20);
    world.clock.pass(rest);
  }
  EXPECT_GE(ticks, 4);  // eight at a time
}

TEST(Time, AnOutageIsOneForAllPartitionsOrForNone) {
  World world;
  world.clock.pass(milliseconds{10'000});
  world.settle();
  EXPECT_EQ(world.counts["time-jumps taken"], 0U);
  world.clock.pass(milliseconds{10'001});
  world.settle();
  EXPECT_EQ(world.counts["time-jumps taken"], World::kPartitions);
  for (PartitionNo i = 0; i < World::kPartitions; ++i) {
    EXPECT_EQ(world.time({kWork, i}).outages, milliseconds{10'001});
    EXPECT_EQ(world.time({kWork, i}).now, world.clock.reading.wall);
  }
}

TEST(Time, AnOutageMovesWhatIsLeftOfEveryDeadline) {
  World world;
  const PartitionRef home = World::home_of("here");
  const Deadline end = world.time(home).after(milliseconds{5'000});
  world.clock.pass(milliseconds{3'600'000});
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.time(home).left(end), milliseconds{5'000});
  world.clock.pass(milliseconds{4'999});
  world.settle();
  EXPECT_FALSE(world.time(home).is_over(end));
  world.clock.pass(milliseconds{1});
  world.settle();
  EXPECT_TRUE(world.time(home).is_over(end));
}

TEST(Time, APartitionThatStoodStillAloneHasItsOutageAlone) {
  World world;
  const PartitionRef home = World::home_of("here");
  const Offset end = world.log.end(home);
  world.send("here", "there", 1, "r1");
  world.settle();
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true, {{home, end, "a test"}}));
  for (int i = 0; i < 12; ++i) {
    world.clock.pass(milliseconds{5'000});
    world.settle();
  }
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.time(home).outages, milliseconds{60'000});
  EXPECT_EQ(world.time(World::home_of("there")).outages, milliseconds{0});
  EXPECT_EQ(world.time(home).now, world.clock.reading.wall);
}

TEST(Time, GoesOnAtHalfSpeedWhenTheClockWasSetBack) {
  World world;
  world.clock.reading.wall = world.clock.reading.wall - milliseconds{60'000};
  const Instant before = world.time({kWork, 0}).now;
  EXPECT_EQ(world.node->clock_alarm(), ClockAlarm::SetBack);
  for (int i = 0; i < 4; ++i) {
    world.clock.pass(milliseconds{5'000});
    world.send("here", "there", 1, "r" + std::to_string(i));
    world.settle();
  }
  EXPECT_EQ(world.time(World::home_of("here")).now, before + milliseconds{10'000});
  EXPECT_EQ(world.told["r3"], "sent here");
}

TEST(Time, AClockSetForwardIsNotBelievedForAMinuteAndThenCountsAgainstNobody) {
  World world;
  const PartitionRef home = World::home_of("here");
  const Instant begin = world.time(home).now;
  world.clock.reading.wall = world.clock.reading.wall + milliseconds{7'000};
  for (int i = 0; i < 59; ++i) {
    world.clock.pass(milliseconds{1'000});
    world.settle();
  }
  EXPECT_EQ(world.node->clock_alarm(), ClockAlarm::SetForward);
  EXPECT_EQ(world.counts["time-jumps taken"], 0U);
  EXPECT_LE(world.time(home).now, begin + milliseconds{59'000});
  for (int i = 0; i < 5; ++i) {
    world.clock.pass(milliseconds{1'000});
    world.settle();
  }
  EXPECT_EQ(world.node->clock_alarm(), ClockAlarm::None);
  EXPECT_EQ(world.counts["time-jumps taken"], World::kPartitions);
  EXPECT_GE(world.time(home).outages, milliseconds{7'000});
  EXPECT_LT(world.time(home).outages, milliseconds{7'000 + 5'100});  // since the idle tick before
}

TEST(Time, AnOutageNamesWhereItBeganAndEnded) {
  World world;
  const Instant begin = world.time({kWork, 1}).now;
  world.clock.pass(milliseconds{20'000});
  world.settle();
  EXPECT_THAT(jumps_in(world, {kWork, 1}), ElementsAre(Pair(begin, world.clock.reading.wall)));
}

}  // namespace
}  // namespace jari::toy
