#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/state_disk.h"

namespace jari {
namespace {

using testing::ElementsAre;
using Seen = std::tuple<std::string, std::optional<std::string>>;

std::vector<Seen> seen_in(const StateBatch& batch) {
  std::vector<Seen> out;
  batch.for_each([&](std::string_view key, const std::string_view* row) {
    out.emplace_back(key, row == nullptr ? std::nullopt : std::optional<std::string>{*row});
  });
  return out;
}

TEST(StateBatch, GivesBackWhatItTookInOrder) {
  StateBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.of({2, 0x0103});
  batch.put(50, "key", "row");
  batch.erase(51, "gone");
  batch.of({3, 0});
  batch.put(255, "", "");
  EXPECT_FALSE(batch.empty());
  EXPECT_THAT(seen_in(batch),
              ElementsAre(Seen{std::string{"\x02\x01\x03\x32key", 7}, "row"},
                          Seen{std::string{"\x02\x01\x03\x33gone", 8}, std::nullopt},
                          Seen{std::string{"\x03\x00\x00\xff", 4}, ""}));
}

TEST(StateBatch, SortsByTopicPartitionAndTable) {
  StateBatch batch;
  batch.of({1, 255});
  batch.put(9, "z", "");
  batch.of({1, 256});
  batch.put(1, "a", "");
  batch.of({2, 0});
  batch.put(1, "a", "");
  const auto seen = seen_in(batch);
  EXPECT_LT(std::get<0>(seen[0]), std::get<0>(seen[1]));
  EXPECT_LT(std::get<0>(seen[1]), std::get<0>(seen[2]));
}

}  // namespace
}  // namespace jari
