// The sixth of the counter-examples that streams between partitions must survive: another version
// of the logic, which decides otherwise, while effects of the one before are on their way, or are
// decided again by another program.

#include <algorithm>

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr PartitionRef kSettings{kWork, 0};
constexpr KnownVersions kOld{1, 1};
constexpr KnownVersions kNew{1, 2};

void add(ClusterWorld& world, KnownVersions known) {
  world.add([&](Process& process) { process.known = known; });
}

/// Where a step of the barrier stands in a partition; its log's end, if it does not.
Offset barrier_in(ClusterWorld& world, PartitionRef where, BarrierStep step) {
  const auto records = world.records(where);
  for (Offset at = 0; at < records.size(); ++at) {
    const auto envelope = read_envelope(bytes_of(records[at]));
    Barrier barrier;
    if (envelope->kind == RecordKind::Barrier && flat::read_root(envelope->body, barrier) &&
        barrier.step == step) {
      return at;
    }
  }
  return records.size();
}

/// What a request has caused, as its destination accepts it.
struct Caused {
  std::set<std::uint16_t> versions;
  std::vector<std::uint32_t> parcels;  // of each effect
};

/// Of partition `from` in partition `to`, by where the request stands. Whoever repeats an effect
/// must say the same.
std::map<Offset, Caused> caused(ClusterWorld& world, PartitionRef from, PartitionRef to) {
  std::map<Offset, Caused> all;
  std::map<std::uint64_t, std::string> said;  // by seq
  for (const std::string& record : world.records(to)) {
    const auto envelope = read_envelope(bytes_of(record));
    if (envelope->kind != RecordKind::Effect || envelope->stream->source != from) continue;
    const std::string body{text_of(envelope->body)};
    const auto [before, is_new] = said.emplace(envelope->stream->seq, body);
    EXPECT_EQ(before->second, body) << "seq " << envelope->stream->seq << " is said in two ways";
    if (!is_new) continue;
    Parcel parcel;
    std::string_view in = body;
    canonical::Plain plain;
    CHECK(canonical::take(in, parcel, plain));
    all[envelope->stream->cause].versions.insert(envelope->version);
    all[envelope->stream->cause].parcels.push_back(parcel.count);
  }
  return all;
}

constexpr std::uint32_t kParcels = 3;  // of each request

/// How many requests were decided in one way and in the other.
struct Decided {
  int by_old = 0;
  int by_new = 0;
  int between = 0;  // by the old one, where the new one is read already
};

/// Each request of `from` has the effects of the version that the barrier gives at its place.
Decided expect_decided_by_barrier(ClusterWorld& world, PartitionRef from, PartitionRef to) {
  Decided decided;
  const Offset read = barrier_in(world, from, BarrierStep::Read);
  const Offset write = barrier_in(world, from, BarrierStep::Write);
  auto effects = caused(world, from, to);
  const auto records = world.records(from);
  for (Offset at = 0; at < records.size(); ++at) {
    if (read_envelope(bytes_of(records[at]))->kind != RecordKind::Request) continue;
    SCOPED_TRACE("the request at " + std::to_string(at) + ", the barrier at " +
                 std::to_string(write));
    if (at > write) {
      EXPECT_THAT(effects[at].versions, ElementsAre(2U));
      EXPECT_THAT(effects[at].parcels, ElementsAre(2 * kParcels));
      ++decided.by_new;
    } else {
      EXPECT_THAT(effects[at].versions, ElementsAre(1U));
      EXPECT_THAT(effects[at].parcels, ElementsAre(1U, 1U, 1U));
      decided.between += at > read ? 1 : 0;
      ++decided.by_old;
    }
  }
  return decided;
}

// A program of another version maps the same record to other effects. Before the barrier it may
// not.
TEST(CounterExample, CE06RollingUpgrade) {
  ClusterWorld world(0);
  add(world, kOld);
  add(world, kNew);
  world.begin();
  world.send(0, "here", "there", 1, "before");
  world.run(milliseconds{500});
  for (const PartitionRef where : consumer_partitions(world.cluster.identity())) {
    for (const std::string& record : world.records(where)) {
      const auto envelope = read_envelope(bytes_of(record));
      if (envelope->kind == RecordKind::Effect) {
        EXPECT_EQ(envelope->version, 1U);
      }
    }
  }
  world.node(0).kill();  // so that every owner knows version 2
  world.run(milliseconds{3'000});
  world.put_own(kSettings, RecordKind::Barrier, Barrier{2, BarrierStep::Read});
  world.run(milliseconds{4'000});
  const auto started = world.node(0).live(world.cluster);  // the old program wakes
  ASSERT_TRUE(started);
  world.run(milliseconds{3'000});
  ASSERT_TRUE(world.node(0).parked(kHere));
  EXPECT_THAT(*world.node(0).parked(kHere), HasSubstr("version 2 of the logic holds from here on"));
  world.send(1, "here", "there", 1, "after");
  world.run(milliseconds{1'000});
  EXPECT_EQ(world.node(1).told["after"], "sent here");
  EXPECT_EQ(world.node(1).toy("there").at("there").arrived, 1U + 2U);
}

// The old program has decided, and its effects are on their way, when the barrier comes; it dies,
// and they land before the new program has sent them, or long after, when all is decided in another
// way.
class CE06TheOldOnesEffectsAreUnderWay : public ::testing::TestWithParam<milliseconds> {};

TEST_P(CE06TheOldOnesEffectsAreUnderWay, AndAreNotMixedWithTheNewOnes) {
  ClusterWorld world(0);
  add(world, kOld);
  world.begin();
  add(world, kNew);
  world.run(milliseconds{6'000});
  Process& old = world.node(0);
  Process& other = world.node(1);
  const auto home = [](const std::string& place) { return World::home_of(place); };
  const auto is_its = [&](const std::string& place) { return world.owner(home(place)) == 0; };
  const auto from = std::find_if(kPlaces.begin(), kPlaces.end(), is_its);
  ASSERT_NE(from, kPlaces.end());
  ASSERT_EQ(world.owner(kSettings), 1U);  // it begins there
  const auto to = std::find_if_not(kPlaces.begin(), kPlaces.end(), is_its);

  world.send(1, *from, *to, kParcels, "first");
  other.member->step();
  world.cluster.settle();
  for (auto& process : world.processes) process->member->step();
  EXPECT_EQ(old.toy(*from).at(*from).sent, kParcels);
  old.log->cut_off(true);
  EXPECT_TRUE(caused(world, home(*from), home(*to)).empty());
  EXPECT_GT(world.cluster.on_its_way(), 0U);
  world.put_own(kSettings, RecordKind::Barrier, Barrier{2, BarrierStep::Read});
  for (milliseconds passed{0}; passed < milliseconds{9'000}; passed += ClusterWorld::kStep) {
    if (passed == GetParam()) old.kill();
    world.send(1, *from, *to, kParcels, std::to_string(passed.count()));
    world.run(ClusterWorld::kStep);
  }
  old.known = kNew;  // it is installed anew
  ASSERT_TRUE(old.live(world.cluster));
  world.run(milliseconds{6'000});
  const Decided decided = expect_decided_by_barrier(world, home(*from), home(*to));
  EXPECT_GT(decided.by_old, 1);
  EXPECT_GT(decided.between, 0);
  EXPECT_GT(decided.by_new, 1);
  EXPECT_EQ(other.told["first"], "sent " + *from);
  EXPECT_EQ(other.counts["streams misfit"], 0U);
  expect_exact(world, kPlaces);
}

INSTANTIATE_TEST_SUITE_P(CounterExample, CE06TheOldOnesEffectsAreUnderWay,
                         ::testing::Values(milliseconds{0}, milliseconds{300}, milliseconds{8'000}),
                         [](const auto& param) {
                           return "DeadAfter" + std::to_string(param.param.count());
                         });

// No zombie, the same: effects are sent, the process dies before the state is written, and a newer
// program decides the same records again. One of them has effects that stand, the other has none.
TEST(CounterExample, CE06ANewerProgramDecidesAgain) {
  ClusterWorld world(0);
  add(world, kOld);
  world.begin();
  Process& process = world.node(0);
  const auto written = copy_of(*process.disk);
  world.send(0, "here", "there", kParcels, "stands");
  world.run(milliseconds{200});
  world.send(0, "here", "there", kParcels, "is lost");
  process.member->step();
  world.cluster.settle();
  world.cluster.set_faults({.lost = 1'000});
  world.run(milliseconds{200});
  world.cluster.set_faults({});
  EXPECT_EQ(process.toy("here").at("here").sent, 2 * kParcels);
  EXPECT_EQ(caused(world, kHere, kThere).size(), 1U);

  process.kill();
  process.disk = copy_of(*written);
  process.known = kNew;
  ASSERT_TRUE(process.live(world.cluster));
  EXPECT_EQ(process.toy("here").requests, 2);  // again
  world.run(milliseconds{4'000});
  EXPECT_EQ(process.toy("there").at("there").arrived, 2 * kParcels);
  world.put_own(kSettings, RecordKind::Barrier, Barrier{2, BarrierStep::Read});
  world.run(milliseconds{6'000});
  world.send(0, "here", "there", kParcels, "after");
  world.run(milliseconds{3'000});
  const Decided decided = expect_decided_by_barrier(world, kHere, kThere);
  EXPECT_EQ(decided.by_old, 2);
  EXPECT_EQ(decided.by_new, 1);
  expect_exact(world, kPlaces);

  process.kill();  // and a replay of all of it passes the barrier once more
  process.lose_disk();
  ASSERT_TRUE(process.live(world.cluster));
  EXPECT_EQ(process.toy("here").requests, 3);
  world.run(milliseconds{3'000});
  expect_exact(world, kPlaces);
}

}  // namespace
}  // namespace jari::toy
