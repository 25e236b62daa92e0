// Nodes that have other states from the same log, which has lost its first records: what can be
// made again from a copy, and what cannot; who falls silent, who parks, who goes on.

#include <gmock/gmock.h>

#include "tests/engine/runtime/cluster_world.h"

namespace jari::toy {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

/// Copies of what a node had on its disk, of one partition, oldest first; as many as were taken.
class Copies {
 public:
  void take(Process& from, PartitionRef where) {
    ProvedCopy copy{"copy-" + std::to_string(++taken_), {}};
    const auto row = [&](PartitionRef its, std::uint8_t table, std::string_view key,
                         std::string_view bytes) -> Result<void> {
      if (its != where) return {};
      copy.rows.of(its);
      copy.rows.put(table, key, bytes);
      return {};
    };
    from.disk->load(row).value();
    all_.emplace_back(from.disk->durable(where).value(), std::move(copy));
  }
  void find(const CopyWanted& wanted, const CopyWanted::Found& found) {
    for (auto one = all_.rbegin(); one != all_.rend(); ++one) {
      if (one->first > wanted.after && one->first <= wanted.at_most) return found(one->second);
    }
    found(Error{ErrorCode::NotFound, "no copy fits"});
  }

 private:
  int taken_ = 0;
  std::vector<std::pair<Offset, ProvedCopy>> all_;
};

class Trimmed : public ::testing::Test {
 protected:
  /// So many nodes, on a log whose first records are gone. A copy was taken before.
  void given(std::size_t nodes, const FindCopy& find_copy = {}) {
    world.emplace(0);
    for (std::size_t i = 0; i < nodes; ++i) {
      world->add([&](Process& process) { process.find_copy = find_copy; });
    }
    world->begin();
    owner = world->owner(kHere);
    for (const char* name : {"1", "2", "3"}) work(name);
    copies.take(node(owner), kHere);
    world->cluster.drop_before(kHere, node(owner).disk->durable(kHere).value() - 1);
    work("4");
    EXPECT_EQ(node(owner).told["4"], "sent here");
  }
  FindCopy find() {
    return [this](const CopyWanted& wanted, const CopyWanted::Found& found) {
      copies.find(wanted, found);
    };
  }
  void work(const std::string& name) {
    world->send(owner, "here", "there", 2, name);
    world->run(milliseconds{2'000});
  }
  Process& node(std::size_t index) { return world->node(index); }
  /// The nodes beside the owner.
  Process& other(std::size_t step = 1) { return node((owner + step) % world->processes.size()); }
  std::size_t disputes() {
    std::size_t count = 0;
    for (const std::string& record : world->records(kHere)) {
      count += read_envelope(bytes_of(record)).value().kind == RecordKind::Disputed ? 1 : 0;
    }
    return count;
  }
  /// What a node says of digests where it is parked.
  static std::string digest_here(const Process& parked) {
    return digest_behind(parked, "has the digest ");
  }
  static std::string digest_of_tick(const Process& parked) {
    return digest_behind(parked, "here, and ");
  }
  static std::string digest_behind(const Process& parked, std::string_view words) {
    const std::string why = parked.parked(kHere).value();
    return why.substr(why.find(words) + words.size(), 32);
  }

  std::optional<ClusterWorld> world;
  Copies copies;
  std::size_t owner = 0;
};

TEST_F(Trimmed, AFollowerThatIsWrongDisputesAndParksAlone) {
  given(3);
  Process& wrong = other();
  wrong.toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_EQ(disputes(), 1U);
  EXPECT_THAT(wrong.parked(kHere),
              Optional(AllOf(HasSubstr("gave another state"), HasSubstr("disputed"),
                             HasSubstr("has lost its first records"),
                             HasSubstr("start this node from a snapshot"))));
  EXPECT_NE(digest_here(wrong), digest_of_tick(wrong));
  EXPECT_EQ(node(owner).parked(kHere), std::nullopt);
  EXPECT_EQ(node(owner).counts["digests not-provable"], 1U);
  EXPECT_EQ(node(owner).told["s"], "sent here");
  EXPECT_EQ(world->owner(kHere), owner);
  EXPECT_EQ(other(2).parked(kHere), std::nullopt);

  node(owner).kill();  // who agreed with it takes over
  world->run(5 * kTakeover);
  EXPECT_EQ(world->owner(kHere), (owner + 2) % 3);
}

TEST_F(Trimmed, AnOwnerThatIsWrongParksOnceASecondNodeDisputes) {
  given(3);
  node(owner).toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_EQ(disputes(), 2U);
  EXPECT_THAT(node(owner).parked(kHere),
              Optional(AllOf(HasSubstr("on other nodes"), HasSubstr(other(1).name),
                             HasSubstr(other(2).name), HasSubstr(digest_here(other())),
                             HasSubstr("start this node from a snapshot"))));
  for (const std::size_t step : {1, 2}) {
    EXPECT_THAT(other(step).parked(kHere), Optional(HasSubstr("disputed")));
  }
  EXPECT_EQ(node(owner).told.count("s"), 0U);
  EXPECT_THAT(world->owners(kHere), IsEmpty());
  EXPECT_EQ(other(1).parked(World::home_of("there")), std::nullopt);
}

// Nobody can tell which of the two is wrong: see engine/ARCHITECTURE.md, Decisions.
TEST_F(Trimmed, OfTwoNodesTheOwnerGoesOn) {
  given(2);
  node(owner).toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_EQ(disputes(), 1U);
  EXPECT_THAT(other().parked(kHere), Optional(HasSubstr("disputed")));
  EXPECT_EQ(node(owner).counts["digests not-provable"], 1U);
  EXPECT_EQ(node(owner).told["s"], "sent here");
}

TEST_F(Trimmed, ANodeThatDisputesTwiceIsOneNode) {
  given(3);
  const Offset upto = world->cluster.end(kHere) - 3;
  for (int times = 0; times < 2; ++times) {
    world->put_own(kHere, RecordKind::Disputed, Disputed{1, upto, {7, 7}, "b"});
  }
  work("r");
  EXPECT_EQ(node(owner).parked(kHere), std::nullopt);
  world->put_own(kHere, RecordKind::Disputed,
                 Disputed{1, upto, {7, 7}, ""});  // of an older program
  work("s");
  EXPECT_THAT(node(owner).parked(kHere), Optional(HasSubstr("b, one without a name")));
}

// The log says which digests were disputed in an epoch; who owns the next one is another story.
TEST_F(Trimmed, WhatWasDisputedOfAnOwnerIsNotHeldAgainstTheNext) {
  given(3);
  const Offset upto = world->cluster.end(kHere) - 3;
  world->put_own(kHere, RecordKind::Disputed, Disputed{1, upto, {7, 7}, "x"});
  work("r");
  node(owner).kill();
  world->run(5 * kTakeover);
  owner = world->owner(kHere);
  world->put_own(kHere, RecordKind::Disputed, Disputed{1, upto, {7, 7}, "y"});
  world->put_own(kHere, RecordKind::Disputed, Disputed{2, upto, {7, 7}, "y"});
  work("s");
  EXPECT_EQ(node(owner).parked(kHere), std::nullopt);
  EXPECT_EQ(node(owner).told["s"], "sent here");
}

TEST_F(Trimmed, AStateThatWasDoubtedIsNotBelievedAfterARestart) {
  given(3);
  other().toy("here").is_wrong = true;
  work("r");
  const auto why = other().parked(kHere);
  for (int lives = 0; lives < 2; ++lives) {
    other().kill();
    ASSERT_TRUE(other().live(world->cluster));
    work("s" + std::to_string(lives));
    EXPECT_EQ(other().parked(kHere), why);
  }
  EXPECT_EQ(disputes(), 1U);
  node(owner).kill();
  other(2).kill();
  world->run(5 * kTakeover);
  EXPECT_FALSE(other().member->speaks_for(kHere));

  other().find_copy = find();  // what it was told to be given
  other().kill();
  ASSERT_TRUE(node(owner).live(world->cluster));
  ASSERT_TRUE(other(2).live(world->cluster));
  ASSERT_TRUE(other().live(world->cluster));
  world->run(5 * kTakeover);
  owner = world->owner(kHere);
  work("t");
  EXPECT_EQ(node(owner).told["t"], "sent here");
  for (const auto& process : world->processes) {
    EXPECT_EQ(process->parked(kHere), std::nullopt);
    EXPECT_EQ(process->digest(kHere), node(owner).digest(kHere));
  }
}

TEST_F(Trimmed, AFollowerThatIsWrongMendsItselfFromACopy) {
  given(3, find());
  Process& wrong = other();
  wrong.toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_EQ(disputes(), 0U);
  EXPECT_EQ(wrong.parked(kHere), std::nullopt);
  EXPECT_EQ(wrong.counts["copies begun-with"], 1U);
  EXPECT_EQ(wrong.counts["digests made-again"], 1U);
  EXPECT_EQ(wrong.digest(kHere), node(owner).digest(kHere));
  EXPECT_EQ(wrong.toy("here").at("here").sent, node(owner).toy("here").at("here").sent);

  wrong.kill();  // its disk was voided: it begins with a copy again
  ASSERT_TRUE(wrong.live(world->cluster));
  work("t");
  EXPECT_EQ(wrong.parked(kHere), std::nullopt);
  EXPECT_EQ(wrong.digest(kHere), node(owner).digest(kHere));
  node(owner).kill();
  other(2).kill();
  world->run(5 * kTakeover);
  EXPECT_TRUE(wrong.member->speaks_for(kHere));
}

TEST_F(Trimmed, AnOwnerThatIsWrongIsFoundOutByACopy) {
  given(2, find());
  node(owner).toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_EQ(disputes(), 1U);
  EXPECT_THAT(node(owner).parked(kHere), Optional(HasSubstr("that tick was our own")));
  EXPECT_THAT(other().parked(kHere), Optional(HasSubstr("made from copy-1; disputed")));
  EXPECT_EQ(node(owner).told.count("s"), 0U);
}

TEST_F(Trimmed, AnOwnerThatIsRightIsProvedByACopy) {
  given(2, find());
  Process& wrong = other();
  wrong.make_toy = [](PartitionRef where, Store& store) {
    auto toy = std::make_unique<Toy>(store);
    toy->is_wrong = where == kHere;
    return toy;
  };
  wrong.toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_THAT(wrong.parked(kHere), Optional(HasSubstr("disputed")));
  EXPECT_EQ(node(owner).counts["digests made-again"], 1U);
  EXPECT_EQ(node(owner).parked(kHere), std::nullopt);
  work("t");
  EXPECT_EQ(node(owner).told["t"], "sent here");
}

// It may be the wrong owner's, proved by its own ticks.
TEST_F(Trimmed, ACopyThatWasTakenSinceProvesNothing) {
  given(2, [&](const CopyWanted& wanted, const CopyWanted::Found& found) {
    if (node(owner).toy("here").is_wrong) copies.take(node(owner), kHere);
    copies.find(wanted, found);
  });
  node(owner).toy("here").is_wrong = true;
  work("r");
  work("s");
  EXPECT_THAT(node(owner).parked(kHere), Optional(HasSubstr("that tick was our own")));
  EXPECT_THAT(other().parked(kHere), Optional(HasSubstr("made from copy-1; disputed")));
}

TEST_F(Trimmed, ANodeWithoutItsStateBeginsWithACopy) {
  given(2, find());
  other().kill();
  other().lose_disk();
  other().told.clear();
  ASSERT_TRUE(other().live(world->cluster));
  work("r");
  EXPECT_EQ(other().parked(kHere), std::nullopt);
  EXPECT_EQ(other().digest(kHere), node(owner).digest(kHere));
  EXPECT_EQ(other().counts["digests made-again"], 0U);
  EXPECT_EQ(other().told.count("4"), 0U);  // what was decided long ago is no news
}

TEST_F(Trimmed, ANodeWithoutItsStateAndWithoutACopyParks) {
  given(2);
  other().kill();
  other().lose_disk();
  ASSERT_TRUE(other().live(world->cluster));
  EXPECT_THAT(other().parked(kHere),
              Optional(AllOf(HasSubstr("no longer kept"), HasSubstr("start it from a snapshot"))));
}

TEST_F(Trimmed, ACopyThatIsNotOfThisLogIsRefused) {
  given(2);
  other().find_copy = [&](const CopyWanted&, const CopyWanted::Found& found) {
    ProvedCopy copy{"another", {}};
    copy.rows.of(kHere);
    copy.rows.put(7, "no", "row");
    found(std::move(copy));
  };
  other().kill();
  ASSERT_TRUE(other().live(world->cluster));
  other().toy("here").is_wrong = true;
  work("r");
  EXPECT_THAT(other().parked(kHere),
              Optional(AllOf(HasSubstr("gave another state"), HasSubstr("another does not do"))));
  EXPECT_EQ(disputes(), 1U);
}

TEST_F(Trimmed, WhoeverLooksForACopyIsSilentAndGoesOnWhereThereIsNone) {
  CopyWanted::Found found;
  given(2, [&](const CopyWanted&, CopyWanted::Found call) { found = std::move(call); });
  world->put_own(kHere, RecordKind::Disputed,
                 Disputed{1, world->cluster.end(kHere) - 3, {7, 7}, "x"});
  world->run(milliseconds{100});
  ASSERT_TRUE(found);
  EXPECT_FALSE(node(owner).member->speaks_for(kHere));
  EXPECT_THAT(node(owner).parked(kHere), Optional(HasSubstr("its digest differed")));
  const Offset end = world->cluster.end(kHere);
  world->run(milliseconds{300});
  EXPECT_EQ(world->cluster.end(kHere), end);
  found(Error{ErrorCode::NotFound, "no copy fits"});
  world->run(milliseconds{100});
  EXPECT_TRUE(node(owner).member->speaks_for(kHere));
  work("r");
  EXPECT_EQ(node(owner).told["r"], "sent here");
  EXPECT_EQ(node(owner).digest(kHere), other().digest(kHere));
}

}  // namespace
}  // namespace jari::toy
