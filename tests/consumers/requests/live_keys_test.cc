#include "consumers/requests/live_keys.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace jari::requests {
namespace {

TEST(LiveKeys, AreCountedForEachPersonAndForNobody) {
  LiveKeys keys;
  keys.add(0);
  EXPECT_EQ(keys.of(0), 0U);
  for (int i = 0; i < 1'500; ++i) keys.add(7);
  keys.add(8);
  EXPECT_EQ(keys.of(7), 1'500U);
  for (int i = 0; i < 1'500; ++i) keys.remove(7);
  EXPECT_EQ(keys.of(7), 0U);
  EXPECT_EQ(keys.of(8), 1U);
  keys.clear();
  EXPECT_EQ(keys.of(8), 0U);
}

TEST(LiveKeys, AreThoseOfAMapWhoeverComesAndGoes) {
  constexpr std::uint64_t kSeed = 17;
  constexpr int kSteps = 100'000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  std::vector<std::uint64_t> people;
  // Some stand in one place, and are told apart by the bits between alone; of one those are 0.
  for (std::uint64_t i = 0; i < 60; ++i) people.push_back(std::uint64_t{0xabcd} << 32 | i << 8 | 3);
  for (std::uint64_t i = 0; i < 300; ++i) people.push_back(random());
  LiveKeys keys;
  std::map<std::uint64_t, std::uint32_t> expected;
  for (int step = 0; step < kSteps; ++step) {
    const std::uint64_t person = people[random() % people.size()];
    ASSERT_EQ(keys.of(person), expected[person]);
    if (random() % 2 == 0) {
      keys.add(person);
      ++expected[person];
    } else if (expected[person] > 0) {
      keys.remove(person);
      --expected[person];
    }
  }
  for (const std::uint64_t person : people) ASSERT_EQ(keys.of(person), expected[person]);
}

TEST(LiveKeysDeathTest, StopsWhereOneIsTakenAwayThatIsNotThere) {
  LiveKeys keys;
  EXPECT_DEATH(keys.remove(7), "broken invariant");
}

}  // namespace
}  // namespace jari::requests
