// What only the disk in RocksDB can meet: somebody else in its directory, another format, more
// batches than it can write.

#include "engine/store/rocks_disk.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

using testing::HasSubstr;

StateBatch batch_of(std::string_view key, std::string_view row) {
  StateBatch batch;
  batch.of({1, 2});
  batch.put(5, key, row);
  return batch;
}

std::size_t rows_in(StateDisk& disk) {
  std::size_t count = 0;
  EXPECT_TRUE(disk.load([&](PartitionRef, std::uint8_t, std::string_view, std::string_view) {
                    ++count;
                    return Result<void>{};
                  })
                  .has_value());
  return count;
}

TEST(RocksDisk, IsServedByOneAtATime) {
  const TemporaryDirectory directory;
  auto first = open_state_disk(directory.path());
  ASSERT_TRUE(first.has_value());
  const auto second = open_state_disk(directory.path());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::InUse);
  EXPECT_THAT(second.error().detail, HasSubstr(directory.path()));
  first.value().reset();
  EXPECT_TRUE(open_state_disk(directory.path()).has_value());
}

TEST(RocksDisk, SaysWhatIsThereInsteadOfADirectory) {
  const auto opened = open_state_disk("/dev/null");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::Io);
}

TEST(RocksDisk, RefusesAStateOfAnotherFormat) {
  const TemporaryDirectory directory;
  {
    auto disk = open_state_disk(directory.path());
    ASSERT_TRUE(disk.has_value());
    // The key of the format, as a row of a topic that there is none of.
    StateBatch batch;
    batch.of({0xff, 0x666f});      // \xff f o
    batch.put(0x72, "mat", "99");  // r mat
    disk.value()->write(std::move(batch));
    ASSERT_TRUE(disk.value()->flush().has_value());
    EXPECT_EQ(rows_in(*disk.value()), 0U);
  }
  const auto again = open_state_disk(directory.path());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::WrongVersion);
  EXPECT_THAT(again.error().detail, HasSubstr("99"));
}

TEST(RocksDisk, SaysWhatIsDamaged) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(open_state_disk(directory.path()).has_value());
  std::filesystem::resize_file(directory / "state/CURRENT", 3);
  const auto again = open_state_disk(directory.path());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::BadBytes);
}

TEST(RocksDisk, WritesEverythingThroughASmallQueue) {
  const TemporaryDirectory directory;
  RocksDiskOptions settings;
  settings.run_bytes = 64 << 10;
  settings.queued_bytes_max = 1;  // each batch waits for the one before it
  settings.flush_every = std::chrono::milliseconds{1};
  auto disk = open_rocks_disk(directory.path(), settings);
  ASSERT_TRUE(disk.has_value());
  const std::string row(1'000, 'x');
  for (int i = 0; i < 40; ++i) disk.value()->write(batch_of(std::to_string(i), row));
  const auto flushed = disk.value()->flush();
  ASSERT_TRUE(flushed.has_value()) << flushed.error().detail;
  EXPECT_TRUE(disk.value()->health().has_value());
  EXPECT_EQ(rows_in(*disk.value()), 40U);
}

TEST(RocksDisk, ChangesNothingForAnEmptyBatch) {
  const TemporaryDirectory directory;
  auto disk = open_state_disk(directory.path());
  ASSERT_TRUE(disk.has_value());
  disk.value()->write(StateBatch{});
  EXPECT_TRUE(disk.value()->flush().has_value());
  EXPECT_EQ(rows_in(*disk.value()), 0U);
}

/// The files of a disk on which, while it is told so, none can be made.
class Files final : public rocksdb::FileSystemWrapper {
 public:
  Files() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  [[nodiscard]] const char* Name() const override { return "FailingFiles"; }
  void fail(const rocksdb::IOStatus& why) {
    why_ = why;
    is_failing_ = true;
  }
  void be_well() { is_failing_ = false; }
  /// The disk is well, and stands still within the next run of rows that is written.
  void hold() {
    is_held_ = true;
    be_well();
  }
  void wait_until_held() const { is_waiting_.wait(false); }
  void let_go() {
    is_held_ = false;
    is_held_.notify_all();
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (is_failing_) return why_;
    if (is_held_ && path.ends_with("/run")) {
      is_waiting_ = true;
      is_waiting_.notify_all();
      is_held_.wait(true);
    }
    return FileSystemWrapper::NewWritableFile(path, options, file, debug);
  }

 private:
  rocksdb::IOStatus why_;  // set before is_failing_
  std::atomic<bool> is_failing_ = false;
  std::atomic<bool> is_held_ = false;
  std::atomic<bool> is_waiting_ = false;
};

class FailingRocksDisk : public ::testing::Test {
 protected:
  void open(std::size_t queued_bytes_max) {
    RocksDiskOptions settings;
    settings.run_bytes = 64 << 10;
    settings.queued_bytes_max = queued_bytes_max;
    settings.env = env_.get();
    auto opened = open_rocks_disk(directory_.path(), settings);
    ASSERT_TRUE(opened.has_value());
    disk_ = std::move(opened).value();
  }
  /// Writes until the disk is found to fail.
  void write_until_it_fails() {
    while (disk_->health()) write_one();
  }
  void write_one() {
    StateBatch batch = batch_of(std::to_string(written_), row_);
    batch.reaches(++written_);
    disk_->write(std::move(batch));
  }

  TemporaryDirectory directory_;
  std::shared_ptr<Files> files_ = std::make_shared<Files>();  // the Env is its other owner
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
  std::unique_ptr<StateDisk> disk_;
  std::size_t written_ = 0;
  const std::string row_ = std::string(20'000, 'x');
};

TEST_F(FailingRocksDisk, HoldsNobodyUpSaysSoAndLeavesAPrefix) {
  open(100'000);
  for (int i = 0; i < 3; ++i) write_one();
  ASSERT_TRUE(disk_->flush().has_value());
  files_->fail(rocksdb::IOStatus::IOError("the disk is gone"));
  write_until_it_fails();
  EXPECT_THAT(disk_->health().error().detail, HasSubstr("the disk is gone"));
  for (int i = 0; i < 100; ++i) write_one();  // far beyond what may wait
  EXPECT_FALSE(disk_->flush().has_value());
  files_->be_well();
  for (int i = 0; i < 100; ++i) write_one();  // the disk is well, but what was lost is missing
  EXPECT_EQ(disk_->health().error().code, ErrorCode::Unavailable);
  EXPECT_THAT(disk_->health().error().detail, HasSubstr("start again"));
  const auto durable = disk_->durable({1, 2});
  disk_.reset();
  open(100'000);
  const std::size_t kept = rows_in(*disk_);
  EXPECT_EQ(kept, durable);
  EXPECT_LT(kept, written_);
  std::size_t first = 0;
  ASSERT_TRUE(disk_
                  ->load([&](PartitionRef, std::uint8_t, std::string_view key, std::string_view) {
                    first += std::stoull(std::string{key}) < kept ? 1 : 0;
                    return Result<void>{};
                  })
                  .has_value());
  EXPECT_EQ(first, kept) << "what is kept are not the first ones";
  write_one();
  EXPECT_TRUE(disk_->flush().has_value());
}

TEST_F(FailingRocksDisk, StaysBehindWhereItGaveUpWhileAnAttemptThatSucceedsWasUnderWay) {
  open(1'000'000);
  files_->fail(rocksdb::IOStatus::NoSpace("no room"));
  for (int i = 0; i < 5; ++i) write_one();  // a run
  while (disk_->health()) std::this_thread::yield();
  files_->hold();
  files_->wait_until_held();
  for (int i = 0; i < 100; ++i) write_one();  // far beyond what may wait
  EXPECT_EQ(disk_->health().error().code, ErrorCode::Unavailable);
  files_->let_go();
  while (!disk_->durable({1, 2})) std::this_thread::yield();
  EXPECT_THAT(disk_->health().error().detail, HasSubstr("start again"));
  write_one();
  EXPECT_FALSE(disk_->flush().has_value());
  EXPECT_LT(disk_->durable({1, 2}), written_);
}

TEST_F(FailingRocksDisk, SaysThatItIsFullAndGoesOnByItselfWhenThereIsRoom) {
  open(std::size_t{1} << 30);  // so that nothing need be given up meanwhile
  files_->fail(rocksdb::IOStatus::NoSpace("no room"));
  write_until_it_fails();
  EXPECT_EQ(disk_->health().error().code, ErrorCode::DiskFull);
  EXPECT_THAT(disk_->health().error().detail, HasSubstr("make room"));
  EXPECT_EQ(disk_->durable({1, 2}), std::nullopt);
  files_->be_well();
  while (!disk_->health()) std::this_thread::yield();
  EXPECT_TRUE(disk_->flush().has_value());
  EXPECT_EQ(rows_in(*disk_), written_);
  EXPECT_EQ(disk_->durable({1, 2}), written_);
}

TEST_F(FailingRocksDisk, GoesOnByItselfOnceThereAreFileDescriptorsAgain) {
  open(std::size_t{1} << 30);
  files_->fail(
      rocksdb::IOStatus::IOError("While open a file for appending", "Too many open files"));
  write_until_it_fails();
  ASSERT_NE(disk_->health().error().code, ErrorCode::Unavailable) << "it has given up";
  files_->be_well();
  while (!disk_->health()) std::this_thread::yield();
  EXPECT_TRUE(disk_->flush().has_value());
  EXPECT_EQ(rows_in(*disk_), written_);
}

}  // namespace
}  // namespace jari
