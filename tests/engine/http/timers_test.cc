#include "engine/http/timers.h"

#include <chrono>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jari::http {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class TimersTest : public testing::Test {
 protected:
  static Timers::Moment at(int ms) { return Timers::Moment{} + milliseconds{ms}; }
  void add(std::uint64_t id, int ms) {
    timers.add(id, at(ms), [this, id] { called.push_back(id); });
  }
  Timers timers;
  std::vector<std::uint64_t> called;
};

TEST_F(TimersTest, CallsInOrderOfTimeAndNotBefore) {
  add(1, 30);
  add(2, 10);
  add(3, 20);
  EXPECT_EQ(timers.next(), at(10));
  timers.run_due(at(9));
  EXPECT_THAT(called, IsEmpty());
  timers.run_due(at(20));
  EXPECT_THAT(called, ElementsAre(2, 3));
  timers.run_due(at(1000));
  EXPECT_THAT(called, ElementsAre(2, 3, 1));
  EXPECT_EQ(timers.next(), std::nullopt);
}

TEST_F(TimersTest, DoesNotCallWhatWasCancelled) {
  add(1, 10);
  add(2, 10);
  EXPECT_TRUE(timers.cancel(1));
  EXPECT_FALSE(timers.cancel(1));
  EXPECT_FALSE(timers.cancel(99));
  timers.run_due(at(10));
  EXPECT_THAT(called, ElementsAre(2));
  EXPECT_FALSE(timers.cancel(2));
}

TEST_F(TimersTest, LetsACallCancelAndAddOthers) {
  timers.add(1, at(10), [this] {
    timers.cancel(2);
    add(3, 5);
  });
  add(2, 10);
  timers.run_due(at(10));
  EXPECT_THAT(called, IsEmpty());
  timers.run_due(at(10));
  EXPECT_THAT(called, ElementsAre(3));
}

TEST_F(TimersTest, DropsWhatACancelledCallOwned) {
  auto owned = std::make_shared<int>(1);  // the test is the other owner: it watches
  timers.add(1, at(10), [kept = owned] { static_cast<void>(kept); });
  EXPECT_EQ(owned.use_count(), 2);
  timers.cancel(1);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(TimersTest, HoldsTensOfThousandsMostOfThemCancelled) {
  constexpr std::uint64_t kSeed = 7;
  RecordProperty("seed", std::to_string(kSeed));
  std::mt19937_64 random{kSeed};
  constexpr std::uint64_t kCount = 50'000;
  for (std::uint64_t id = 1; id <= kCount; ++id) add(id, static_cast<int>(random() % 5000));
  for (std::uint64_t id = 1; id <= kCount; ++id) {
    if (id % 10 != 0) {
      ASSERT_TRUE(timers.cancel(id));
    }
  }
  EXPECT_EQ(timers.size(), kCount / 10);
  timers.run_due(at(5000));
  EXPECT_EQ(called.size(), kCount / 10);
  for (const std::uint64_t id : called) EXPECT_EQ(id % 10, 0U);
}

}  // namespace
}  // namespace jari::http
