#include "consumers/queue/line.h"

#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jari::queue {
namespace {

TEST(Line, NobodyWaitsInAnEmptyOne) {
  const Line line;
  EXPECT_EQ(line.waiting(), 0U);
  EXPECT_EQ(line.next_after(0), 0U);
  EXPECT_EQ(line.ahead_of(1), 0U);
  EXPECT_FALSE(line.waits(1));
}

TEST(Line, CountsWhoIsAheadAndFindsTheNext) {
  Line line;
  for (int i = 0; i < 5; ++i) line.join();
  line.leave(2);
  line.leave(4);
  EXPECT_EQ(line.waiting(), 3U);
  EXPECT_EQ(line.ahead_of(1), 0U);
  EXPECT_EQ(line.ahead_of(3), 1U);
  EXPECT_EQ(line.ahead_of(5), 2U);
  EXPECT_EQ(line.ahead_of(6), 3U);
  EXPECT_EQ(line.next_after(0), 1U);
  EXPECT_EQ(line.next_after(1), 3U);
  EXPECT_EQ(line.next_after(3), 5U);
  EXPECT_EQ(line.next_after(5), 0U);
}

TEST(Line, StartsAnewWithAllBeyondAPlaceWaiting) {
  for (const Place reached : {0U, 1U, 63U, 64U, 65U, 700U, 1000U}) {
    Line line;
    line.join();
    line.reset(reached, 1000);
    EXPECT_EQ(line.last(), 1000U);
    EXPECT_EQ(line.waiting(), 1000 - reached);
    EXPECT_EQ(line.next_after(0), reached == 1000 ? 0 : reached + 1);
    EXPECT_EQ(line.ahead_of(1000), reached == 1000 ? 0 : 999 - reached);
    line.join();
    EXPECT_TRUE(line.waits(1001));
  }
}

TEST(Line, AgreesWithASetOfPlaces) {
  constexpr std::uint32_t kSeed = 20210712;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 engine{kSeed};
  const auto draw = [&](std::uint32_t below) { return static_cast<Place>(engine() % below); };
  Line line;
  std::set<Place> waiting;
  for (int step = 0; step < 20'000; ++step) {
    const Place place = draw(line.last() + 1) + 1;
    if (draw(3) == 0 || line.last() == 0) {
      line.join();
      waiting.insert(line.last());
    } else if (place <= line.last() && waiting.contains(place)) {
      line.leave(place);
      waiting.erase(place);
    } else if (place <= line.last() && draw(4) == 0) {
      line.enter(place);
      waiting.insert(place);
    }
    ASSERT_EQ(line.waiting(), waiting.size());
    const auto next = waiting.upper_bound(place);
    ASSERT_EQ(line.next_after(place), next == waiting.end() ? 0 : *next);
    if (step % 50 == 0) {
      const auto ahead = std::distance(waiting.begin(), waiting.lower_bound(place));
      ASSERT_EQ(line.ahead_of(place), static_cast<std::uint32_t>(ahead));
    }
  }
}

}  // namespace
}  // namespace jari::queue
