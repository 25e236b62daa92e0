#include "engine/store/cells.h"

#include <cstring>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace jari {
namespace {

TEST(Cells, KeepsWhatIsInThemWhateverElseComesAndGoes) {
  constexpr std::uint64_t kSeed = 3;
  constexpr int kSteps = 50'000;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  Cells cells;
  std::map<CellNo, std::string> expected;
  const auto text_in = [&](CellNo cell, std::size_t size) {
    return std::string{cells.at(cell), size};
  };
  for (int step = 0; step < kSteps; ++step) {
    if (expected.size() > 500 && random() % 2 == 0) {
      const auto at = std::next(expected.begin(), static_cast<std::ptrdiff_t>(random() % 500));
      ASSERT_EQ(text_in(at->first, at->second.size()), at->second);
      cells.give_back(at->first, Cells::granules_of(at->second.size()));
      expected.erase(at);
    } else {
      const std::string text(1 + random() % Cells::kCellBytesMax, static_cast<char>(random()));
      const CellNo cell = cells.take(Cells::granules_of(text.size()));
      ASSERT_NE(cell, 0U);
      std::memcpy(cells.at(cell), text.data(), text.size());
      ASSERT_TRUE(expected.emplace(cell, text).second);
    }
  }
  for (const auto& [cell, text] : expected) ASSERT_EQ(text_in(cell, text.size()), text);
}

TEST(Cells, OfOneLengthAreUsedAgain) {
  Cells cells;
  constexpr std::size_t kCount = 10'000;
  std::vector<CellNo> all;
  for (int day = 0; day < 20; ++day) {
    for (std::size_t i = 0; i < kCount; ++i) all.push_back(cells.take(9));
    for (const CellNo cell : all) cells.give_back(cell, 9);
    all.clear();
  }
  EXPECT_LT(cells.bytes(), kCount * 9 * Cells::kGranuleBytes * 11 / 10);
}

TEST(CellsDeathTest, StopsWhereACellIsNoCell) {
  Cells cells;
  EXPECT_DEATH(static_cast<void>(cells.take(0)), "broken invariant");
  EXPECT_DEATH(static_cast<void>(cells.take(256)), "broken invariant");
  EXPECT_DEATH(cells.give_back(0, 1), "broken invariant");
}

}  // namespace
}  // namespace jari
