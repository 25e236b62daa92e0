#include "engine/runtime/node.h"

#include <gmock/gmock.h>

#include "engine/runtime/replay.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

TEST(Node, CommitsARequestWithItsWholeChainOfEffectsAsOne) {
  World world;
  const std::size_t commits = world.log.commits();
  world.send("here", "there", 3, "r1");
  world.node->step();
  world.log.settle();
  EXPECT_EQ(world.log.commits(), commits + 1);
  EXPECT_EQ(world.toy("here").at("here").sent, 3U);
  EXPECT_EQ(world.toy("there").at("there").arrived, 3U);
}

TEST(Node, TellsNothingBeforeItIsDurable) {
  World world;
  world.send("here", "there", 1, "r1");
  world.node->step();
  EXPECT_EQ(world.seen["r1"], "sent here");
  EXPECT_THAT(world.told, IsEmpty());
  world.log.settle();
  EXPECT_EQ(world.told["r1"], "sent here");
}

TEST(Node, ReadsWaitForWhatTheyHaveSeen) {
  World world;
  world.send("here", "there", 1, "r1");
  world.node->step();  // on its way to the log
  bool is_told = false;
  ASSERT_TRUE(world.node->post([&](Turn& turn) { turn.after_durable([&] { is_told = true; }); }));
  world.node->step();
  EXPECT_FALSE(is_told);
  world.log.settle();
  EXPECT_TRUE(is_told);
}

TEST(Node, IsNotDrainedBeforeItsLastAnswerIsOnItsWay) {
  World world;
  world.send("here", "there", 1, "r1");
  world.node->step();
  world.node->close();
  EXPECT_FALSE(world.node->drained());
  world.on_release = [&] { EXPECT_FALSE(world.node->drained()); };
  world.log.settle();
  EXPECT_EQ(world.told["r1"], "sent here");
  EXPECT_TRUE(world.node->drained());
  EXPECT_FALSE(world.node->post([](Turn&) {}));
}

TEST(Node, LivesAgainWithTheSameStateFromDiskAndFromTheLogAlone) {
  World world;
  for (int i = 0; i < 50; ++i) {
    world.send("p" + std::to_string(i % 7), "q" + std::to_string(i % 5), 2,
               "r" + std::to_string(i));
    world.settle();
  }
  const auto arrived = world.toy("q1").at("q1").arrived;
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.toy("q1").at("q1").arrived, arrived);
  const auto before = world.digests();
  const auto all = replay(
      world.log, {kWork, 0}, {1, 1},
      [](PartitionRef, Store& store) { return std::make_unique<Toy>(store); }, {},
      [](std::uint64_t) {});
  ASSERT_TRUE(all);
  for (std::size_t i = 0; i < all->size(); ++i) {
    EXPECT_FALSE((*all)[i].differs) << *(*all)[i].differs;
    EXPECT_EQ(to_text((*all)[i].digest), before[i]);
  }
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true));
  EXPECT_EQ(world.toy("q1").at("q1").arrived, arrived);
}

TEST(Node, LosesNothingThatWasToldAndDoublesNothing) {
  for (std::uint64_t round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    World world;
    std::uint64_t asked = 0;
    for (std::uint64_t i = 0; i < 1 + round % 9; ++i) {
      world.send("here", "there", 1, "r" + std::to_string(asked++));
      world.node->step();
      if ((i + round) % 3 == 0) world.log.step();
    }
    const auto told = world.told.size();
    ASSERT_TRUE(world.crash_and_live(round % 2 == 0));
    const auto sent = world.toy("here").at("here").sent;
    EXPECT_EQ(world.toy("there").at("there").arrived, sent);
    EXPECT_GE(sent, told);
    EXPECT_LE(sent, asked);
  }
}

TEST(Node, TakesABoundedNumberOfRequestsOfAPartitionIntoACommit) {
  World world;
  world.requests_max = 4;
  ASSERT_TRUE(world.crash_and_live());
  for (int i = 0; i < 10; ++i) world.send("here", "there", 1, "r" + std::to_string(i));
  EXPECT_EQ(world.node->step(), milliseconds{0});  // there is more to do meanwhile
  EXPECT_EQ(world.seen.size(), 4U);
  for (int i = 0; i < 3; ++i) world.node->step();  // one commit is on its way, the next is full
  EXPECT_EQ(world.seen.size(), 8U);
  EXPECT_THAT(world.told, IsEmpty());
  world.node->close();
  world.settle();
  EXPECT_EQ(world.told.size(), 10U);  // in the order they came, and all of them
  EXPECT_TRUE(world.node->drained());
}

// Found by the bench: whoever posted it had woken the step that ran what was left of those before.
TEST(Node, DoesNotRestWhileATaskWaits) {
  World world;
  const std::size_t step_requests = NodeOptions{}.step_requests;
  for (std::size_t i = 0; i <= step_requests; ++i) world.send("here", "there", 1, "r");
  EXPECT_EQ(world.node->step(), milliseconds{0});  // one of them is left
  world.log.settle();
  world.send("here", "there", 1, "last");
  EXPECT_EQ(world.node->step(), milliseconds{0});
  EXPECT_THAT(world.seen, Not(Contains(Key("last"))));
  world.log.settle();
  EXPECT_GT(world.node->step(), milliseconds{0});
  EXPECT_THAT(world.seen, Contains(Key("last")));
}

TEST(Node, KeepsWhatIsNoRecordAsADeadLetterAndGoesOn) {
  World world;
  ASSERT_TRUE(world.node->post([](Turn& turn) {
    turn.append({kWork, 1}, bytes_of("no record at all, only bytes"));
  }));
  world.send("here", "there", 1, "r1");
  world.settle();
  const auto letters = world.node->dead_letters({kWork, 1}, 0, 10);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_THAT(letters[0].reason, HasSubstr("no record"));
  EXPECT_EQ(world.told["r1"], "sent here");
}

TEST(Node, RefusesARequestInTheWrongPartition) {
  World world;
  const auto home = partition_of("here", World::kPartitions);
  const PartitionRef wrong{kWork, static_cast<PartitionNo>((home + 1) % World::kPartitions)};
  world.ask(kSend, {"here", "there", 1, 0}, "r1", wrong);
  world.settle();
  EXPECT_EQ(world.told["r1"], "misplaced");
  EXPECT_EQ(world.toy("there").at("there").arrived, 0U);
}

TEST(Node, WritesAnOutageForAllPartitionsAndNothingElseOfIt) {
  World world;
  world.clock.pass(milliseconds{60'000});
  world.settle();
  EXPECT_EQ(world.counts["time-jumps taken"], World::kPartitions);
  bool is_seen = false;
  ASSERT_TRUE(world.node->post([&](Turn& turn) {
    EXPECT_EQ(turn.time({kWork, 0}).outages.count(), 60'000);
    EXPECT_EQ(turn.time({kWork, 0}).now, world.clock.reading.wall);
    is_seen = true;
  }));
  world.settle();
  EXPECT_TRUE(is_seen);
}

TEST(Node, AnOutageAtTheStartIsWrittenBeforeAnythingElse) {
  World world;
  world.clock.pass(milliseconds{3'600'000});
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.counts["time-jumps taken"], World::kPartitions);
}

TEST(Node, TicksEveryPartitionWhileNothingHappens) {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.clock.pass(milliseconds{1'000});
    world.settle();
  }
  EXPECT_GE(world.toy("clock").at("clock").ticks, 5U);
  EXPECT_EQ(world.counts["time-jumps taken"], 0U);
  EXPECT_EQ(world.counts["digests not-compared"], 0U);
}

/// A disk in memory that knows how often it was written to.
class CountedDisk final : public StateDisk {
 public:
  Result<void> load(const LoadVisit& visit) override { return rows_->load(visit); }
  void write(StateBatch batch) override {
    ++writes;
    rows_->write(std::move(batch));
  }
  Result<void> flush() override { return rows_->flush(); }
  Result<void> clear() override { return rows_->clear(); }
  std::optional<Offset> durable(PartitionRef where) const override { return rows_->durable(where); }
  Result<void> health() const override { return rows_->health(); }
  int writes = 0;

 private:
  std::unique_ptr<StateDisk> rows_ = make_memory_disk();
};

TEST(Node, WritesTheRowsOfManyCommitsBehindAtOnceAndLosesNoneOfThem) {
  World world;
  world.node.reset();
  auto counted = std::make_unique<CountedDisk>();
  const CountedDisk& disk = *counted;
  world.disk = std::move(counted);
  world.rows_every = milliseconds{20};
  ASSERT_TRUE(world.live());
  const int before = disk.writes;
  const auto commits = world.log.commits();
  for (int i = 0; i < 5; ++i) {
    world.clock.pass(milliseconds{3});
    world.send("here", "there", 1, "few" + std::to_string(i));
    world.settle();
  }
  EXPECT_GE(world.log.commits(), commits + 5);
  EXPECT_EQ(disk.writes, before);
  world.clock.pass(milliseconds{5});
  world.send("here", "there", 1, "enough");
  world.settle();
  EXPECT_EQ(disk.writes, before + 1);
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.toy("there").at("there").arrived, 6U);
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true));
  EXPECT_EQ(world.toy("there").at("there").arrived, 6U);
}

TEST(Node, RefusesAStateThatIsAheadOfItsLog) {
  World world;
  world.send("here", "there", 1, "r1");
  world.settle();
  world.node.reset();
  world.log.truncate(1);
  const auto started = world.live();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(started.error().detail, HasSubstr("does not come from this log"));
}

TEST(Node, SaysWhenTheLogFailsAndTellsNothingMore) {
  World world;
  world.log.fail_after(0, {ErrorCode::Io, "the disk is gone"});
  world.send("here", "there", 1, "r1");
  world.settle();
  EXPECT_EQ(world.failed, "the disk is gone");
  EXPECT_THAT(world.told, IsEmpty());
}

}  // namespace
}  // namespace jari::toy
