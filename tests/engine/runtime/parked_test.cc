// A partition that stands still: what stops it, what goes on meanwhile, how it comes back.

#include <gmock/gmock.h>

#include "engine/runtime/node.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

TEST(Parked, ParksAMarkedPartitionAloneAndServesTheRest) {
  World world;
  world.send("here", "there", 1, "r1");
  world.settle();
  const PartitionRef home = World::home_of("here");
  const Offset end = world.log.end(home);
  world.send("here", "there", 1, "r2");
  world.settle();
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true, {{home, end, "a test"}}));
  for (const auto& status : world.node->status()) {
    EXPECT_EQ(status.parked.has_value(), status.where == home);
  }
  std::string other = "other";
  while (World::home_of(other) == home) other += "x";
  world.send(other, other, 1, "r3");
  world.settle();
  EXPECT_EQ(world.told["r3"], "sent " + other);
  // Without the marker it goes on, and what waited is applied.
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.toy("here").at("here").sent, 2U);
  EXPECT_EQ(world.toy("there").at("there").arrived, 2U);
}

TEST(ParkedDeathTest, ACheckInApplyKeepsTheBatchAndLeavesAMarker) {
  World world;
  world.send("here", "there", 1, "r1");
  world.ask(kSpoil, {"here", "", 0, 0}, "r2");
  world.on_marker = [&](const ParkMarker& marker) {
    std::fprintf(stderr, "marker at %llu of %llu\n", static_cast<unsigned long long>(marker.offset),
                 static_cast<unsigned long long>(world.log.end(marker.where)));
  };
  const auto die = [&] {
    world.node->adopt_thread();
    world.node->step();
  };
  EXPECT_DEATH(die(), "a broken invariant(.|\n)*marker at 3 of 4");
}

// What it says when it goes on comes before what time makes it say.
TEST(Parked, SaysWhatIsOverdueInOrderAlsoAfterAnOutage) {
  World world;
  world.send_later("here", "there", 1, milliseconds{30'000});
  world.settle();
  const PartitionRef home = World::home_of("here");
  const Offset end = world.log.end(home);
  world.send("here", "there", 1, "r1");
  world.settle();
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true, {{home, end, "a test"}}));
  world.send("here", "there", 1, "r2");  // stands in the log, applied by nobody
  world.settle();
  world.clock.pass(milliseconds{60'000});
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.toy("here").at("here").sent, 3U);
  EXPECT_EQ(world.toy("there").at("there").arrived, 3U);
  EXPECT_EQ(world.counts["streams early"], 0U);
}

/// What a writer that ran ahead would append: the newest effect of the partition, numbered beyond
/// the one that comes next.
std::string early_row(World& world, PartitionRef where) {
  std::string early;
  const std::vector<LogPlace> all{{where, 0}};
  const auto read = world.log.read(all, [&](const LogRecord& record) {
    auto envelope = read_envelope(record.bytes).value();
    if (envelope.kind != RecordKind::Effect) return true;
    envelope.stream->seq += 2;
    flat::Builder builder;
    early = text_of(write_envelope(builder, envelope));
    return true;
  });
  EXPECT_TRUE(read.has_value());
  return early;
}

// Found by the simulator: a row that stands before its turn was taken for all before it.
TEST(Parked, SaysWhatIsOverdueAlsoWhereALaterRowHasComeEarly) {
  World world;
  const PartitionRef home = World::home_of("here");
  std::string there = "there";
  while (World::home_of(there) == home) there += "x";
  world.send("here", there, 1, "r1");
  world.settle();
  const Offset end = world.log.end(home);
  world.send("here", there, 1, "r2");  // is applied, and its row said, before the partition parks
  world.settle();
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true, {{home, end + 2, "a test"}}));
  world.send("here", there, 1, "r3");  // stands in the log, applied by nobody
  world.settle();
  const std::string early = early_row(world, World::home_of(there));
  ASSERT_TRUE(
      world.node->post([&](Turn& turn) { turn.append(World::home_of(there), bytes_of(early)); }));
  world.settle();
  EXPECT_EQ(world.counts["streams early"], 1U);
  ASSERT_TRUE(world.crash_and_live());
  EXPECT_EQ(world.toy("here").at("here").sent, 3U);
  EXPECT_EQ(world.toy(there).at(there).arrived, 3U);
}

// A program that is wrong about a record it meets again must not die of it for ever.
TEST(ParkedDeathTest, ACheckInTheReplayOfAStartLeavesAMarker) {
  World world;
  Toy::is_mended = true;
  world.send("here", "there", 1, "r1");
  world.ask(kSpoil, {"here", "there", 1, 0}, "r2");
  world.settle();
  Toy::is_mended = false;
  world.on_marker = [&](const ParkMarker& marker) {
    std::fprintf(stderr, "marker at %llu\n", static_cast<unsigned long long>(marker.offset));
  };
  EXPECT_DEATH(static_cast<void>(world.crash_and_live(/*loses_disk=*/true)),
               "a broken invariant(.|\n)*marker at 3");
}

}  // namespace
}  // namespace jari::toy
