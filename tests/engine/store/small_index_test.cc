#include "engine/store/small_index.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace jari {
namespace {

auto is(std::uint32_t wanted) {
  return [wanted](std::uint32_t value) { return value == wanted; };
}

/// Hashes of few homes, at both ends of a shard: what stands behind its home, and round the end.
std::uint64_t crowded_hash(std::mt19937_64& random) {
  const std::uint64_t mark = random() % 2 == 0 ? random() % 8 : 0xffff'fff8U + random() % 8;
  return mark << 32 | random() % 2;
}

TEST(SmallIndex, IsAMapWhateverComesAndGoes) {
  constexpr std::uint64_t kSeed = 11;
  constexpr int kSteps = 100'000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  SmallIndex index;
  std::map<std::pair<std::uint64_t, std::uint32_t>, bool> expected;
  for (int step = 0; step < kSteps; ++step) {
    const std::uint64_t hash = crowded_hash(random);
    const auto value = static_cast<std::uint32_t>(1 + random() % 6);
    const bool is_there = expected.contains({hash, value});
    const std::uint32_t* found = index.find(hash, is(value));
    ASSERT_EQ(found != nullptr, is_there) << "step " << step;
    if (is_there && random() % 2 == 0) {
      index.remove(hash, is(value));
      expected.erase({hash, value});
    } else if (!is_there && random() % 2 == 0) {
      index.add(hash, value);
      expected[{hash, value}] = true;
    }
    ASSERT_EQ(index.size(), expected.size());
  }
  for (const auto& [entry, unused] : expected) {
    ASSERT_NE(index.find(entry.first, is(entry.second)), nullptr);
  }
  std::size_t count = 0;
  index.for_each([&](std::uint32_t) { ++count; });
  EXPECT_EQ(count, expected.size());
  index.clear();
  EXPECT_EQ(index.size(), 0U);
  EXPECT_EQ(index.find(expected.begin()->first.first, [](std::uint32_t) { return true; }), nullptr);
}

TEST(SmallIndex, ChangesAValueInItsPlace) {
  SmallIndex index;
  index.add(7, 1);
  *index.find(7, is(1)) = 5;
  EXPECT_EQ(index.find(7, is(1)), nullptr);
  EXPECT_NE(index.find(7, is(5)), nullptr);
}

TEST(SmallIndex, TakesTenToSixteenBytesAnEntry) {
  std::mt19937_64 random(1);
  SmallIndex index;
  const auto nothing = static_cast<double>(index.bytes());
  constexpr std::uint32_t kMany = 500'000;
  constexpr std::uint32_t kStep = 1'000;
  for (std::uint32_t i = 1; i <= kMany; ++i) {
    index.add(random(), i);
    if (i < kMany / 10 || i % kStep != 0) continue;
    const double each = (static_cast<double>(index.bytes()) - nothing) / i;
    ASSERT_GE(each, 10) << i;
    ASSERT_LE(each, 16) << i;
  }
}

TEST(SmallIndexDeathTest, StopsWhereWhatIsNotThereIsRemoved) {
  SmallIndex index;
  EXPECT_DEATH(index.remove(7, is(1)), "broken invariant");
  EXPECT_DEATH(index.add(7, 0), "broken invariant");
}

}  // namespace
}  // namespace jari
