// How a node acknowledges what its own partitions have read, and what it does when that goes wrong.

#include <gmock/gmock.h>

#include "engine/runtime/node.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

using ::testing::HasSubstr;

Asked an_operator() {
  Asked asked;
  asked.role = Role::Operator;
  asked.by = "ops";
  asked.reason = "a tail was lost";
  return asked;
}

TEST(Acks, ComeAfterTwoSecondsOrAThousandRows) {
  World world;
  const PartitionRef home = World::home_of("here");
  world.send("here", "there", 1'000, "r1");
  world.settle();
  EXPECT_EQ(world.unacknowledged(home), 1'000U);
  world.clock.pass(milliseconds{2'000});
  world.settle();
  EXPECT_EQ(world.unacknowledged(home), 0U);
  world.send("here", "there", 1'023, "r2");
  world.settle();
  EXPECT_EQ(world.unacknowledged(home), 1'023U);
  world.send("here", "there", 1, "r3");
  world.settle();
  EXPECT_EQ(world.unacknowledged(home), 0U);
}

TEST(Acks, OfASinkComeOnceItsRowsAreDurable) {
  World world;
  world.send("here", "there", 1, "r1");
  world.clock.pass(milliseconds{2'000});
  world.settle();
  ASSERT_TRUE(world.crash_and_live());
  std::map<PartitionRef, std::uint64_t> rows;
  std::map<PartitionRef, std::uint64_t> acked;
  std::vector<LogPlace> from;
  for (const PartitionRef where : world.log.identity().partitions()) from.push_back({where, 0});
  const auto read = world.log.read(from, [&](const LogRecord& record) {
    const auto envelope = read_envelope(record.bytes);
    Ack ack;
    if (envelope && envelope->kind == RecordKind::Row) ++rows[record.where];
    if (envelope && envelope->kind == RecordKind::Ack && flat::read_root(envelope->body, ack)) {
      acked[ack.destination] = ack.last;
    }
    return true;
  });
  ASSERT_TRUE(read.has_value());
  for (const auto& [sink, count] : rows) EXPECT_EQ(acked[sink], count);
  EXPECT_EQ(rows.size(), 1U);
}

TEST(Acks, OfAStreamThatAnOperatorSetBackDoNotCome) {
  World world;
  const PartitionRef home = World::home_of("here");
  const PartitionRef there = World::home_of("there");
  world.send("here", "there", 5, "r1");
  world.clock.pass(milliseconds{2'000});
  world.settle();
  world.append_own(there, RecordKind::StreamSet, StreamSet{home, 2, {}}, an_operator());
  world.settle();
  const Offset end = world.log.end(home);
  world.settle();
  EXPECT_EQ(world.log.end(home), end);
}

TEST(Acks, BeyondWhatWasSentParkThePartitionAndNoOther) {
  World world;
  const PartitionRef home = World::home_of("here");
  world.append_own(home, RecordKind::Ack, Ack{World::home_of("there"), 7});
  world.settle();
  ASSERT_TRUE(world.parked(home));
  EXPECT_THAT(*world.parked(home), HasSubstr("a tail of the log was lost"));
  EXPECT_EQ(world.counts["streams ack-beyond"], 1U);
  world.send("other", "there", 1, "r1");
  world.settle();
  EXPECT_EQ(world.told["r1"], "sent other");
  ASSERT_TRUE(world.crash_and_live());  // refused where it stands: nothing is wrong with the rest
  world.send("here", "there", 1, "r2");
  world.settle();
  EXPECT_EQ(world.told["r2"], "sent here");
}

TEST(Acks, MakeRoomInAFullWindow) {
  World world;
  world.send("here", "there", 1'500, "r1");
  world.send("here", "there", 1'500, "r2");
  world.send("here", "other", 1, "r3");
  world.node->step();
  EXPECT_EQ(world.seen["r1"], "sent here");
  EXPECT_EQ(world.seen["r2"], "overloaded here");  // a fact, decided in apply
  EXPECT_EQ(world.seen["r3"], "sent here");        // another stream has room
  world.settle();
  world.send("here", "there", 1'500, "r4");
  world.settle();
  EXPECT_EQ(world.told["r4"], "sent here");
}

TEST(Acks, FromAParkedPartitionDoNotComeAndStopNoThird) {
  World world;
  world.send("there", "there", 1, "r0");
  world.settle();
  const PartitionRef there = World::home_of("there");
  const Offset end = world.log.end(there);
  world.send("there", "there", 1, "r1");
  world.settle();
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true, {{there, end, "a test"}}));
  world.send("here", "there", 2'000, "r2");
  world.send("here", "there", 1, "r3");
  world.send("here", "other", 1, "r4");
  world.settle();
  EXPECT_EQ(world.told["r2"], "sent here");
  EXPECT_EQ(world.told["r3"], "overloaded here");
  EXPECT_EQ(world.told["r4"], "sent here");
  EXPECT_EQ(world.toy("other").at("other").arrived, 1U);
  ASSERT_TRUE(world.crash_and_live());  // mended: what waited for it is applied
  EXPECT_EQ(world.toy("there").at("there").arrived, 2'002U);
}

}  // namespace
}  // namespace jari::toy
