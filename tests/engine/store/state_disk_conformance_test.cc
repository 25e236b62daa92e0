// What every StateDisk does, asked of each of them.

#include <memory>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/rocks_disk.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Row {
  PartitionRef where;
  std::uint8_t table = 0;
  std::string key;
  std::string row;
  bool operator==(const Row&) const = default;
};

/// A kind of disk. `open` is given the disk that was there before, nothing at first: a new process
/// on the same disk.
struct DiskKind {
  std::string name;
  std::unique_ptr<StateDisk> (*open)(const std::string& dir, std::unique_ptr<StateDisk> before);
};
void PrintTo(const DiskKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::unique_ptr<StateDisk> open_memory(const std::string&, std::unique_ptr<StateDisk> before) {
  return before ? std::move(before) : make_memory_disk();
}

std::unique_ptr<StateDisk> open_rocks(const std::string& dir, std::unique_ptr<StateDisk> before) {
  before.reset();
  auto opened = open_state_disk(dir);
  CHECK(opened.has_value());
  return std::move(opened).value();
}

class StateDiskTest : public testing::TestWithParam<DiskKind> {
 protected:
  StateDiskTest() { open(); }

  void open() { disk_ = GetParam().open(directory_.path(), std::move(disk_)); }
  void write(PartitionRef where, std::uint8_t table, std::string_view key, std::string_view row) {
    StateBatch batch;
    batch.of(where);
    batch.put(table, key, row);
    disk_->write(std::move(batch));
  }
  std::vector<Row> rows() {
    EXPECT_TRUE(disk_->flush().has_value());
    std::vector<Row> out;
    const auto loaded = disk_->load(
        [&](PartitionRef where, std::uint8_t table, std::string_view key, std::string_view row) {
          out.push_back({where, table, std::string{key}, std::string{row}});
          return Result<void>{};
        });
    EXPECT_TRUE(loaded.has_value());
    return out;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<StateDisk> disk_;
};

TEST_P(StateDiskTest, IsEmptyAtFirst) {
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_TRUE(disk_->health().has_value());
}

TEST_P(StateDiskTest, GivesRowsBackInTheOrderOfTheirKeys) {
  write({1, 300}, 5, "b", "four");
  write({1, 2}, 5, "b", "two");
  write({1, 2}, 5, "a", "one");
  write({1, 2}, 200, "a", "three");
  write({0, 0}, 255, "", "zero");
  EXPECT_THAT(rows(), ElementsAre(Row{{0, 0}, 255, "", "zero"}, Row{{1, 2}, 5, "a", "one"},
                                  Row{{1, 2}, 5, "b", "two"}, Row{{1, 2}, 200, "a", "three"},
                                  Row{{1, 300}, 5, "b", "four"}));
}

TEST_P(StateDiskTest, KeepsTheLastOfEachRow) {
  write({1, 2}, 5, "a", "one");
  write({1, 2}, 5, "b", "one");
  write({1, 2}, 5, "a", "two");
  StateBatch batch;
  batch.of({1, 2});
  batch.put(5, "c", "there for a moment");
  batch.erase(5, "c");
  batch.erase(5, "b");
  batch.erase(5, "never there");
  batch.put(5, "a", "");
  disk_->write(std::move(batch));
  EXPECT_THAT(rows(), ElementsAre(Row{{1, 2}, 5, "a", ""}));
}

TEST_P(StateDiskTest, TakesBytesOfAnyKind) {
  const std::string key{"\x00\xff\x00k", 4};
  const std::string row(100'000, '\0');
  write({254, 65'535}, 0, key, row);
  EXPECT_THAT(rows(), ElementsAre(Row{{254, 65'535}, 0, key, row}));
}

TEST_P(StateDiskTest, ForgetsEverythingWhenToldToAndGoesOn) {
  for (int i = 0; i < 1'000; ++i) write({1, 2}, 5, std::to_string(i), "row");
  ASSERT_TRUE(disk_->clear().has_value());
  EXPECT_THAT(rows(), IsEmpty());
  write({1, 2}, 5, "a", "one");
  EXPECT_THAT(rows(), ElementsAre(Row{{1, 2}, 5, "a", "one"}));
  open();
  EXPECT_THAT(rows(), ElementsAre(Row{{1, 2}, 5, "a", "one"}));
}

TEST_P(StateDiskTest, SaysHowFarEachPartitionIsDurable) {
  EXPECT_EQ(disk_->durable({1, 2}), std::nullopt);
  for (const Offset next_offset : {7U, 9U}) {
    StateBatch batch;
    batch.of({1, 2});
    batch.put(5, "a", "row");
    batch.reaches(next_offset);
    batch.of({1, 3});
    batch.put(5, "a", "row");
    disk_->write(std::move(batch));
  }
  ASSERT_TRUE(disk_->flush().has_value());
  EXPECT_EQ(disk_->durable({1, 2}), 9U);
  EXPECT_EQ(disk_->durable({1, 3}), std::nullopt);
  ASSERT_TRUE(disk_->clear().has_value());
  EXPECT_EQ(disk_->durable({1, 2}), std::nullopt);
}

TEST_P(StateDiskTest, StopsLoadingWhereTheVisitFails) {
  write({1, 2}, 5, "a", "one");
  write({1, 2}, 5, "b", "two");
  ASSERT_TRUE(disk_->flush().has_value());
  int visits = 0;
  const auto loaded =
      disk_->load([&](PartitionRef, std::uint8_t, std::string_view, std::string_view) {
        ++visits;
        return Result<void>{Error{ErrorCode::BadBytes, "not this one"}};
      });
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().detail, "not this one");
  EXPECT_EQ(visits, 1);
}

TEST_P(StateDiskTest, KeepsItsRowsOverACleanStop) {
  for (int i = 0; i < 1'000; ++i) write({1, 2}, 5, "key" + std::to_string(i % 10), "row");
  open();
  EXPECT_EQ(rows().size(), 10U);
  write({1, 2}, 5, "one more", "row");
  open();
  EXPECT_EQ(rows().size(), 11U);
}

INSTANTIATE_TEST_SUITE_P(Disks, StateDiskTest,
                         testing::Values(DiskKind{"Memory", open_memory},
                                         DiskKind{"Rocks", open_rocks}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace jari
