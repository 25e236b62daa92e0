#include "ops/jari/admission_hold.h"

#include <gmock/gmock.h>

namespace jari::ops {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr AdmissionHold::Look kCalm{2'000, 0, 0};
constexpr AdmissionHold::Look kShortOfDisk{999, 0, 0};
constexpr AdmissionHold::Look kBusy{2'000, kOverloadPercent, 0};

TEST(AdmissionHolds, NothingIsSaidWhereNothingChanges) {
  AdmissionHold fresh(1'000, "");
  EXPECT_EQ(fresh.look(kCalm), std::nullopt);
  AdmissionHold restarted(1'000, "free disk space");
  EXPECT_EQ(restarted.look(kShortOfDisk), std::nullopt);
}

TEST(AdmissionHolds, ShortageOfDiskHoldsAtOnceAndLetsGoAtOnce) {
  AdmissionHold hold(1'000, "");
  EXPECT_THAT(hold.look(kShortOfDisk), Optional(Eq("free disk space")));
  EXPECT_EQ(hold.look(kShortOfDisk), std::nullopt);
  EXPECT_THAT(hold.look(kCalm), Optional(Eq("")));
}

TEST(AdmissionHolds, AnOldDatabaseThatIsTooFarBehindHoldsUntilItHasHalfCaughtUp) {
  AdmissionHold hold(1'000, "", 60);
  EXPECT_EQ(hold.look({2'000, 0, 60}), std::nullopt);
  EXPECT_THAT(hold.look({2'000, 0, 61}), Optional(Eq("the old database is behind")));
  EXPECT_EQ(hold.look({2'000, 0, 31}), std::nullopt);
  EXPECT_THAT(hold.look({2'000, 0, 30}), Optional(Eq("")));
  AdmissionHold careless(1'000, "");
  EXPECT_EQ(careless.look({2'000, 0, 1'000'000}), std::nullopt);
}

TEST(AdmissionHolds, WhatHeldBeforeAStartIsLetGoOnceItIsOver) {
  AdmissionHold restarted(1'000, "free disk space");
  EXPECT_THAT(restarted.look(kCalm), Optional(Eq("")));
}

TEST(AdmissionHolds, AnOverloadMustLast) {
  AdmissionHold hold(1'000, "");
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_EQ(hold.look(kCalm), std::nullopt);
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_EQ(hold.look(kBusy), std::nullopt);
  EXPECT_THAT(hold.look(kBusy), Optional(Eq("overload")));
}

TEST(AdmissionHolds, AnOverloadIsOverOnlyWellBelowWhereItBegan) {
  AdmissionHold hold(1'000, "overload");
  EXPECT_EQ(hold.look({2'000, kOverloadOverPercent}), std::nullopt);
  EXPECT_THAT(hold.look({2'000, kOverloadOverPercent - 1}), Optional(Eq("")));
}

TEST(AdmissionHolds, DiskGoesBeforeOverload) {
  AdmissionHold hold(1'000, "overload");
  EXPECT_THAT(hold.look({999, 100}), Optional(Eq("free disk space")));
  EXPECT_THAT(hold.look(kBusy), Optional(Eq("")));
}

}  // namespace
}  // namespace jari::ops
