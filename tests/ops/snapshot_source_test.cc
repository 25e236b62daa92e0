// Which snapshot a node makes a partition again from, and that reading it changes nothing there.

#include "ops/jari/snapshot_source.h"

#include <filesystem>
#include <future>

#include <gmock/gmock.h>

#include "ops/jari/file_sums.h"
#include "ops/jari/snapshot_place.h"
#include "ops/jari/synced_file.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari::ops {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr PartitionRef kQueue{0, 1};

LogIdentity this_log() {
  LogIdentity log;
  log.incarnation = {1, 2};
  log.topics = {{"queue", 2, false}, {"sync", 1, true}};
  return log;
}

class Snapshots : public ::testing::Test {
 protected:
  /// A snapshot of that time, in which queue/1 stands at `next_offset` and has one row.
  std::string given(const std::string& time, Offset next_offset,
                    const LogIdentity& log = this_log()) {
    const std::string path = place_.path() + "/snapshot-" + time + "-0123456789abcdef";
    std::filesystem::create_directories(path);
    {
      auto disk = open_state_disk(path).value();
      StateBatch rows;
      for (PartitionNo partition = 0; partition < 2; ++partition) {
        rows.of({0, partition});
        rows.put(7, "key", time + "/" + std::to_string(partition));
      }
      disk->write(std::move(rows));
      disk->flush().value();
    }
    const std::string text = R"({"incarnation":")" + to_text(log.incarnation) +
                             R"(","partitions":[{"topic":"queue","partition":0,"next_offset":5},)"
                             R"({"topic":"queue","partition":1,"next_offset":)" +
                             std::to_string(next_offset) + "}]}";
    write_synced(path + "/" + kSnapshotDescription, text).value();
    write_synced(path + "/" + kSnapshotSums, to_text(sums_of(path).value())).value();
    return path;
  }
  Result<ProvedCopy> find(Offset after, Offset at_most) {
    return find_copy(place_.path(), this_log(), {kQueue, after, at_most});
  }
  std::string why_not(Offset after, Offset at_most) { return find(after, at_most).error().detail; }

  TemporaryDirectory place_;
};

/// Or why there are none.
std::vector<std::string> rows_of(const Result<ProvedCopy>& copy) {
  if (!copy) return {copy.error().detail};
  std::vector<std::string> all;
  copy->rows.for_each(
      [&](std::string_view, const std::string_view* row) { all.emplace_back(*row); });
  return all;
}

TEST_F(Snapshots, GiveTheNewestThatTheLogGoesOnFrom) {
  given("20261126T061500.123Z", 100);
  given("20261126T071500.123Z", 200);
  given("20261126T081500.123Z", 300);
  EXPECT_EQ(rows_of(find(50, 1'000)), std::vector<std::string>{"20261126T081500.123Z/1"});
  EXPECT_EQ(rows_of(find(50, 299)), std::vector<std::string>{"20261126T071500.123Z/1"});
  EXPECT_EQ(rows_of(find(50, 200)), std::vector<std::string>{"20261126T071500.123Z/1"});
  EXPECT_THAT(find(199, 200).value().name,
              EndsWith("snapshot-20261126T071500.123Z-0123456789abcdef"));
}

TEST_F(Snapshots, SayWhyNoneWillDo) {
  EXPECT_THAT(why_not(0, 9), HasSubstr("there is none that is finished"));
  given("20261126T061500.123Z", 100);
  EXPECT_THAT(why_not(100, 200),
              HasSubstr("stands there at offset 100, and the log begins at 100"));
  EXPECT_THAT(why_not(0, 99), HasSubstr("behind what is in doubt"));
  LogIdentity other = this_log();
  other.incarnation = {3, 4};
  given("20261126T071500.123Z", 150, other);
  EXPECT_THAT(why_not(120, 200), HasSubstr("is of another log"));
}

TEST_F(Snapshots, ThatAreDamagedOrUnfinishedArePassedOver) {
  given("20261126T061500.123Z", 100);
  const std::string damaged = given("20261126T071500.123Z", 200);
  const std::string unfinished = given("20261126T081500.123Z", 300);
  std::filesystem::resize_file(damaged + "/" + kSnapshotDescription, 2);
  std::filesystem::remove(unfinished + "/" + kSnapshotSums);
  EXPECT_EQ(rows_of(find(50, 1'000)), std::vector<std::string>{"20261126T061500.123Z/1"});
}

TEST_F(Snapshots, AreNotChangedWhereTheyAreRead) {
  const std::string path = given("20261126T061500.123Z", 100);
  const std::string before = to_text(sums_of(path).value());
  ASSERT_TRUE(find(50, 1'000).has_value());
  EXPECT_EQ(to_text(sums_of(path).value()), before);
}

TEST_F(Snapshots, AreReadBesideWhoeverAsks) {
  given("20261126T061500.123Z", 100);
  SnapshotSource source(place_.path(), this_log());
  std::promise<Result<ProvedCopy>> answer;
  source.find({kQueue, 50, 1'000},
              [&](Result<ProvedCopy> copy) { answer.set_value(std::move(copy)); });
  EXPECT_TRUE(answer.get_future().get().has_value());
}

}  // namespace
}  // namespace jari::ops
