#include "ops/jari/admission_hold.h"

#include <gmock/gmock.h>

namespace jari::ops {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

constexpr AdmissionHold::Look kCalm{2'000, 0, 0};
constexpr AdmissionHold::Look kShortOfDisk{999, 0, 0};
constexpr AdmissionHold::Look kBusy{2'000, kOverloadPercent, 0};
constexpr AdmissionHold::Look kBehind{2'000, 0, 61};
constexpr AdmissionHold::Bounds kBounds{1'000, 60};
constexpr Instant kNoon{1'784'635'200'000};
constexpr milliseconds kALook{1'000};

AdmissionHold node(std::string_view name, std::string_view said = "") {
  return {name, kBounds, said};
}

TEST(AdmissionHolds, NothingIsSaidWhereNothingChanges) {
  AdmissionHold fresh = node("a");
  EXPECT_EQ(fresh.look(kCalm), std::nullopt);
  EXPECT_EQ(fresh.next("", kNoon), std::nullopt);
}

TEST(AdmissionHolds, ShortageOfDiskHoldsAtOnceAndLetsGoAtOnce) {
  AdmissionHold hold = node("a");
  EXPECT_THAT(hold.look(kShortOfDisk), Optional(Eq("free disk space")));
  EXPECT_EQ(hold.look(kShortOfDisk), std::nullopt);
  EXPECT_THAT(hold.look(kCalm), Optional(Eq("")));
}

TEST(AdmissionHolds, AnOldDatabaseThatIsTooFarBehindHoldsUntilItHasHalfCaughtUp) {
  AdmissionHold hold = node("a");
  EXPECT_EQ(hold.look({2'000, 0, 60}), std::nullopt);
  EXPECT_THAT(hold.look({2'000, 0, 61}), Optional(Eq("the old database is behind")));
  EXPECT_EQ(hold.look({2'000, 0, 31}), std::nullopt);
  EXPECT_THAT(hold.look({2'000, 0, 30}), Optional(Eq("")));
  AdmissionHold careless("a", {1'000, 0}, "");
  EXPECT_EQ(careless.look({2'000, 0, 1'000'000}), std::nullopt);
}

// Whoever is admitted could not book while their time runs.
TEST(AdmissionHolds, RowsThatFillTheRoomForSinksHoldUntilThereIsRoom) {
  AdmissionHold hold = node("a");
  EXPECT_THAT(hold.look({2'000, 0, 0, true}), Optional(Eq("a sink takes no rows")));
  EXPECT_EQ(hold.look({2'000, 0, 61, true}), std::nullopt);
  for (std::uint32_t i = 1; i < kUnblockedLooks; ++i) {  // a few rows went: no room for many
    EXPECT_EQ(hold.look(kCalm), std::nullopt) << i;
  }
  EXPECT_THAT(hold.look(kCalm), Optional(Eq("")));
}

TEST(AdmissionHolds, AnOverloadMustLast) {
  AdmissionHold hold = node("a");
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_EQ(hold.look(kCalm), std::nullopt);
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_THAT(hold.look(kBusy), Optional(Eq("overload")));
}

TEST(AdmissionHolds, AnOverloadIsOverOnlyWellBelowWhereItBegan) {
  AdmissionHold hold = node("a", "overload (a, 2026-07-21T12:00:00.000Z)");
  EXPECT_EQ(hold.look({2'000, kOverloadOverPercent}), std::nullopt);
  EXPECT_THAT(hold.look({2'000, kOverloadOverPercent - 1}), Optional(Eq("")));
}

TEST(AdmissionHolds, DiskGoesBeforeOverload) {
  AdmissionHold hold = node("a", "overload (a, 2026-07-21T12:00:00.000Z)");
  EXPECT_THAT(hold.look({999, 100}), Optional(Eq("free disk space")));
  EXPECT_THAT(hold.look(kBusy), Optional(Eq("")));
}

/// One partition's state, and nodes that look at it once a second.
class Holders : public ::testing::Test {
 protected:
  void look(AdmissionHold& hold, const AdmissionHold::Look& figures) {
    (void)hold.look(figures);
    tell(hold.next(said_, now_));
  }
  void tell(const std::optional<std::string>& next) {
    if (!next) return;
    said_ = *next;
    ++records_;
  }
  void pass(milliseconds time) { now_ = now_ + time; }

  std::string said_;  // the newest AdmissionHeld; empty: it let go
  Instant now_ = kNoon;
  int records_ = 0;
};

TEST_F(Holders, AreNamedWithTheirReasonAndTheLogsTime) {
  AdmissionHold a = node("a");
  look(a, kBehind);
  EXPECT_EQ(said_, "the old database is behind (a, " + to_text(kNoon) + ")");
  look(a, kCalm);
  EXPECT_EQ(said_, "");
}

TEST_F(Holders, LetGoOfNothingThatAnotherHolds) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  look(a, kBehind);
  look(b, kCalm);
  look(b, kShortOfDisk);
  look(b, kCalm);
  EXPECT_THAT(said_, HasSubstr("(a, "));
  EXPECT_THAT(said_, Not(HasSubstr("(b, ")));
}

TEST_F(Holders, LetGoOfNothingThatAnotherHeldBeforeTheyStarted) {
  AdmissionHold a = node("a");
  look(a, kBehind);
  AdmissionHold b = node("b", said_);
  look(b, kCalm);
  EXPECT_THAT(said_, HasSubstr("(a, "));
  EXPECT_EQ(records_, 1);
}

TEST_F(Holders, HoldUntilTheLastOfThemLetsGo) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  look(a, kBehind);
  look(b, kBehind);
  EXPECT_THAT(said_, HasSubstr("(a, "));
  EXPECT_THAT(said_, HasSubstr("(b, "));
  look(a, kCalm);
  EXPECT_EQ(said_, "the old database is behind (b, " + to_text(now_) + ")");
  look(b, kCalm);
  EXPECT_EQ(said_, "");
}

TEST_F(Holders, LetGoOfTheirOwnAfterARestart) {
  AdmissionHold a = node("a");
  look(a, kBehind);
  AdmissionHold again = node("a", said_);
  look(again, {2'000, 0, 31});  // goes on from half
  EXPECT_EQ(records_, 1);
  look(again, {2'000, 0, 30});
  EXPECT_EQ(said_, "");
}

TEST_F(Holders, SayAnewThatTheyLive) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  for (milliseconds past{0}; past < kHoldSilence * 10; past += kALook) {
    look(a, kBehind);
    look(b, kCalm);
    ASSERT_THAT(said_, HasSubstr("(a, "));
    pass(kALook);
  }
  EXPECT_EQ(records_, kHoldSilence * 10 / kHoldRenewal);
}

TEST_F(Holders, ThatAreDeadAreLetGoOfByAnyOther) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  look(a, kBehind);
  pass(kHoldSilence);
  look(b, kCalm);
  EXPECT_THAT(said_, HasSubstr("(a, "));
  pass(kALook);
  look(b, kCalm);
  EXPECT_EQ(said_, "");
}

TEST_F(Holders, ThatAreDeadAreLetGoOfByWhoHoldsItself) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  look(a, kBehind);
  pass(kHoldSilence + kALook);
  look(b, kShortOfDisk);
  EXPECT_EQ(said_, "free disk space (b, " + to_text(now_) + ")");
}

TEST_F(Holders, ThatWereFrozenHoldAgain) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  look(a, kBehind);
  pass(kHoldSilence + kALook);
  look(b, kCalm);
  ASSERT_EQ(said_, "");
  look(a, kBehind);
  EXPECT_EQ(said_, "the old database is behind (a, " + to_text(now_) + ")");
}

TEST_F(Holders, WhoSpokeAtOnceAreAllHeardInTheEnd) {
  AdmissionHold a = node("a");
  AdmissionHold b = node("b");
  (void)a.look(kBehind);
  (void)b.look(kBehind);
  const auto of_a = a.next(said_, now_);
  const auto of_b = b.next(said_, now_);  // has not seen it
  tell(of_a);
  tell(of_b);
  for (AdmissionHold* one : {&a, &b}) look(*one, kBehind);
  EXPECT_THAT(said_, HasSubstr("(a, "));
  EXPECT_THAT(said_, HasSubstr("(b, "));
  EXPECT_EQ(records_, 3);
}

TEST_F(Holders, SayTheirNewReason) {
  AdmissionHold a = node("a");
  look(a, kBehind);
  look(a, {999, 0, 61});
  EXPECT_EQ(said_, "free disk space (a, " + to_text(now_) + ")");
}

TEST_F(Holders, WhoAreNotNamedAreNobody) {
  for (const char* unnamed :
       {"the old database is behind", "why (a)", "why (a, then)", "(a, ", "; ", "why (, 2026)"}) {
    said_ = unnamed;
    AdmissionHold b = node("b", said_);
    look(b, kCalm);
    EXPECT_EQ(said_, "") << unnamed;
  }
}

TEST_F(Holders, WithANameThatIsNoIdAreKnownAgain) {
  AdmissionHold odd("my node; (one), ", kBounds, "");
  look(odd, kBehind);
  look(odd, kBehind);
  EXPECT_EQ(records_, 1);
  look(odd, kCalm);
  EXPECT_EQ(said_, "");
}

}  // namespace
}  // namespace jari::ops
