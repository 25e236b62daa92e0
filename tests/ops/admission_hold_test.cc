#include "ops/jari/admission_hold.h"

#include <gmock/gmock.h>

namespace jari::ops {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr AdmissionHold::Look kCalm{2'000, 0};
constexpr AdmissionHold::Look kShortOfDisk{999, 0};
constexpr AdmissionHold::Look kBusy{2'000, kOverloadPercent};

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
