// Rows that wait for a sink which stands still have so much memory and no more: then people change
// nothing where they come from, and all else goes on.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::Optional;

constexpr std::size_t kRoom = 16'384;

struct MemberWaiting : ::testing::Test {
  MemberWaiting() {
    for (auto& process : world.processes) {
      process->kill();
      process->waiting_bytes_max = kRoom;
      EXPECT_TRUE(process->live(world.cluster));
    }
    world.begin();
  }
  void ask(int count, const std::string& from = "here", const std::string& to = "there") {
    for (int i = 0; i < count; ++i) {
      world.send(0, from, to, 1, std::to_string(++asked_));
      world.run(milliseconds{50});
    }
  }
  /// Rows that were acknowledged are cut off; what they were like comes back.
  std::vector<std::string> cut() {
    ask(4);
    world.run(milliseconds{3'000});
    const auto whole = world.records(kFactsOfHere);
    world.cluster.truncate(kFactsOfHere, 2);
    world.run(milliseconds{3'000});
    EXPECT_NE(world.node(0).parked(kFactsOfHere), std::nullopt);
    return whole;
  }
  std::optional<PartitionRef> blocking(std::size_t node, PartitionRef where) {
    std::optional<PartitionRef> sink;
    world.node(node).look([&](Turn& turn) { sink = turn.blocking_sink(where); });
    return sink;
  }
  std::size_t waiting_bytes(std::size_t node, PartitionRef where) {
    for (const auto& status : world.node(node).member->status()) {
      if (status.where == where) return status.waiting_bytes;
    }
    return 0;
  }
  /// Asks until there is no room; how many were decided meanwhile.
  int fill() {
    int rows = 0;
    for (; rows < 1'000 && !blocking(0, kHere); ++rows) ask(1);
    EXPECT_LT(rows, 1'000) << "there is always room";
    return rows;
  }

  ClusterWorld world{2};
  int asked_ = 0;
};

TEST_F(MemberWaiting, WithoutRoomIsSaidOfWhereTheyComeFromAndNamesTheSink) {
  cut();
  EXPECT_EQ(blocking(0, kHere), std::nullopt);
  const int rows = fill();
  EXPECT_GT(rows, 10);
  world.run(milliseconds{200});
  for (std::size_t node = 0; node < 2; ++node) {  // whoever speaks, both keep the rows
    EXPECT_THAT(blocking(node, kHere), Optional(kFactsOfHere)) << node;
    EXPECT_EQ(blocking(node, kThere), std::nullopt) << node;
    EXPECT_GT(waiting_bytes(node, kHere), kRoom / 2) << node;
    EXPECT_EQ(waiting_bytes(node, kFactsOfHere), 0U) << node;
  }
}

// A partition has no more than what is left, so that the others still have some, and all of them
// together never more than there is.
TEST_F(MemberWaiting, LeaveRoomForThoseOfOtherPartitions) {
  cut();
  fill();
  const std::size_t first = waiting_bytes(0, kHere);
  EXPECT_LT(first, kRoom * 6 / 10);
  world.cluster.empty({kFacts, static_cast<PartitionNo>(1 - kFactsOfHere.partition)});
  world.run(milliseconds{3'000});
  for (int i = 0; i < 1'000 && !blocking(0, kThere); ++i) ask(1, "there", "here");
  EXPECT_THAT(blocking(0, kThere), Optional(testing::_));
  EXPECT_GT(waiting_bytes(0, kThere), kRoom / 8);
  EXPECT_LT(first + waiting_bytes(0, kThere), kRoom);
}

// Apply is the same on every node and in every replay: what stands in the log is decided.
TEST_F(MemberWaiting, WithoutRoomStopNoRequestThatStandsInTheLog) {
  cut();
  fill();
  ask(3);
  world.run(milliseconds{200});
  EXPECT_EQ(world.node(0).told[std::to_string(asked_)], "sent here");
  EXPECT_THAT(blocking(0, kHere), Optional(kFactsOfHere));
}

TEST_F(MemberWaiting, HaveRoomAgainOnceTheSinkIsMended) {
  const auto whole = cut();
  fill();
  for (auto& process : world.processes) process->kill();
  for (std::size_t i = world.records(kFactsOfHere).size(); i < whole.size(); ++i) {
    world.cluster.put(kFactsOfHere, bytes_of(whole[i]));
  }
  for (auto& process : world.processes) ASSERT_TRUE(process->live(world.cluster));
  EXPECT_GT(waiting_bytes(0, kHere), kRoom / 2);  // as the disk has them
  world.run(milliseconds{6'000});
  for (std::size_t node = 0; node < 2; ++node) {
    EXPECT_EQ(blocking(node, kHere), std::nullopt) << node;
    EXPECT_EQ(waiting_bytes(node, kHere), 0U) << node;
  }
}

}  // namespace
}  // namespace jari::toy
