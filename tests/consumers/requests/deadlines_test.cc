#include "consumers/requests/deadlines.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace jari::requests {
namespace {

TEST(Deadlines, AreTakenByTheirTimeAndThenByTheirKey) {
  Deadlines<int> ends;
  for (const int key : {5, 3, 9}) ends.add(Deadline{20}, key);
  ends.add(Deadline{10}, 7);
  ends.remove(Deadline{20}, 5);
  EXPECT_EQ(ends.first_at(), Deadline{10});
  EXPECT_EQ(ends.take_first(), 7);
  EXPECT_EQ(ends.first_at(), Deadline{20});
  EXPECT_EQ(ends.take_first(), 3);
  EXPECT_EQ(ends.take_first(), 9);
  EXPECT_TRUE(ends.empty());
}

TEST(Deadlines, OfWhichTheLastIsRemovedAreGone) {
  Deadlines<int> ends;
  ends.add(Deadline{10}, 1);
  ends.add(Deadline{20}, 2);
  ends.remove(Deadline{10}, 1);
  EXPECT_EQ(ends.first_at(), Deadline{20});
}

TEST(Deadlines, AreThoseOfAnOrderedSetWhateverHappens) {
  constexpr std::uint64_t kSeed = 5;
  constexpr int kSteps = 20'000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  Deadlines<int> ends;
  std::set<std::pair<Deadline, int>> expected;
  for (int step = 0; step < kSteps; ++step) {
    const Deadline at{static_cast<std::int64_t>(random() % 8)};
    const int key = static_cast<int>(random() % 64);
    const bool is_there = expected.contains({at, key});
    const auto what = random() % 3;
    if (what == 0 && !is_there) {
      ends.add(at, key);
      expected.insert({at, key});
    } else if (what == 1 && is_there) {
      ends.remove(at, key);
      expected.erase({at, key});
    } else if (what == 2 && random() % 4 == 0 && !expected.empty()) {
      ASSERT_EQ(ends.first_at(), expected.begin()->first);
      ASSERT_EQ(ends.take_first(), expected.begin()->second);
      expected.erase(expected.begin());
    }
    ASSERT_EQ(ends.empty(), expected.empty());
  }
}

}  // namespace
}  // namespace jari::requests
