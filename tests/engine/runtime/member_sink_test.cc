// Rows of sinks, which no consumer of ours reads: sent once, acknowledged when they stand, and
// mended where the sink has lost them.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

const PartitionRef kFactsOfHere{kFacts, static_cast<PartitionNo>(partition_of("here", 2))};

void ask(ClusterWorld& world, int count, const std::string& name) {
  for (int i = 0; i < count; ++i) {
    world.send(0, "here", "there", 1, name + std::to_string(i));
    world.run(milliseconds{100});
  }
  world.run(milliseconds{3'000});
}
/// What a reader takes: of each source only the next row that fits.
std::uint64_t rows_read(ClusterWorld& world, std::uint64_t from = 0) {
  std::uint64_t last = from;
  Hash128 hash;
  for (const std::string& record : world.records(kFactsOfHere)) {
    const auto row = read_envelope(bytes_of(record)).value();
    if (row.kind != RecordKind::Row || row.stream->source != kHere) continue;
    if (row.stream->seq != last + 1) continue;
    if (last > from) {
      EXPECT_EQ(row.stream->prev_hash, hash);
    }
    last = row.stream->seq;
    hash = chained(row.stream->prev_hash, hash128(row.body));
  }
  return last;
}
std::uint64_t acked(ClusterWorld& world) {
  std::uint64_t last = 0;
  for (const std::string& record : world.records(kHere)) {
    const auto envelope = read_envelope(bytes_of(record)).value();
    Ack ack;
    if (envelope.kind == RecordKind::Ack && flat::read_root(envelope.body, ack) &&
        ack.destination == kFactsOfHere) {
      last = ack.last;
    }
  }
  return last;
}

TEST(MemberSink, GetsEachRowAndTheSourceItsAck) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 6, "r");
  EXPECT_EQ(rows_read(world), 6U);
  EXPECT_EQ(acked(world), 6U);
  for (auto& process : world.processes) {
    process->kill();
    ASSERT_TRUE(process->live(world.cluster));
  }
  ask(world, 3, "s");
  EXPECT_EQ(rows_read(world), 9U);
  EXPECT_EQ(acked(world), 9U);
}

// No partition keeps it as a dead letter, so the figures are all that tells of it.
TEST(MemberSink, CountsWhatIsNoRecord) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 2, "r");
  world.cluster.put(kFactsOfHere, bytes_of(std::string_view{"these bytes are none"}));
  ask(world, 2, "s");
  EXPECT_EQ(acked(world), 4U);
  for (auto& process : world.processes) {
    EXPECT_EQ(
        process->counts["dead-letters the bytes are no record (they do not verify as an Envelope)"],
        1U);
  }
}

TEST(MemberSink, IsReadByTheNextOwnerBeforeItGoesOn) {
  ClusterWorld world(2);
  world.begin();
  const std::size_t owner = world.owner(kHere);
  for (int i = 0; i < 5; ++i) {  // delivered, and no ack of it yet
    world.send(1 - owner, "here", "there", 1, "r" + std::to_string(i));
    world.run(milliseconds{50});
  }
  world.node(owner).kill();
  ask(world, 1, "waits");
  world.run(milliseconds{3'000});
  EXPECT_EQ(rows_read(world), 6U);
  std::map<std::uint64_t, int> times;
  for (const std::string& record : world.records(kFactsOfHere)) {
    const auto row = read_envelope(bytes_of(record)).value();
    if (row.kind == RecordKind::Row && row.stream->source == kHere) ++times[row.stream->seq];
  }
  for (const auto& [seq, count] : times) EXPECT_EQ(count, 1) << seq;
}

TEST(MemberSink, GetsAgainWhatItLostBeforeTheAck) {
  ClusterWorld world(1);
  world.begin();
  world.send(0, "here", "there", 1, "r");
  world.node(0).member->step();
  world.cluster.settle();
  world.node(0).member->step();
  world.cluster.settle();
  ASSERT_EQ(rows_read(world), 1U);
  world.cluster.truncate(kFactsOfHere, 1);
  world.run(milliseconds{4'000});
  EXPECT_EQ(rows_read(world), 1U);
  EXPECT_EQ(acked(world), 1U);
}

TEST(MemberSink, ThatLostAcknowledgedRowsIsReportedAndGoesOnBehindThem) {
  ClusterWorld world(1);
  world.begin();
  ask(world, 4, "r");
  ASSERT_EQ(acked(world), 4U);
  world.cluster.truncate(kFactsOfHere, 2);
  world.run(milliseconds{1'000});
  EXPECT_EQ(world.node(0).counts["sinks made-again"], 1U);
  EXPECT_EQ(world.node(0).counts["sinks lost-tail"], 1U);
  ask(world, 2, "s");
  EXPECT_EQ(rows_read(world), 2U);
  EXPECT_EQ(rows_read(world, 4), 6U);
  EXPECT_EQ(acked(world), 6U);
  EXPECT_EQ(world.node(0).parked(kHere), std::nullopt);
}

TEST(MemberSink, NeedNotKeepItsFirstRows) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 6, "r");
  world.node(1).kill();
  world.node(1).lose_disk();
  world.cluster.drop_before(kFactsOfHere, 4);
  ASSERT_TRUE(world.node(1).live(world.cluster));
  world.run(milliseconds{2'000});
  world.node(0).kill();
  world.run(milliseconds{4'000});
  world.send(1, "here", "there", 1, "s");
  world.run(milliseconds{4'000});
  EXPECT_EQ(world.node(1).told["s"], "sent here");
  EXPECT_EQ(acked(world), 7U);
}

}  // namespace
}  // namespace jari::toy
