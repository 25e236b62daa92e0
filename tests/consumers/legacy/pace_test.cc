#include "consumers/legacy/pace.h"

#include <gmock/gmock.h>

namespace jari::legacy {
namespace {

using std::chrono::milliseconds;

Moment at(std::int64_t ms, std::uint32_t minute_of_day = 12 * 60) {
  return {Instant{1'772'355'600'000 + ms}, milliseconds{ms}, minute_of_day};
}

/// Rows that it lets go in so long, asked again whenever it says.
std::size_t rows_in(Pace& pace, milliseconds span, milliseconds begins = milliseconds{0}) {
  std::size_t rows = 0;
  for (milliseconds now = begins; now < begins + span;) {
    const auto leave = pace.ask(1'000'000, at(now.count()));
    if (leave.rows == 0) {
      EXPECT_GT(leave.wait.count(), 0);
      now += leave.wait;
      continue;
    }
    pace.sent(leave.rows);
    rows += leave.rows;
  }
  return rows;
}

TEST(Pace, WithoutARateEachBatchIsAsLargeAsItMayBe) {
  Pace pace;
  EXPECT_EQ(pace.ask(5000, at(0)).rows, 1000U);
  EXPECT_EQ(pace.ask(7, at(0)).rows, 7U);
  EXPECT_EQ(pace.ask(0, at(0)).rows, 0U);
}

TEST(Pace, KeepsTheRateAndUsesIt) {
  for (const std::uint32_t rate : {1U, 3U, 100U, 2500U, 100'000U}) {
    Pace pace;
    pace.set({.rows_per_second = rate});
    const std::size_t rows = rows_in(pace, milliseconds{20'000});
    EXPECT_LE(rows, std::size_t{rate} * 20 + 2 * std::max(1U, rate / 4)) << rate;
    EXPECT_GE(rows + rate, std::size_t{std::min(rate, 100'000U)} * 20 * 95 / 100) << rate;
  }
}

TEST(Pace, WhatWasNotUsedIsLost) {
  Pace pace;
  pace.set({.rows_per_second = 100});
  EXPECT_EQ(pace.ask(0, at(0)).rows, 0U);
  // An hour later it may not send an hour's rows at once.
  const std::size_t rows = rows_in(pace, milliseconds{1000}, milliseconds{3'600'000});
  EXPECT_LE(rows, 150U);
}

TEST(Pace, ALowerRateHoldsAtOnce) {
  Pace pace;
  pace.set({.rows_per_second = 10'000});
  (void)rows_in(pace, milliseconds{1000});
  pace.set({.rows_per_second = 10});
  EXPECT_LE(rows_in(pace, milliseconds{10'000}, milliseconds{1000}), 100U + 10U);
}

TEST(Pace, SlowAnswersHalveWhatIsSentAndQuickOnesWinItBack) {
  Pace pace;
  pace.answered(milliseconds{5000}, at(0));
  EXPECT_EQ(pace.share(), Pace::kWholeShare / 2);
  const auto leave = pace.ask(5000, at(0));
  EXPECT_EQ(leave.rows, 0U);
  EXPECT_EQ(leave.wait, milliseconds{5000});  // half of the time it works
  EXPECT_EQ(pace.ask(5000, at(5000)).rows, 500U);
  milliseconds now{5000};
  int answers = 0;
  for (; pace.share() < Pace::kWholeShare; ++answers) {
    pace.answered(milliseconds{10}, at(now.count()));
    now += milliseconds{40};
  }
  EXPECT_EQ(answers, 8);
  EXPECT_EQ(pace.ask(5000, at(now.count())).rows, 1000U);
}

TEST(Pace, ADatabaseThatStaysSlowIsStillAskedNowAndThen) {
  Pace pace;
  milliseconds now{0};
  for (int i = 0; i < 20; ++i) {
    pace.answered(milliseconds{60'000}, at(now.count()));
    const auto leave = pace.ask(5000, at(now.count()));
    EXPECT_LE(leave.wait, Pace::kRestMax);
    now += leave.wait;
    EXPECT_GT(pace.ask(5000, at(now.count())).rows, 0U);
  }
  EXPECT_EQ(pace.share(), 1U);
}

TEST(Pace, SendsWithinItsHoursOnly) {
  Pace pace;
  PaceSettings settings;
  settings.hours = {*parse_hours("22:00-06:00"), *parse_hours("12:00-12:30")};
  pace.set(settings);
  EXPECT_GT(pace.ask(1, at(0, 23 * 60)).rows, 0U);
  EXPECT_GT(pace.ask(1, at(0, 0)).rows, 0U);
  EXPECT_EQ(pace.ask(1, at(0, 6 * 60)).rows, 0U);
  EXPECT_GT(pace.ask(1, at(0, 6 * 60)).wait.count(), 0);
  EXPECT_GT(pace.ask(1, at(0, 12 * 60 + 29)).rows, 0U);
  EXPECT_EQ(pace.ask(1, at(0, 12 * 60 + 30)).rows, 0U);
}

TEST(Pace, HoursAreTwoTimesOfTheDay) {
  EXPECT_TRUE(parse_hours("00:00-24:00").has_value());
  EXPECT_TRUE(parse_hours("00:00-24:00")->has(24 * 60 - 1));
  for (const char* bad : {"", "1:00-2:00", "08:00-08:00", "08:60-09:00", "25:00-26:00",
                          "08:00 09:00", "08:00-09:0x", "-8:00-09:00"}) {
    EXPECT_FALSE(parse_hours(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace jari::legacy
