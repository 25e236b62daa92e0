#include <limits>

#include "consumers/appointments/doses.h"
#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using testing::SizeIs;

/// Two appointments at a time; alice has been admitted for long.
class DoseTest : public BookingStory {
 protected:
  void SetUp() override {
    auto settings = flu();
    settings.active_appointments_max = 3;
    configure(settings);
    eligible("alice");
    admit("alice", 1, 3600 * 24 * 90);
  }
  Interval asked_for(const Said& said) {
    const auto reserves = said.effects_of<Reserve>();
    EXPECT_THAT(reserves, SizeIs(1));
    return reserves.empty() ? Interval{} : Interval{reserves[0].not_before, reserves[0].not_after};
  }
};

TEST_F(DoseTest, DaysCountFromTheLatestDateThatIsKnown) {
  booked("alice");
  const Interval second = asked_for(book("alice", {"s1", "aug", 30}));
  EXPECT_EQ(second.not_before, day(28));
  EXPECT_EQ(second.not_after, day(49));
  EXPECT_EQ(grant(id, "alice", {"s1", "aug", 30}).outcome().appointment->dose, 2);
}

TEST_F(DoseTest, DaysCountFromTheLastDoseDone) {
  eligible("alice", "old", 1, day(-5), "a");
  const Interval second = asked_for(book("alice"));
  EXPECT_EQ(second.not_before, day(16));
  EXPECT_EQ(second.not_after, day(37));
  eligible("bob", "old", 0, day(-5));
  admit("bob");
  EXPECT_EQ(asked_for(book("bob")).not_before, day(16)) << "whenever such a date is known";
}

TEST_F(DoseTest, DaysAreNeverCountedOutOfRange) {
  EXPECT_EQ(eligible("alice", "old", 1, Day{std::numeric_limits<std::int32_t>::max()}, "a")
                .outcome()
                .field,
            "last_dose_on");
  EXPECT_EQ(eligible("alice", "old", 1, Day{std::numeric_limits<std::int32_t>::min()}, "a")
                .outcome()
                .field,
            "last_dose_on");
  auto settings = flu();
  settings.products[0].interval_days_max = std::numeric_limits<std::int32_t>::max();
  configure(settings);
  eligible("alice", "old", 1, day(-5), "a");
  const Interval second = asked_for(book("alice"));
  EXPECT_EQ(second.not_before, day(16));
  EXPECT_EQ(second.not_after, (Day{std::numeric_limits<std::int32_t>::max()}));
}

TEST_F(DoseTest, WithoutALatestDayThereIsNone) {
  booked("alice");
  const Interval mixed = asked_for(book("alice", {"s1", "aug", 40, "c"}));
  EXPECT_EQ(mixed.not_before, day(35));
  EXPECT_FALSE(mixed.not_after.is_known());
}

TEST_F(DoseTest, ASecondDoseIsOfTheSameProductOrOfOneThatFollows) {
  booked("alice");
  const Outcome other = book("alice", {"s1", "aug", 30, "b"}).outcome();
  EXPECT_EQ(other.code, Code::NotEligible);
  EXPECT_EQ(other.field, "") << "b has one dose: it is the number that is wrong";
  eligible("carol", "old", 1, day(-60), "x");
  admit("carol");
  const Outcome unknown = book("carol").outcome();
  EXPECT_EQ(unknown.code, Code::NotEligible);
  EXPECT_EQ(unknown.field, "product");
  eligible("carol", "old", 1, day(-60), "a");
  EXPECT_THAT(book("carol", {"s1", "mon", 7, "c"}).effects_of<Reserve>(), SizeIs(1));
}

TEST_F(DoseTest, BeyondTheProductsDosesNobodyIsEligible) {
  eligible("alice", "old", 2, day(-60), "a");
  EXPECT_EQ(book("alice").outcome().code, Code::NotEligible);
  EXPECT_EQ(eligibility_of("alice").code, Code::NotEligible);
}

TEST_F(DoseTest, AMovedFirstDoseLeavesTheSecondItsMinimum) {
  const std::string first = booked("alice");
  booked("alice", {"s1", "aug", 30});
  const Interval interval = asked_for(move("alice", first, {"s1", "tue"}));
  EXPECT_FALSE(interval.not_before.is_known()) << "there is no dose before the first";
  EXPECT_EQ(interval.not_after, day(9));
}

TEST_F(DoseTest, AMovedSecondDoseCountsFromTheFirst) {
  booked("alice");
  const std::string second = booked("alice", {"s1", "aug", 30});
  const Interval interval = asked_for(move("alice", second, {"s1", "sep"}));
  EXPECT_EQ(interval.not_before, day(28));
  EXPECT_EQ(interval.not_after, day(49));
}

TEST_F(DoseTest, AMovedSecondDoseCountsFromTheOneThatWasDone) {
  eligible("alice", "old", 1, day(-5), "a");
  const std::string second = booked("alice", {"s1", "aug", 20});
  EXPECT_EQ(asked_for(move("alice", second, {"s1", "sep"})).not_before, day(16));
}

TEST_F(DoseTest, AnotherProductMustFitBetweenItsNeighbours) {
  const std::string first = booked("alice");
  const std::string second = booked("alice", {"s1", "aug", 30});
  const Outcome outcome = move("alice", first, {"s1", "tue"}, "c").outcome();
  EXPECT_EQ(outcome.code, Code::NotEligible) << "a does not follow c";
  EXPECT_EQ(outcome.field, "product");
  EXPECT_THAT(move("alice", second, {"s1", "sep"}, "c").effects_of<Reserve>(), SizeIs(1));
}

TEST_F(DoseTest, OverridesOfAnOperatorGoToTheSite) {
  booked("alice");
  const auto bits = static_cast<std::uint32_t>(Override::TooEarlyForNextDose);
  const auto reserves = book_for("alice", bits, {"s1", "aug", 10}).effects_of<Reserve>();
  ASSERT_THAT(reserves, SizeIs(1));
  EXPECT_EQ(reserves[0].overrides, bits);
  EXPECT_EQ(reserves[0].not_before, day(28));
}

}  // namespace
}  // namespace jari::appointments
