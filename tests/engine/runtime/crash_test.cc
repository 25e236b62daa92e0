// A crash at every step: what was told is kept, nothing is doubled, and the state is the same from
// disk, from the log alone, and in a replay.

#include <gmock/gmock.h>

#include "engine/runtime/node.h"
#include "engine/runtime/partition_rows.h"
#include "engine/runtime/replay.h"
#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

constexpr std::uint64_t kSteps = 60;

std::string place(std::uint64_t number) {
  return "place" + std::to_string(number);
}

/// One step of a life, and of the log under it.
void act(World& world, std::uint64_t step) {
  const std::uint64_t from = step % 5;
  const std::string name = "r" + std::to_string(step);
  if (step % 7 == 3) {
    world.send_later(place(from), place(from + 1), 9, milliseconds{300});
  } else {
    world.send(place(from), place((step + 2) % 5), 1 + static_cast<std::uint32_t>(step % 3), name);
  }
  world.clock.pass(milliseconds{40});
  world.node->step();
  if (step % 3 != 0) world.log.step();
}

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t arrived = 0;
};
Totals totals(World& world) {
  Totals all;
  for (std::uint64_t i = 0; i < 6; ++i) {
    all.sent += world.toy(place(i)).at(place(i)).sent;
    all.arrived += world.toy(place(i)).at(place(i)).arrived;
  }
  return all;
}

void expect_same_in_a_replay(World& world) {
  const auto all = replay(world.log, {kWork, 0}, {1, 1}, world.make_toy, {}, [](auto) {});
  ASSERT_TRUE(all.has_value());
  const auto digests = world.digests();
  for (std::size_t i = 0; i < all->size(); ++i) {
    EXPECT_FALSE((*all)[i].differs) << *(*all)[i].differs;
    EXPECT_EQ(to_text((*all)[i].digest), digests[i]);
  }
}

/// Where the disk's state of each partition stands.
std::map<PartitionRef, Offset> positions(World& world) {
  std::map<PartitionRef, Offset> all;
  const auto loaded = world.disk->load([&](PartitionRef where, std::uint8_t table, std::string_view,
                                           std::string_view row) -> Result<void> {
    PartitionPosition position;
    canonical::Plain plain;
    if (table == kPositionTable && canonical::take(row, position, plain)) {
      all[where] = position.next_offset;
    }
    return {};
  });
  EXPECT_TRUE(loaded.has_value());
  return all;
}

TEST(Crash, AtAnyStepLosesNothingThatWasToldAndDoublesNothing) {
  for (std::uint64_t last = 1; last <= kSteps; ++last) {
    SCOPED_TRACE("crash after step " + std::to_string(last));
    World world({.seed = last, .delay_steps_max = 2});
    for (std::uint64_t step = 0; step < last; ++step) act(world, step);
    const auto told = world.told;
    world.told.clear();
    ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/last % 3 == 0));
    expect_same_in_a_replay(world);

    std::uint64_t told_parcels = 0;
    for (const auto& [name, outcome] : told) told_parcels += 1 + std::stoull(name.substr(1)) % 3;
    EXPECT_GE(totals(world).sent, told_parcels);
    world.clock.pass(milliseconds{1'000});
    for (int i = 0; i < 4; ++i) world.settle();  // what was due is swept
    EXPECT_EQ(totals(world).arrived, totals(world).sent);
    EXPECT_EQ(world.counts["streams early"] + world.counts["streams misfit"], 0U);
  }
}

TEST(Crash, AgainAndAgainAlsoAtTheStart) {
  World world({.seed = 4, .delay_steps_max = 3});
  for (std::uint64_t step = 0; step < 4 * kSteps; ++step) {
    act(world, step);
    if (step % 5 != 4) continue;
    world.node.reset();
    world.log.crash();
    ASSERT_TRUE(world.live_unsettled(step % 2 == 0));
    if (step % 3 == 0) {  // and once more, before anything of this start is durable
      world.node.reset();
      world.log.crash();
      ASSERT_TRUE(world.live_unsettled());
    }
  }
  world.clock.pass(milliseconds{1'000});
  for (int i = 0; i < 4; ++i) world.settle();
  EXPECT_EQ(totals(world).arrived, totals(world).sent);
  EXPECT_EQ(world.counts["streams early"] + world.counts["streams misfit"], 0U);
  expect_same_in_a_replay(world);
}

TEST(Crash, FindsNoStateThatIsAheadOfTheLog) {
  World world({.seed = 9, .delay_steps_max = 2});
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    act(world, step);
    for (const auto& [where, next_offset] : positions(world)) {
      EXPECT_LE(next_offset, world.log.end(where)) << "step " << step;
    }
  }
}

TEST(Crash, LeavesTheSameDigestsWhereverTheStateCameFrom) {
  World world;
  for (std::uint64_t step = 0; step < kSteps; ++step) act(world, step);
  world.settle();
  expect_same_in_a_replay(world);
  ASSERT_TRUE(world.crash_and_live());
  expect_same_in_a_replay(world);
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true));
  expect_same_in_a_replay(world);
}

TEST(Crash, OfAnotherLogsStateIsFoundByTheRecordAtItsOffset) {
  World world;
  world.send("here", "there", 1, "r1");
  world.settle();
  world.node.reset();
  // The log loses its end and grows past it again: no offset shows it, only the record does.
  world.log.truncate(1);
  world.disk.swap(world.spare_disk);
  ASSERT_TRUE(world.live());
  world.send("here", "there", 2, "another");
  world.settle();
  world.node.reset();
  world.disk.swap(world.spare_disk);
  const auto started = world.live();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(started.error().detail, ::testing::HasSubstr("is another"));
}

TEST(Crash, OfAProgramThatCountsOtherwiseParksThePartition) {
  World world;
  for (const char* name : {"r1", "r2"}) {
    world.clock.pass(milliseconds{1'000});
    world.send("here", "there", 1, name);
    world.settle();
  }
  world.make_toy = [](PartitionRef where, Store& store) {
    auto toy = std::make_unique<Toy>(store);
    if (where == World::home_of("here")) toy->is_wrong = true;
    return toy;
  };
  ASSERT_TRUE(world.crash_and_live(/*loses_disk=*/true));
  for (const auto& status : world.node->status()) {
    EXPECT_EQ(status.parked.has_value(), status.where == World::home_of("here"));
  }
  EXPECT_THAT(*world.parked(World::home_of("here")), ::testing::HasSubstr("another state"));
}

}  // namespace
}  // namespace jari::toy
