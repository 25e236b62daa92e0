// A new version of the logic holds in two steps: all can read it before anybody writes it.

#include <gmock/gmock.h>

#include "engine/runtime/partition.h"
#include "tests/engine/runtime/one_partition.h"

namespace jari::toy {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr PartitionRef kSettings{kWork, 0};
constexpr PartitionRef kOther{kWork, 1};
constexpr PartitionRef kThird{kWork, 2};
constexpr Barrier kTwo{2, BarrierStep::Read};

class Barriers : public ::testing::Test {
 protected:
  void tick_settings() {
    EXPECT_FALSE(settings_.tick(settings_.partition.time().now + milliseconds{100}));
  }
  void acknowledge_all() {
    for (const PartitionRef where : {kOther, kThird}) {
      const std::uint64_t sent = settings_.partition.streams().outgoing(where).sent;
      EXPECT_FALSE(settings_.own(RecordKind::Ack, Ack{where, sent}));
    }
  }
  static std::pair<int, int> versions(const OnePartition& one) {
    return {one.partition.row().reads, one.partition.row().writes};
  }

  OnePartition settings_{kSettings, {1, 2}};
  OnePartition other_{kOther, {1, 2}};
};

TEST_F(Barriers, AreReadEverywhereBeforeAnybodyWrites) {
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  EXPECT_EQ(versions(settings_), std::pair(2, 1));
  ASSERT_THAT(settings_.sent[kOther], SizeIs(1));
  ASSERT_THAT(settings_.sent[kThird], SizeIs(1));
  other_.take(settings_.sent[kOther]);
  EXPECT_EQ(versions(other_), std::pair(2, 1));

  const std::uint64_t sent = settings_.partition.streams().outgoing(kOther).sent;
  EXPECT_FALSE(settings_.own(RecordKind::Ack, Ack{kOther, sent}));
  tick_settings();  // the third has not acknowledged
  EXPECT_EQ(versions(settings_), std::pair(2, 1));

  acknowledge_all();
  tick_settings();
  EXPECT_EQ(versions(settings_), std::pair(2, 2));
  ASSERT_THAT(settings_.sent[kOther], SizeIs(2));
  other_.take({settings_.sent[kOther][1]});
  EXPECT_EQ(versions(other_), std::pair(2, 2));
}

TEST_F(Barriers, ThatComeEarlyParkNobodyYet) {
  OnePartition old{kOther, {1, 1}};
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  const std::string row = settings_.sent[kOther].at(0);
  Envelope early = read_envelope(bytes_of(row)).value();
  ++early.stream->seq;
  EXPECT_FALSE(old.apply(early));
  EXPECT_EQ(old.counts["streams early"], 1U);
  const auto parked = old.apply(row);
  ASSERT_TRUE(parked);
  EXPECT_THAT(*parked, HasSubstr("knows only up to 1"));
}

TEST_F(Barriers, LetBodiesOfTheVersionInFromThenOn) {
  const std::string place = place_in(kOther);
  EXPECT_FALSE(other_.ask(kSend, {place, place, 1, 0}, /*version=*/2));
  EXPECT_THAT(other_.dead_letters(), SizeIs(1));
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  other_.take(settings_.sent[kOther]);
  EXPECT_FALSE(other_.ask(kSend, {place, place, 1, 0}, /*version=*/2));
  EXPECT_EQ(other_.at(place).sent, 1U);
  const auto effect = read_envelope(bytes_of(other_.sent[kOther].back())).value();
  EXPECT_EQ(effect.version, 1U);  // it still writes the old one
}

TEST_F(Barriers, AreRefusedWhereTheOwnerDoesNotKnowThemOrOneIsUnderWay) {
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, Barrier{3, BarrierStep::Read}));
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, Barrier{1, BarrierStep::Read}));
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, Barrier{2, BarrierStep::Write}));
  EXPECT_EQ(settings_.counts["barriers refused"], 3U);
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  EXPECT_EQ(settings_.counts["barriers refused"], 4U);
  EXPECT_THAT(settings_.sent[kOther], SizeIs(1));
}

// Found by the simulator: another program replayed a barrier that its owner had refused.
TEST_F(Barriers, AreRefusedByWhatTheOwnerKnewWhoeverReplaysIt) {
  OnePartition owned_by_old(kSettings, {1, 1});
  EXPECT_FALSE(owned_by_old.own(RecordKind::Barrier, kTwo));
  OnePartition replayed(kSettings, {1, 2}, identity_of_three(), KnownVersions{1, 1});
  EXPECT_FALSE(replayed.own(RecordKind::Barrier, kTwo));
  EXPECT_EQ(versions(replayed), std::pair(1, 1));
  EXPECT_EQ(replayed.partition.store().digest(), owned_by_old.partition.store().digest());
}

TEST_F(Barriers, StopASettingsPartitionOfAProgramThatDoesNotKnowThem) {
  OnePartition old(kSettings, {1, 1}, identity_of_three(), KnownVersions{1, 2});
  const auto why = old.own(RecordKind::Barrier, kTwo);
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("version 2"));
}

// Found by the simulator: a state that had passed the barrier was gone on with.
TEST_F(Barriers, KeepAProgramThatDoesNotKnowThemFromTheirState) {
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  StateBatch rows;
  rows.of(kSettings);
  settings_.partition.store().drain(rows);
  const LogIdentity identity = identity_of_three();
  Partition old(kSettings, identity, kSettings, {1, 1},
                [](Store& store) { return std::make_unique<Toy>(store); });
  rows.for_each([&](std::string_view key, const std::string_view* row) {
    const auto table = static_cast<std::uint8_t>(key[3]);
    ASSERT_TRUE(old.store().load(table, key.substr(4), *row).has_value());
  });
  const auto loaded = old.loaded(settings_.partition.position());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::WrongVersion);
}

TEST_F(Barriers, StopAPartitionOfAProgramThatDoesNotKnowThem) {
  OnePartition old(kThird, {1, 1});
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  const Offset next = old.partition.next_offset();
  const auto why = old.apply(settings_.sent[kThird][0]);
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("version 2"));
  EXPECT_EQ(old.partition.next_offset(), next);
}

TEST_F(Barriers, ComeFromTheSettingsPartitionAlone) {
  EXPECT_FALSE(other_.own(RecordKind::Barrier, kTwo));
  EXPECT_EQ(versions(other_), std::pair(1, 1));
  ASSERT_THAT(other_.dead_letters(), SizeIs(1));
  flat::Builder body;
  Envelope forged;
  forged.kind = RecordKind::Barrier;
  forged.body = flat::write_root(body, kTwo);
  forged.stream = StreamPlace{kOurLog, kThird, kOther, 1, {}, 1, 0};
  EXPECT_FALSE(other_.apply(forged));
  EXPECT_THAT(other_.dead_letters(), SizeIs(2));
  EXPECT_EQ(versions(other_), std::pair(1, 1));
}

TEST_F(Barriers, AreTakenOnceHoweverOftenTheyCome) {
  EXPECT_FALSE(settings_.own(RecordKind::Barrier, kTwo));
  other_.take(settings_.sent[kOther]);
  const Hash128 digest = other_.partition.store().digest();
  other_.take(settings_.sent[kOther]);
  EXPECT_EQ(other_.partition.store().digest(), digest);
  EXPECT_EQ(other_.counts["streams repeated"], 1U);
}

}  // namespace
}  // namespace jari::toy
