// The machine as it was, asked as a node is asked.

#include "engine/runtime/replayed_engine.h"

#include <gmock/gmock.h>

#include "tests/engine/runtime/node_world.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;

class Replayed : public ::testing::Test {
 protected:
  /// What there is by now.
  std::unique_ptr<ReplayedEngine> now(const ReplayLimit& limit = {}) {
    auto all = replay(world_.log, {kWork, 0}, {1, 1}, world_.make_toy, limit, [](auto) {});
    CHECK(all.has_value());
    return std::make_unique<ReplayedEngine>(world_.log, std::move(*all));
  }
  static std::vector<LogPlace> everything() {
    std::vector<LogPlace> all;
    for (const PartitionRef where : World::identity().partitions()) all.push_back({where, 0});
    return all;
  }
  static std::map<PartitionRef, Offset> counts_of(Log& log) {
    std::map<PartitionRef, Offset> counts;
    CHECK(log.read(everything(),
                   [&](const LogRecord& record) {
                     ++counts[record.where];
                     return true;
                   })
              .has_value());
    return counts;
  }
  void send(const std::string& request) {
    world_.clock.pass(milliseconds{1'000});
    world_.send("here", "other", 1, request);
    world_.settle();
  }

  World world_;
};

TEST_F(Replayed, StandsStillWhileTheLogGoesOn) {
  send("r1");
  const auto then = counts_of(world_.log);
  const auto past = now();
  send("r2");
  EXPECT_EQ(counts_of(past->log()), then);
  for (const auto& [where, end] : then) {
    EXPECT_EQ(past->log().end(where), end);
  }
  EXPECT_LT(then.at(World::home_of("here")), world_.log.end(World::home_of("here")));
  const auto& here = dynamic_cast<const Toy&>(past->consumer(World::home_of("here")));
  EXPECT_EQ(here.at("here").sent, 1U);
}

// Partitions end between two records each; a sink has the rows of those before.
TEST_F(Replayed, ShowsOfASinkWhatWasCausedByThen) {
  send("r1");
  const PartitionRef home = World::home_of("here");
  const Offset last = world_.log.end(home) - 1;
  std::map<PartitionRef, Offset> facts;
  for (PartitionNo i = 0; i < 2; ++i) facts[{kFacts, i}] = world_.log.end({kFacts, i});
  send("r2");
  const auto past = now({.offset = last, .time = {}});
  EXPECT_EQ(past->log().end(home), last + 1);
  Offset seen = 0;
  Offset then = 0;
  for (const auto& [where, end] : facts) {
    then += end;
    seen += counts_of(past->log())[where];
    EXPECT_LE(past->log().end(where), world_.log.end(where));
  }
  EXPECT_GE(seen, then);
  EXPECT_LT(seen, world_.log.end({kFacts, 0}) + world_.log.end({kFacts, 1}));
}

TEST_F(Replayed, SaysWhereEachPartitionStands) {
  send("r1");
  const auto past = now();
  const auto of_node = world_.node->status();
  const auto of_past = past->status();
  ASSERT_EQ(of_past.size(), of_node.size());
  for (std::size_t i = 0; i < of_past.size(); ++i) {
    EXPECT_EQ(of_past[i].where, of_node[i].where);
    EXPECT_EQ(of_past[i].applied, of_node[i].applied);
    EXPECT_EQ(of_past[i].end, of_node[i].end);
    EXPECT_EQ(to_text(of_past[i].digest), to_text(of_node[i].digest));
    EXPECT_EQ(of_past[i].now, of_node[i].now);
    EXPECT_FALSE(of_past[i].parked);
  }
}

TEST_F(Replayed, RunsTasksOneAfterTheOther) {
  const auto past = now();
  std::vector<int> order;
  ASSERT_TRUE(past->post([&](Turn& turn) {
    EXPECT_TRUE(past->post([&](Turn&) { order.push_back(3); }));
    order.push_back(1);
    turn.after_durable([&] { order.push_back(2); });
    EXPECT_TRUE(turn.is_fresh({kWork, 0}));
    EXPECT_EQ(turn.applied({kWork, 0}), world_.log.end({kWork, 0}));
    EXPECT_EQ(turn.waiting_requests(), 0U);
  }));
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST_F(Replayed, ParksWhatTheLogContradicts) {
  send("r1");
  send("r2");
  world_.make_toy = [](PartitionRef where, Store& store) {
    auto toy = std::make_unique<Toy>(store);
    if (where == World::home_of("here")) toy->is_wrong = true;
    return toy;
  };
  const auto past = now();
  for (const PartitionStatus& status : past->status()) {
    EXPECT_EQ(status.parked.has_value(), status.where == World::home_of("here"));
  }
}

}  // namespace
}  // namespace jari::toy
