// The simulated disk keeps what the port promises: whole batches, in order, a crash loses a suffix.

#include "tests/sim/sim_disk.h"

#include <set>

#include <gmock/gmock.h>

namespace jari::sim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint8_t kTable = 7;

std::vector<std::string> rows_of(SimDisk& disk) {
  std::vector<std::string> rows;
  const auto loaded = disk.load([&](PartitionRef where, std::uint8_t table, std::string_view key,
                                    std::string_view row) -> Result<void> {
    EXPECT_EQ(where, (PartitionRef{2, 300}));
    EXPECT_EQ(table, kTable);
    rows.push_back(std::string(key) + "=" + std::string(row));
    return {};
  });
  EXPECT_TRUE(loaded.has_value());
  return rows;
}

void put(SimDisk& disk, std::string_view key, std::string_view row) {
  StateBatch batch;
  batch.of({2, 300});
  batch.put(kTable, key, row);
  disk.write(std::move(batch));
}

TEST(SimDisk, KeepsWhatItHasFlushedAndAPrefixOfTheRest) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    Chance chance(seed);
    SimDisk disk;
    for (const char* row : {"1", "2", "3", "4"}) put(disk, "key", row);
    disk.flush_some(2);
    disk.crash(chance);
    const auto rows = rows_of(disk);
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_THAT((std::vector<std::string>{"key=2", "key=3", "key=4"}), Contains(rows.front()));
  }
}

TEST(SimDisk, TearsTheFirstBatchThatACrashHasLost) {
  std::set<std::size_t> seen;
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    Chance chance(seed);
    SimDisk disk;
    put(disk, "a", "1");
    disk.flush_some(1);
    StateBatch batch;
    batch.of({2, 300});
    for (const char* key : {"b", "c", "d"}) batch.put(kTable, key, "2");
    disk.write(std::move(batch));
    put(disk, "e", "3");
    disk.crash(chance);
    const bool is_lost = rows_of(disk).size() == 1;
    EXPECT_EQ(disk.tear(chance), is_lost);  // else the last one is lost, of a single row, or none
    const auto rows = rows_of(disk);
    EXPECT_TRUE(!is_lost || rows.size() == 2 || rows.size() == 3) << rows.size();
    if (is_lost) seen.insert(rows.size());
    EXPECT_FALSE(disk.tear(chance));
  }
  EXPECT_THAT(seen, ElementsAre(2, 3));
}

TEST(SimDisk, TakesRowsAwayAgain) {
  SimDisk disk;
  put(disk, "a", "1");
  put(disk, "b", "2");
  StateBatch batch;
  batch.of({2, 300});
  batch.erase(kTable, "a");
  disk.write(std::move(batch));
  ASSERT_TRUE(disk.flush().has_value());
  EXPECT_THAT(rows_of(disk), ElementsAre("b=2"));
}

TEST(SimDisk, SaysThatItIsFullAndKeepsNothingMoreInThisLife) {
  Chance chance(1);
  SimDisk disk;
  put(disk, "a", "1");
  ASSERT_TRUE(disk.flush().has_value());
  disk.fill();
  put(disk, "b", "2");
  EXPECT_FALSE(disk.flush().has_value());
  EXPECT_EQ(disk.health().error().code, ErrorCode::DiskFull);
  disk.crash(chance);
  EXPECT_TRUE(disk.health().has_value());
  EXPECT_THAT(rows_of(disk), ElementsAre("a=1"));
}

TEST(SimDisk, ComesBackAsItWasWhenItWasCopied) {
  SimDisk disk;
  put(disk, "a", "1");
  ASSERT_TRUE(disk.flush().has_value());
  disk.keep_copy();
  put(disk, "a", "2");
  ASSERT_TRUE(disk.flush().has_value());
  disk.restore();
  EXPECT_THAT(rows_of(disk), ElementsAre("a=1"));
  ASSERT_TRUE(disk.clear().has_value());
  EXPECT_THAT(rows_of(disk), IsEmpty());
}

}  // namespace
}  // namespace jari::sim
