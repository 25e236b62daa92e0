#include "engine/runtime/ticker.h"

#include <gmock/gmock.h>

namespace jari {
namespace {

constexpr milliseconds kOutage{10'000};
constexpr Instant kNoon{1'600'000'000'000};

ClockReading at(std::int64_t wall_ms, std::int64_t boot_ms) {
  return {kNoon + milliseconds{wall_ms}, milliseconds{100'000 + boot_ms}};
}

TEST(Ticker, FollowsTheWallClock) {
  Ticker ticker(kOutage);
  EXPECT_EQ(ticker.next(at(0, 0), kNoon).time, kNoon);
  EXPECT_EQ(ticker.next(at(250, 250), kNoon).time, kNoon + milliseconds{250});
}

TEST(Ticker, AGapInWhichNothingTickedIsAnOutage) {
  Ticker ticker(kOutage);
  EXPECT_FALSE(ticker.next(at(10'000, 10'000), kNoon).is_outage);
  EXPECT_TRUE(ticker.next(at(10'001, 10'001), kNoon).is_outage);
}

TEST(Ticker, GoesOnAtHalfSpeedAfterAStepBackUntilTheWallHasCaughtUp) {
  Ticker ticker(kOutage);
  Instant now = ticker.next(at(5'000, 5'000), kNoon).time;
  const TickTime back = ticker.next(at(1'000, 6'000), now);
  EXPECT_EQ(back.alarm, ClockAlarm::SetBack);
  EXPECT_EQ(back.time, now);
  const TickTime later = ticker.next(at(3'000, 8'000), back.time);
  EXPECT_EQ(later.time, now + milliseconds{1'000});
  const TickTime caught_up = ticker.next(at(12'000, 17'000), now + milliseconds{5'500});
  EXPECT_EQ(caught_up.alarm, ClockAlarm::None);
  EXPECT_EQ(caught_up.time, kNoon + milliseconds{12'000});
}

TEST(Ticker, GoesOnAtHalfSpeedFromWhereAnotherNodeHasBroughtTheLog) {
  Ticker ticker(kOutage);
  Instant now = kNoon + milliseconds{60'000};
  now = ticker.next(at(0, 0), now).time;
  now = now + milliseconds{40'000};  // of a partition that was taken over from who is ahead
  EXPECT_EQ(ticker.next(at(1'000, 1'000), now).time, now);
  EXPECT_EQ(ticker.next(at(3'000, 3'000), now).time, now + milliseconds{1'000});
}

TEST(Ticker, HoldsAStepForwardBackForAMinute) {
  Ticker ticker(kOutage);
  (void)ticker.next(at(0, 0), kNoon);
  const TickTime held = ticker.next(at(3'600'100, 100), kNoon);
  EXPECT_EQ(held.alarm, ClockAlarm::SetForward);
  EXPECT_EQ(held.time, kNoon + milliseconds{100});
  EXPECT_FALSE(held.is_outage);
  const Instant before = kNoon + milliseconds{60'000};
  const TickTime believed = ticker.next(at(3'660'100, 60'100), before);
  EXPECT_EQ(believed.alarm, ClockAlarm::None);
  EXPECT_TRUE(believed.is_outage);
  EXPECT_EQ(believed.time, kNoon + milliseconds{3'660'100});
}

TEST(Ticker, AShortStepForwardThatIsBelievedIsAnOutageToo) {
  Ticker ticker(kOutage);
  (void)ticker.next(at(0, 0), kNoon);
  EXPECT_EQ(ticker.next(at(5'100, 100), kNoon).alarm, ClockAlarm::SetForward);
  const Instant before = kNoon + milliseconds{60'000};
  EXPECT_TRUE(ticker.next(at(65'100, 60'100), before).is_outage);
  EXPECT_FALSE(ticker.next(at(65'200, 60'200), kNoon + milliseconds{65'100}).is_outage);
}

TEST(Ticker, AConfirmationOfNothingConfirmsNoLaterStep) {
  Ticker ticker(kOutage);
  (void)ticker.next(at(0, 0), kNoon);
  ticker.confirm();
  EXPECT_EQ(ticker.next(at(3'600'100, 100), kNoon).alarm, ClockAlarm::SetForward);
}

TEST(Ticker, AnOperatorMayConfirmAStepForward) {
  Ticker ticker(kOutage);
  (void)ticker.next(at(0, 0), kNoon);
  (void)ticker.next(at(3'600'100, 100), kNoon);
  ticker.confirm();
  EXPECT_TRUE(ticker.next(at(3'600'200, 200), kNoon + milliseconds{100}).is_outage);
}

TEST(Ticker, AForwardStepThatIsTakenBackLeavesNothing) {
  Ticker ticker(kOutage);
  (void)ticker.next(at(0, 0), kNoon);
  (void)ticker.next(at(3'600'100, 100), kNoon);
  const TickTime again = ticker.next(at(200, 200), kNoon + milliseconds{100});
  EXPECT_EQ(again.alarm, ClockAlarm::None);
  EXPECT_EQ(again.time, kNoon + milliseconds{200});
}

}  // namespace
}  // namespace jari
