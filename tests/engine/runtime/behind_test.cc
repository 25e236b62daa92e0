// What is left to the thread that commits: chains, and rows on their way to the state.

#include <gmock/gmock.h>

#include "engine/runtime/node.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

/// Where the disk's state of each partition of work stands.
std::map<PartitionRef, PartitionPosition> positions_on_disk(World& world) {
  std::map<PartitionRef, PartitionPosition> all;
  const auto loaded = world.disk->load([&](PartitionRef where, std::uint8_t table, std::string_view,
                                           std::string_view row) -> Result<void> {
    PartitionPosition position;
    canonical::Plain plain;
    if (where.topic == kWork && table == kPositionTable && canonical::take(row, position, plain)) {
      all[where] = position;
    }
    return {};
  });
  EXPECT_TRUE(loaded.has_value());
  return all;
}

/// What it says of the records before it is what the log has there.
void expect_of_this_log(World& world, PartitionRef where, const PartitionPosition& position) {
  RecordChain chain;
  Offset read = 0;
  const LogPlace from{where, 0};
  const auto done = world.log.read({&from, 1}, [&](const LogRecord& record) {
    if (record.offset >= position.next_offset) return false;
    chain.step(record.bytes);
    ++read;
    return true;
  });
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(read, position.next_offset);
  PartitionPosition expected = position;
  chain.fill(expected);
  EXPECT_EQ(to_text(position.chain_low), to_text(expected.chain_low));
  EXPECT_EQ(to_text(position.chain_high), to_text(expected.chain_high));
  EXPECT_EQ(to_text(position.last_record), to_text(expected.last_record));
}

TEST(Behind, ChainsWhatIsCommittedLifeAfterLife) {
  World world({.seed = 3, .delay_steps_max = 2});
  world.rows_every = milliseconds{25};  // not with each commit
  for (int step = 0; step < 60; ++step) {
    world.send("p" + std::to_string(step % 7), "q" + std::to_string(step % 5), 2,
               "r" + std::to_string(step));
    world.clock.pass(milliseconds{11});
    world.node->step();
    if (step % 3 != 0) world.log.step();
    const bool goes_on = step % 20 != 19 || world.crash_and_live().has_value();
    ASSERT_TRUE(goes_on);
    for (const auto& [where, position] : positions_on_disk(world)) {
      SCOPED_TRACE("step " + std::to_string(step));
      expect_of_this_log(world, where, position);
    }
  }
  EXPECT_EQ(positions_on_disk(world).size(), std::size_t{World::kPartitions});
}

TEST(Behind, ChainsAParkedPartitionUpToWhereItStands) {
  World world;
  const PartitionRef home = World::home_of("here");
  const PartitionRef other{kWork, static_cast<PartitionNo>((home.partition + 1) % 3)};
  world.send("here", "there", 1, "r1");
  world.append_own(home, RecordKind::Ack, Ack{other, 99});  // of what was never sent: a lost tail
  for (int i = 2; i < 6; ++i) world.send("here", "there", 1, "r" + std::to_string(i));
  world.settle();  // all in one commit, which goes on behind where the partition stands
  ASSERT_TRUE(world.parked(home).has_value());
  world.clock.pass(milliseconds{100});
  world.send("here", "there", 1, "r6");
  world.settle();
  const PartitionPosition position = positions_on_disk(world)[home];
  EXPECT_LT(position.next_offset + 4, world.log.end(home));
  expect_of_this_log(world, home, position);
}

}  // namespace
}  // namespace jari::toy
