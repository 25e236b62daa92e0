// What is not as it was written is refused, and names the file and what to do; never are other
// records given.

#include <gmock/gmock.h>

#include "tests/engine/log/archive_world.h"

namespace jari {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Reads all of it, and says what the first thing is that is wrong.
Result<void> read_all(const std::string& dir) {
  auto log = ArchivedLog::open(dir);
  if (!log) return std::move(log).error();
  std::vector<LogPlace> all;
  for (const PartitionRef where : (*log)->identity().partitions()) all.push_back({where, 0});
  return (*log)->read(all, [](const LogRecord&) { return true; });
}

class DamagedArchive : public ::testing::Test {
 protected:
  DamagedArchive() {
    for (int run = 0; run < 3; ++run) {
      put_records(cluster_, client_, run * 20, 20);
      must_archive(dir_, client_);
    }
    const auto line = Archive::open(dir_).value()->line({0, 0});
    for (const auto& one : line.segments) {
      segments_.push_back(dir_ + "/queue-0/" + segment_name(one.base_offset));
    }
  }
  void expect_refused(ErrorCode code, const std::string& why, const std::string& file) {
    const auto read = read_all(dir_);
    ASSERT_FALSE(read.has_value()) << why;
    EXPECT_EQ(read.error().code, code) << read.error().detail;
    EXPECT_THAT(read.error().detail, HasSubstr(why));
    EXPECT_THAT(read.error().detail, HasSubstr(file));
  }

  TemporaryDirectory directory_;
  std::string dir_ = directory_ / "archive";
  SimulatedCluster cluster_{identity_for_tests()};
  SimulatedClient client_{cluster_};
  std::vector<std::string> segments_;
};

TEST_F(DamagedArchive, IsRefusedWhicheverByteIsAnother) {
  ASSERT_TRUE(read_all(dir_).has_value());
  const std::string& file = segments_[1];
  const std::string good = bytes_of_file(file);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    write_file(file, bad);
    const auto read = read_all(dir_);
    ASSERT_FALSE(read.has_value()) << "byte " << at;
    EXPECT_THAT(read.error().detail, HasSubstr(file)) << "byte " << at;
  }
}

TEST_F(DamagedArchive, IsRefusedWhereverAFileIsCutOff) {
  const std::string& file = segments_[1];
  const std::string good = bytes_of_file(file);
  for (std::size_t size = 0; size < good.size(); ++size) {
    write_file(file, good.substr(0, size));
    ASSERT_FALSE(read_all(dir_).has_value()) << size;
  }
  write_file(file, good + "more");
  expect_refused(ErrorCode::BadBytes, "longer than it says", file);
}

TEST_F(DamagedArchive, IsRefusedWhicheverByteOfItsEndsIsAnother) {
  const std::string file = dir_ + "/ends";
  const std::string good = bytes_of_file(file);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x01);
    write_file(file, bad);
    ASSERT_FALSE(read_all(dir_).has_value()) << "byte " << at;
  }
  write_file(file, good + "\n");
  expect_refused(ErrorCode::BadBytes, "its checksum does not fit", file);
}

TEST_F(DamagedArchive, IsRefusedWhereASegmentIsMissing) {
  const std::string kept = directory_ / "kept";
  fs::rename(segments_[1], kept);
  expect_refused(ErrorCode::LogGap, "the segment before it ends at 21", segments_[2]);
  fs::rename(kept, segments_[1]);
  fs::rename(segments_[0], kept);
  expect_refused(ErrorCode::LogGap, "nothing stands before it", segments_[1]);
  fs::rename(kept, segments_[0]);
  fs::remove(segments_[2]);
  expect_refused(ErrorCode::LogGap, "its last segments are missing", dir_ + "/queue-0");
}

TEST_F(DamagedArchive, IsRefusedWhereASegmentIsOfAnotherPartition) {
  fs::copy_file(segments_[0], dir_ + "/queue-1/" + segment_name(0),
                fs::copy_options::overwrite_existing);
  expect_refused(ErrorCode::LogMismatch, "is of another log, or of another partition", "queue-1");
}

TEST_F(DamagedArchive, IsRefusedWhereASegmentIsOfAnotherLog) {
  LogIdentity identity = identity_for_tests();
  identity.incarnation = {9, 9};
  SimulatedCluster other_cluster(identity);
  SimulatedClient other(other_cluster);
  put_records(other_cluster, other, 0, 20);
  must_archive(directory_ / "other", other);
  fs::copy_file(directory_ / ("other/queue-0/" + segment_name(0)), segments_[0],
                fs::copy_options::overwrite_existing);
  const auto read = read_all(dir_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::LogMismatch);
}

// The same offsets of a log that has lost its tail and grown again: only the chain tells.
TEST_F(DamagedArchive, IsRefusedWhereASegmentHasOtherRecords) {
  SimulatedCluster other_cluster(identity_for_tests());
  SimulatedClient other(other_cluster);
  for (int run = 0; run < 2; ++run) {
    put_records(other_cluster, other, 700 + run * 20, 20);
    must_archive(directory_ / "other", other);
  }
  fs::copy_file(directory_ / ("other/queue-0/" + segment_name(21)), segments_[1],
                fs::copy_options::overwrite_existing);
  expect_refused(ErrorCode::LogMismatch, "was written after other records", segments_[1]);
}

}  // namespace
}  // namespace jari
