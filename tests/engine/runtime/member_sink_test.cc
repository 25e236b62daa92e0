// Rows of sinks, which no consumer of ours reads: sent once, acknowledged when they stand. Where
// the sink has lost them after that, it stands still and says so.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

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

/// Why a node says that the sink stands still.
std::string why_parked(ClusterWorld& world, std::size_t node) {
  return world.node(node).parked(kFactsOfHere).value_or("it is not parked");
}

TEST(MemberSink, ThatLostAcknowledgedRowsStandsStillOnEveryNodeAndItsSourcesGoOn) {
  ClusterWorld world(3);
  world.node(2).kill();  // one that only reads
  world.node(2).owns = false;
  ASSERT_TRUE(world.node(2).live(world.cluster));
  world.begin();
  ask(world, 4, "r");
  ASSERT_EQ(acked(world), 4U);
  world.cluster.truncate(kFactsOfHere, 2);
  world.run(milliseconds{3'000});
  const std::size_t left = world.records(kFactsOfHere).size();
  for (std::size_t node = 0; node < 3; ++node) {
    EXPECT_THAT(why_parked(world, node),
                testing::HasSubstr("were acknowledged are gone: of 4 it has them up to number 2"));
    EXPECT_EQ(world.node(node).parked(kHere), std::nullopt);
  }
  ask(world, 2, "s");
  EXPECT_EQ(world.node(0).told["s1"], "sent here");
  EXPECT_EQ(world.records(kFactsOfHere).size(), left);  // nothing where the lost rows belong
  EXPECT_EQ(acked(world), 4U);
}

// One that was away, or whose disk is new, has never seen the rows that are gone.
TEST(MemberSink, ThatLostAcknowledgedRowsStandsStillOnWhoComesLater) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 4, "r");
  for (auto& process : world.processes) process->kill();
  world.cluster.truncate(kFactsOfHere, 2);
  world.node(1).lose_disk();
  for (std::size_t node = 0; node < 2; ++node) {
    ASSERT_TRUE(world.node(node).live(world.cluster));
  }
  ask(world, 1, "s");
  for (std::size_t node = 0; node < 2; ++node) {
    EXPECT_THAT(why_parked(world, node), testing::HasSubstr("acknowledged are gone")) << node;
  }
}

TEST(MemberSink, ThatWasMadeAnewStandsStill) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 4, "r");
  world.cluster.empty(kFactsOfHere);
  world.run(milliseconds{1'000});
  ask(world, 2, "s");
  for (std::size_t node = 0; node < 2; ++node) {
    EXPECT_THAT(why_parked(world, node), testing::HasSubstr("lost its tail"));
    EXPECT_EQ(world.node(node).parked(kHere), std::nullopt);
  }
  EXPECT_EQ(world.records(kFactsOfHere).size(), 0U);
}

// What it lacked is put back as it was, by whoever has it: an archive.
TEST(MemberSink, ThatHasItsLostRowsBackGoesOn) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 4, "r");
  const auto whole = world.records(kFactsOfHere);
  world.cluster.truncate(kFactsOfHere, 2);
  world.run(milliseconds{3'000});
  ask(world, 2, "s");
  for (auto& process : world.processes) process->kill();
  for (std::size_t i = world.records(kFactsOfHere).size(); i < whole.size(); ++i) {
    world.cluster.put(kFactsOfHere, bytes_of(whole[i]));
  }
  for (auto& process : world.processes) ASSERT_TRUE(process->live(world.cluster));
  ask(world, 1, "t");
  EXPECT_EQ(rows_read(world), 7U);
  EXPECT_EQ(acked(world), 7U);
  EXPECT_EQ(world.node(0).parked(kFactsOfHere), std::nullopt);
}

// Said once: the disk knows from then on, however soon the node ends.
TEST(MemberSink, GoesOnBehindLostRowsWhereAnOperatorSaysSo) {
  ClusterWorld world(1);
  world.begin();
  ask(world, 4, "r");
  world.cluster.truncate(kFactsOfHere, 2);
  world.run(milliseconds{3'000});
  world.node(0).kill();
  world.node(0).lost_sinks = {kFacts};
  ASSERT_TRUE(world.node(0).live(world.cluster));
  ask(world, 2, "s");
  EXPECT_EQ(world.node(0).counts["sinks lost-tail"], 1U);
  EXPECT_EQ(rows_read(world), 2U);
  EXPECT_EQ(rows_read(world, 4), 6U);
  EXPECT_EQ(acked(world), 6U);
  EXPECT_EQ(world.node(0).parked(kFactsOfHere), std::nullopt);
  world.node(0).kill();
  world.node(0).lost_sinks.clear();
  ASSERT_TRUE(world.node(0).live(world.cluster));
  ask(world, 1, "t");
  EXPECT_EQ(acked(world), 7U);
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

TEST(MemberSink, MayKeepNoneOfItsRows) {
  ClusterWorld world(2);
  world.begin();
  ask(world, 6, "r");
  world.node(1).kill();
  world.node(1).lose_disk();
  world.cluster.drop_before(kFactsOfHere, world.cluster.end(kFactsOfHere));
  ASSERT_TRUE(world.node(1).live(world.cluster));
  world.run(milliseconds{2'000});
  world.node(0).kill();
  world.run(milliseconds{4'000});
  world.send(1, "here", "there", 1, "s");
  world.run(milliseconds{4'000});
  EXPECT_EQ(acked(world), 7U);
  EXPECT_EQ(world.node(1).parked(kFactsOfHere), std::nullopt);
}

}  // namespace
}  // namespace jari::toy
