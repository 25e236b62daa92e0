// The state made again from the first record, whole or up to a place.

#include "engine/runtime/replay.h"

#include <random>

#include <gmock/gmock.h>

#include "tests/engine/runtime/node_world.h"
#include "tests/support/shown_log.h"

namespace jari::toy {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

class Replays : public ::testing::Test {
 protected:
  std::vector<ReplayedPartition> replay_to(const ReplayLimit& limit) {
    auto all = replay(world_.log, {kWork, 0}, {1, 1}, world_.make_toy, limit, [](auto) {});
    CHECK(all.has_value());
    return std::move(*all);
  }
  static PlaceRow at(const ReplayedPartition& one, std::string_view place) {
    return dynamic_cast<Toy&>(one.partition->consumer()).at(place);
  }
  const ReplayedPartition& of(const std::vector<ReplayedPartition>& all, std::string_view place) {
    return all[World::home_of(place).partition];
  }

  World world_;
};

TEST_F(Replays, EndWithTheDigestsOfTheNodeThatWroteTheLog) {
  for (int i = 0; i < 20; ++i) {
    world_.clock.pass(milliseconds{150});
    world_.send("p" + std::to_string(i % 7), "q" + std::to_string(i % 5), 2, "r");
    world_.settle();
  }
  const auto digests = world_.digests();
  const auto all = replay_to({});
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_FALSE(all[i].differs);
    EXPECT_EQ(to_text(all[i].digest), digests[i]);
    EXPECT_EQ(all[i].next_offset, world_.log.end(all[i].where));
  }
}

TEST_F(Replays, SayWhereARecordIsMissing) {
  for (int i = 0; i < 5; ++i) {
    world_.send("here", "there", 1, "r" + std::to_string(i));
    world_.settle();
  }
  const PartitionRef home = World::home_of("here");
  ShownLog log = hollow(world_.log, {home, 3});
  const auto all = replay(log, {kWork, 0}, {1, 1}, world_.make_toy, {}, [](auto) {}).value();
  EXPECT_THAT(of(all, "here").differs,
              Optional(HasSubstr("goes on at offset 4 where 3 should stand")));
  EXPECT_EQ(of(all, "here").next_offset, 3U);
  EXPECT_FALSE(of(all, "there").differs);
  const auto before =
      replay(log, {kWork, 0}, {1, 1}, world_.make_toy, {2, {}}, [](auto) {}).value();
  EXPECT_FALSE(of(before, "here").differs);
}

TEST_F(Replays, BeginWithACopyOfTheStateAndGoOnWithWhatFollows) {
  world_.send("here", "other", 3, "r1");
  world_.settle();
  const auto copy = copy_of(*world_.disk);
  world_.clock.pass(milliseconds{150});
  world_.send("other", "here", 2, "r2");
  world_.settle();

  Replay run(world_.log, {kWork, 0}, {1, 1}, world_.make_toy);
  ASSERT_TRUE(run.load(*copy).has_value());
  EXPECT_LT(of(run.partitions(), "here").next_offset, world_.log.end(World::home_of("here")));
  ASSERT_TRUE(run.advance({}, [](auto) {}).has_value());
  const auto digests = world_.digests();
  for (std::size_t i = 0; i < run.partitions().size(); ++i) {
    EXPECT_EQ(to_text(run.partitions()[i].digest), digests[i]);
    EXPECT_FALSE(run.partitions()[i].differs);
  }
  EXPECT_GT(of(run.partitions(), "here").compared, 0U);
  world_.clock.pass(milliseconds{6'000});
  world_.settle();  // it goes on where it has stopped
  ASSERT_TRUE(run.advance({}, [](auto) {}).has_value());
  EXPECT_EQ(of(run.partitions(), "here").next_offset, world_.log.end(World::home_of("here")));
}

TEST_F(Replays, EndTheSameHoweverManyRecordsTheyTakeAtAStep) {
  for (int i = 0; i < 60; ++i) {
    world_.clock.pass(milliseconds{150});
    world_.send("p" + std::to_string(i % 7), "q" + std::to_string(i % 5), 2, "r");
    world_.settle();
  }
  const auto digests = world_.digests();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random{seed};
    Replay run(world_.log, {kWork, 0}, {1, 1}, world_.make_toy);
    bool is_over = false;
    for (Offset last = random() % 4; !is_over; last += 1 + random() % (2 * seed)) {
      ASSERT_TRUE(run.advance({.offset = last, .time = {}}, [](auto) {}).has_value());
      is_over = std::all_of(run.partitions().begin(), run.partitions().end(), [&](const auto& one) {
        return one.next_offset == world_.log.end(one.where);
      });
    }
    for (std::size_t i = 0; i < run.partitions().size(); ++i) {
      EXPECT_EQ(to_text(run.partitions()[i].digest), digests[i]);
      EXPECT_FALSE(run.partitions()[i].differs);
    }
  }
}

TEST_F(Replays, RefuseACopyThatWasMadeFromAnotherLog) {
  World other;
  other.send("here", "other", 3, "r1");
  other.settle();
  world_.send("here", "other", 4, "r1");
  world_.settle();
  Replay run(world_.log, {kWork, 0}, {1, 1}, world_.make_toy);
  ASSERT_TRUE(run.load(*other.disk).has_value());
  const auto advanced = run.advance({}, [](auto) {});
  ASSERT_FALSE(advanced.has_value());
  EXPECT_EQ(advanced.error().code, ErrorCode::LogMismatch);
}

TEST_F(Replays, StopAfterAnOffset) {
  world_.send("here", "other", 1, "r1");
  world_.settle();
  const Offset last = world_.log.end(World::home_of("here")) - 1;
  world_.send("here", "other", 1, "r2");
  world_.settle();
  const auto all = replay_to({.offset = last, .time = {}});
  EXPECT_EQ(of(all, "here").next_offset, last + 1);
  EXPECT_EQ(at(of(all, "here"), "here").sent, 1U);
}

// What was due after that time is not given back in the state at it.
TEST_F(Replays, StopBeforeTimePassesTheOneAskedFor) {
  const Instant begin = world_.clock.reading.wall;
  world_.send_later("here", "other", 1, milliseconds{2'000});
  world_.settle();
  world_.clock.pass(milliseconds{3'000});
  world_.settle();
  ASSERT_EQ(world_.toy("here").at("here").sent, 1U);
  const auto before = replay_to({.offset = {}, .time = begin + milliseconds{2'500}});
  EXPECT_EQ(at(of(before, "here"), "here").sent, 0U);
  EXPECT_LE(of(before, "here").partition->time().now, begin + milliseconds{2'500});
  const auto after = replay_to({.offset = {}, .time = begin + milliseconds{3'000}});
  EXPECT_EQ(at(of(after, "here"), "here").sent, 1U);
}

// Whoever has lost the partition may still say a time: it was never that of the state.
TEST_F(Replays, DoNotStopAtATickThatIsNobodys) {
  const PartitionRef here = World::home_of("here");
  const Instant begin = world_.clock.reading.wall;
  Tick late;
  late.process = {9, 9};
  late.time = begin + milliseconds{8'000};
  world_.append_own(here, RecordKind::Tick, late);
  world_.clock.pass(milliseconds{1'000});
  world_.send("here", "other", 1, "r1");
  world_.settle();
  const auto all = replay_to({.offset = {}, .time = begin + milliseconds{2'000}});
  EXPECT_EQ(at(of(all, "here"), "here").sent, 1U);
}

// An owner whose clock is wrong says times that are too far ahead to be taken (Speaking::propose),
// and time jumps from a time that it was not: neither was ever that of the state.
TEST_F(Replays, DoNotStopAtAnOwnersTimeThatWasNotTaken) {
  const PartitionRef here = World::home_of("here");
  const Instant begin = world_.clock.reading.wall;
  Tick ahead;
  ahead.epoch = 1;
  ahead.process = {world_.lives, 1};
  ahead.time = begin + milliseconds{60'000};
  world_.append_own(here, RecordKind::Tick, ahead);
  TimeJump jump;
  jump.epoch = ahead.epoch;
  jump.process = ahead.process;
  jump.from = begin - milliseconds{1};
  jump.to = ahead.time;
  world_.append_own(here, RecordKind::TimeJump, jump);
  world_.clock.pass(milliseconds{1'000});
  world_.send("here", "other", 1, "r1");
  world_.settle();
  EXPECT_EQ(world_.counts["ticks too-far-ahead"], 1U);
  EXPECT_EQ(world_.counts["time-jumps ignored"], 1U);
  const auto all = replay_to({.offset = {}, .time = begin + milliseconds{2'000}});
  EXPECT_EQ(at(of(all, "here"), "here").sent, 1U);
}

// Found by kafka_forged_test.py: `jari at --time` and `jari replay --to` ended there.
TEST_F(Replays, DoNotStopAtATickThatWasForged) {
  const PartitionRef here = World::home_of("here");
  const Instant begin = world_.clock.reading.wall;
  Tick late;
  late.epoch = 1;
  late.process = {world_.lives, 1};  // as its owner's
  late.time = begin + milliseconds{8'000};
  world_.append_own(here, RecordKind::Tick, late);
  world_.settle();
  Offset at = 0;
  const auto is_late = [&](const LogRecord& record) {
    Tick tick;
    const auto envelope = read_envelope(record.bytes);
    const bool is_it = envelope->kind == RecordKind::Tick &&
                       flat::read_root(envelope->body, tick) && tick.time == late.time;
    if (is_it) at = record.offset;
    return is_it;
  };
  const auto next_offset = [&](Log& log) {
    const ReplayLimit limit{.offset = {}, .time = begin + milliseconds{2'000}};
    const auto all = replay(log, {kWork, 0}, {1, 1}, world_.make_toy, limit, [](auto) {}).value();
    return of(all, "here").next_offset;
  };
  ShownLog log = forged(world_.log, is_late);
  EXPECT_GT(next_offset(log), at);
  ASSERT_GT(at, 0U);
  EXPECT_EQ(next_offset(world_.log), at);
}

TEST_F(Replays, SayWhereTheStateIsAnother) {
  for (const char* name : {"r1", "r2"}) {
    world_.clock.pass(milliseconds{1'000});
    world_.send("here", "other", 1, name);
    world_.settle();
  }
  world_.make_toy = [](PartitionRef where, Store& store) {
    auto toy = std::make_unique<Toy>(store);
    if (where == World::home_of("here")) toy->is_wrong = true;
    return toy;
  };
  for (const ReplayedPartition& one : replay_to({})) {
    ASSERT_EQ(one.differs.has_value(), one.where == World::home_of("here"));
    if (one.differs) {
      EXPECT_THAT(*one.differs, HasSubstr("the same log gave another state"));
    }
  }
}

}  // namespace
}  // namespace jari::toy
