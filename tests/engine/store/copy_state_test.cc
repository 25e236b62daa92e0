// A copy of the state beside whoever writes it: of one moment, whole, and a state of its own.

#include "engine/store/copy_state.h"

#include <map>

#include <gtest/gtest.h>

#include "engine/store/state_disk.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

using Rows = std::map<std::string, std::string>;

class CopyOfAState : public testing::Test {
 protected:
  CopyOfAState() { disk_ = opened(data_); }

  static std::unique_ptr<StateDisk> opened(const TemporaryDirectory& dir) {
    auto opened = open_state_disk(dir.path());
    CHECK(opened.has_value());
    return std::move(*opened);
  }
  void write(const std::string& key, const std::string& row) {
    StateBatch batch;
    batch.of({2, 258});
    batch.put(7, key, row);
    disk_->write(std::move(batch));
  }
  static Rows rows_of(const TemporaryDirectory& dir) {
    Rows rows;
    const auto taken = opened(dir)->load(
        [&](PartitionRef where, std::uint8_t table, std::string_view key, std::string_view row) {
          EXPECT_EQ(where, (PartitionRef{2, 258}));
          EXPECT_EQ(table, 7);
          rows.emplace(key, row);
          return Result<void>{};
        });
    CHECK(taken.has_value());
    return rows;
  }

  TemporaryDirectory data_;
  TemporaryDirectory into_;
  std::unique_ptr<StateDisk> disk_;
};

TEST_F(CopyOfAState, HasWhatWasWrittenBehindAndNothingThatCameLater) {
  write("a", "one");
  write("b", "two");
  ASSERT_TRUE(disk_->flush().has_value());
  const auto copied = copy_state(data_.path(), into_.path());
  ASSERT_TRUE(copied.has_value()) << copied.error().detail;
  write("a", "later");
  write("c", "later");
  ASSERT_TRUE(disk_->flush().has_value());
  EXPECT_EQ(rows_of(into_), (Rows{{"a", "one"}, {"b", "two"}}));
}

TEST_F(CopyOfAState, IsReadOfOnePartitionAlone) {
  write("a", "one");
  write("b", "two");
  for (const PartitionRef other :
       {PartitionRef{2, 257}, PartitionRef{2, 259}, PartitionRef{3, 0}}) {
    StateBatch batch;
    batch.of(other);
    batch.put(7, "a", "of another");
    disk_->write(std::move(batch));
  }
  ASSERT_TRUE(disk_->flush().has_value());
  const auto read = read_state(data_.path(), {2, 258});
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  Rows rows;
  read->for_each([&](std::string_view key, const std::string_view* row) {
    rows.emplace(key.substr(4), *row);
  });
  EXPECT_EQ(rows, (Rows{{"a", "one"}, {"b", "two"}}));
  EXPECT_FALSE(read_state(into_.path(), {2, 258}).has_value());
}

TEST_F(CopyOfAState, LeavesOutWhatWasErased) {
  write("a", "one");
  write("b", "two");
  StateBatch batch;
  batch.of({2, 258});
  batch.erase(7, "a");
  disk_->write(std::move(batch));
  ASSERT_TRUE(disk_->flush().has_value());
  ASSERT_TRUE(copy_state(data_.path(), into_.path()).has_value());
  EXPECT_EQ(rows_of(into_), (Rows{{"b", "two"}}));
}

TEST_F(CopyOfAState, IsMadeWhileTheNodeWritesOn) {
  Rows all;
  for (int i = 0; i < 20'000; ++i) {
    write(std::to_string(i), std::string(200, 'x'));
    if (i % 5'000 == 0) {
      ASSERT_TRUE(disk_->flush().has_value());
    }
    if (i == 12'000) {
      ASSERT_TRUE(copy_state(data_.path(), into_.path()).has_value());
    }
  }
  const Rows copy = rows_of(into_);  // a first part of them, by the batches
  EXPECT_GE(copy.size(), 10'001U);
  EXPECT_LE(copy.size(), 12'001U);
  for (std::size_t i = 0; i < copy.size(); ++i) EXPECT_TRUE(copy.contains(std::to_string(i)));
}

TEST_F(CopyOfAState, RefusesAPlaceThatHasOneAndOneThatIsNone) {
  ASSERT_TRUE(disk_->flush().has_value());
  ASSERT_TRUE(copy_state(data_.path(), into_.path()).has_value());
  const auto again = copy_state(data_.path(), into_.path());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::InUse);
  const TemporaryDirectory empty;
  const auto none = copy_state(empty.path(), into_.path() + "/other");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace jari
