#include "engine/store/sorted_rows.h"

#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>

namespace jari {
namespace {

using Sorted = std::vector<std::pair<std::string, std::optional<std::string>>>;

StateBatch batch_for(PartitionRef where) {
  StateBatch batch;
  batch.of(where);
  return batch;
}

/// Keys without the prefix of their partition and table.
Sorted rows_of(const std::deque<StateBatch>& batches) {
  Sorted rows;
  SortedRows(batches).for_each([&](std::string_view key, const std::string_view* row) {
    rows.emplace_back(key.substr(4),
                      row == nullptr ? std::nullopt : std::optional{std::string{*row}});
    return true;
  });
  return rows;
}

TEST(SortedRows, OfNothingAreNone) {
  EXPECT_TRUE(SortedRows({}).empty());
  EXPECT_TRUE(rows_of({}).empty());
}

TEST(SortedRows, HaveTheLastThatWasSaidOfEachKey) {
  std::deque<StateBatch> batches;
  batches.push_back(batch_for({1, 2}));
  batches[0].put(5, "b", "1");
  batches[0].put(5, "a", "1");
  batches[0].erase(5, "c");
  batches.push_back(batch_for({1, 2}));
  batches[1].put(5, "c", "2");
  batches[1].erase(5, "a");
  batches[1].put(5, "b", "2");
  batches[1].put(5, "b", "3");
  EXPECT_EQ(rows_of(batches), (Sorted{{"a", std::nullopt}, {"b", "3"}, {"c", "2"}}));
}

TEST(SortedRows, StandInTheOrderOfTheirBytesHoweverLongTheyAgree) {
  const std::string same(40, 's');
  std::deque<StateBatch> batches;
  batches.push_back(batch_for({1, 2}));
  const std::string zero(1, '\0');
  for (const std::string& key : {same + "b", same + zero, same, same + "a" + zero, same + "a",
                                 std::string{"\xff"}, std::string{}, zero, zero + zero}) {
    batches[0].put(5, key, "row");
  }
  const Sorted sorted = rows_of(batches);
  ASSERT_EQ(sorted.size(), 9U);
  for (std::size_t i = 1; i < sorted.size(); ++i) EXPECT_LT(sorted[i - 1].first, sorted[i].first);
}

TEST(SortedRows, AreWhatAMapWouldHave) {
  std::mt19937 draw(7);
  std::deque<StateBatch> batches;
  std::map<std::string, std::optional<std::string>> expected;
  for (int number = 0; number < 20; ++number) {
    batches.push_back(batch_for({1, 2}));
    for (int i = 0; i < 100; ++i) {
      const std::string key(draw() % 40, static_cast<char>('a' + draw() % 2));
      if (draw() % 4 == 0) {
        batches.back().erase(5, key);
        expected[key] = std::nullopt;
      } else {
        const std::string row = std::to_string(draw());
        batches.back().put(5, key, row);
        expected[key] = row;
      }
    }
  }
  EXPECT_EQ(rows_of(batches), Sorted(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace jari
