// The engine's own records as one partition applies them: time, ownership, dead letters.

#include "engine/runtime/partition.h"

#include <gmock/gmock.h>

#include "tests/engine/runtime/one_partition.h"

namespace jari::toy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr PartitionRef kHere{kWork, 1};
constexpr PartitionRef kThere{kWork, 2};
const std::string kPlaceHere = place_in(kHere);
const std::string kPlaceThere = place_in(kThere);

class APartition : public ::testing::Test {
 protected:
  OnePartition here_{kHere};
  [[nodiscard]] LogTime time() const { return here_.partition.time(); }
};

TEST_F(APartition, BeginsAtTheTimeInItsGenesis) {
  EXPECT_EQ(time().now, kBegin);
}

TEST_F(APartition, TakesItsTimeFromItsOwnersTicksAndNeverGoesBack) {
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{100}));
  EXPECT_EQ(time().now, kBegin + milliseconds{100});
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{50}));
  EXPECT_EQ(time().now, kBegin + milliseconds{100});
}

TEST_F(APartition, IgnoresTicksOfAnotherProcessOrEpoch) {
  const Hash128 digest = here_.partition.store().digest();
  const Offset upto = here_.partition.next_offset() - 1;
  const Instant later = kBegin + milliseconds{100};
  EXPECT_FALSE(here_.own(RecordKind::Tick, Tick{1, Hash128{2, 2}, later, upto, digest}));
  EXPECT_FALSE(here_.own(RecordKind::Tick, Tick{2, kUs, later, upto, digest}));
  EXPECT_EQ(time().now, kBegin);
  EXPECT_EQ(here_.counts["ticks not-the-owners"], 2U);
}

TEST_F(APartition, IgnoresATickMoreThanAnOutageAhead) {
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{10'001}));
  EXPECT_EQ(time().now, kBegin);
  EXPECT_EQ(here_.counts["ticks too-far-ahead"], 1U);
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{10'000}));
  EXPECT_EQ(time().now, kBegin + milliseconds{10'000});
}

TEST_F(APartition, MovesDeadlinesByAnOutageThatBeginsNowAndByNoOther) {
  const Deadline end = time().after(milliseconds{5'000});
  EXPECT_FALSE(here_.jump(kBegin - milliseconds{1}, kBegin + milliseconds{60'000}));
  EXPECT_FALSE(here_.jump(kBegin + milliseconds{1}, kBegin + milliseconds{60'000}));
  EXPECT_FALSE(here_.jump(kBegin, kBegin));
  EXPECT_FALSE(here_.own(RecordKind::TimeJump,
                         TimeJump{1, Hash128{2, 2}, kBegin, kBegin + milliseconds{60'000}, ""}));
  EXPECT_EQ(here_.counts["time-jumps ignored"], 4U);
  EXPECT_EQ(time().now, kBegin);

  EXPECT_FALSE(here_.jump(kBegin, kBegin + milliseconds{60'000}));
  EXPECT_EQ(time().now, kBegin + milliseconds{60'000});
  EXPECT_FALSE(time().is_over(end));
  EXPECT_EQ(time().left(end), milliseconds{5'000});
  EXPECT_EQ(time().at(end), kBegin + milliseconds{65'000});
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{65'000}));
  EXPECT_TRUE(time().is_over(end));
}

TEST_F(APartition, BelongsToTheFirstClaimOfTheNextEpoch) {
  const Hash128 first{5, 5};
  EXPECT_FALSE(here_.own(RecordKind::Claim, Claim{2, "first", first, 1, 1}));
  EXPECT_FALSE(here_.own(RecordKind::Claim, Claim{2, "second", Hash128{6, 6}, 1, 1}));
  EXPECT_FALSE(here_.own(RecordKind::Claim, Claim{1, "third", Hash128{8, 8}, 1, 1}));
  EXPECT_EQ(here_.partition.owner(), "first");
  EXPECT_EQ(here_.partition.row().epoch, 2U);
  EXPECT_EQ(here_.partition.row().process, first);
  EXPECT_EQ(here_.counts["claims lost"], 2U);
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{100}));  // of the process before it
  EXPECT_EQ(time().now, kBegin);
}

TEST_F(APartition, StopsBeforeATickWhoseDigestIsAnother) {
  const Hash128 digest = here_.partition.store().digest();
  const Offset next = here_.partition.next_offset();
  const auto why = here_.own(RecordKind::Tick,
                             Tick{1, kUs, kBegin + milliseconds{100}, next - 1, Hash128{9, 9}});
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr("the same log gave another state"));
  EXPECT_THAT(*why, HasSubstr(to_text(digest)));
  EXPECT_EQ(here_.partition.next_offset(), next);
  EXPECT_EQ(here_.partition.store().digest(), digest);
}

TEST_F(APartition, CountsATickWhoseDigestItCannotCompare) {
  const Tick ahead{1, kUs, kBegin + milliseconds{100}, here_.partition.next_offset(), {}};
  EXPECT_FALSE(here_.own(RecordKind::Tick, ahead));
  EXPECT_EQ(here_.counts["digests not-compared"], 1U);
  EXPECT_EQ(time().now, kBegin + milliseconds{100});
}

TEST_F(APartition, ComparesATickThatSaysTheDigestBeforeAnEarlierOne) {
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{100}));
  const DigestAt earlier = here_.partition.digest_for_tick(false);
  EXPECT_EQ(earlier.offset, here_.partition.next_offset() - 2);
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{200}));
  const auto say = [&](const Hash128& digest) {
    return here_.own(RecordKind::Tick,
                     Tick{1, kUs, kBegin + milliseconds{300}, earlier.offset, digest});
  };
  EXPECT_FALSE(say(earlier.digest));
  EXPECT_EQ(here_.counts["digests not-compared"], 0U);
  const auto why = say(Hash128{9, 9});
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, HasSubstr(to_text(earlier.digest)));
}

TEST_F(APartition, SaysTheDigestOfItsStateWhereTheTickComesNext) {
  EXPECT_FALSE(here_.tick(kBegin + milliseconds{100}));
  const DigestAt now = here_.partition.digest_for_tick(true);
  EXPECT_EQ(now.offset, here_.partition.next_offset() - 1);
  EXPECT_EQ(now.digest, here_.partition.store().digest());
  EXPECT_NE(now.digest, here_.partition.digest_for_tick(false).digest) << "its time has moved";
}

TEST_F(APartition, KeepsWhatItCannotReadAsDeadLettersAndGoesOn) {
  Envelope envelope;
  const auto is_applied = [&] { EXPECT_FALSE(here_.apply(envelope)); };
  EXPECT_FALSE(here_.apply(std::string_view("no record at all")));
  EXPECT_FALSE(here_.ask(/*type=*/99, {kPlaceHere, kPlaceThere, 1, 0}));
  EXPECT_FALSE(here_.ask(kSend, {kPlaceHere, kPlaceThere, 1, 0}, /*version=*/2));
  envelope.kind = RecordKind::Request;
  envelope.type = kSend;
  envelope.version = 1;
  is_applied();  // nobody asked for it
  envelope.kind = RecordKind::Effect;
  is_applied();  // of no stream
  envelope.kind = RecordKind::Row;
  is_applied();
  envelope.kind = RecordKind::Own;
  is_applied();
  envelope.kind = RecordKind::Tick;
  is_applied();
  EXPECT_THAT(here_.dead_letters(),
              ElementsAre(HasSubstr("no record"), HasSubstr("unknown type"),
                          HasSubstr("unknown type or version"), HasSubstr("a request"),
                          HasSubstr("an effect"), HasSubstr("outside of a sink"),
                          HasSubstr("node's own record"), HasSubstr("none of its kind")));
  EXPECT_EQ(here_.partition.row().dead_letters, 8U);
  EXPECT_THAT(here_.sent, IsEmpty());
  EXPECT_FALSE(here_.ask(kSend, {kPlaceHere, kPlaceThere, 1, 0}));
  EXPECT_EQ(here_.at(kPlaceHere).sent, 1U);
}

TEST_F(APartition, TakesStepsInAChainThatEveryRecordChanges) {
  const OnePartition same(kHere);
  EXPECT_EQ(here_.partition.chain(), same.partition.chain());
  const Sha256 before = here_.partition.chain();
  EXPECT_FALSE(here_.apply(std::string_view("no record, but it stands there")));
  EXPECT_NE(here_.partition.chain(), before);
}

}  // namespace
}  // namespace jari::toy
