#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/log_writer.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

using ::testing::HasSubstr;

constexpr PartitionRef kWhere{0, 0};
constexpr CommitNo kCommits = 600;

/// A log of 600 commits, and what is left of it once somebody had their hands in it.
class EmbeddedLogGap : public ::testing::Test {
 protected:
  EmbeddedLogGap() { make(directory_ / "whole", "record"); }

  static void make(const std::string& dir, const std::string& text) {
    auto log = EmbeddedLog::open(dir, identity_for_tests());
    CHECK(log.has_value());
    LogWriter writer(**log);
    for (CommitNo i = 1; i < kCommits; ++i) {
      writer.add(kWhere, text);
      writer.append();
    }
    writer.wait();
  }
  /// Copies the commits of `from`, each as `change` makes it.
  template <class Change>
  void copy(const std::string& from, const std::string& to, const Change& change) {
    auto source = CommitStore::open(directory_ / from + "/log", {});
    auto target = CommitStore::open(directory_ / to + "/log", {});
    CHECK(source.has_value() && target.has_value());
    (*source)
        ->walk(0,
               [&](CommitNo commit, Bytes frame) -> Result<bool> {
                 CommitWrite write{commit, std::string{text_of(frame)}, {}, commit == 0};
                 if (commit % kCommitsAnIndexEntry == 0)
                   write.index = (*source)->index_at(commit).value();
                 if (change(write)) (*target)->put({&write, 1}).value();
                 return true;
               })
        .value();
  }
  void copy_without(CommitNo missing) {
    copy("whole", "d", [&](const CommitWrite& write) { return write.commit != missing; });
  }
  Result<std::unique_ptr<EmbeddedLog>> open() {
    return EmbeddedLog::open(directory_ / "d", identity_for_tests());
  }
  static Result<void> read(Log& log, Offset from) {
    const std::vector<LogPlace> places{{kWhere, from}};
    return log.read(places, [](const LogRecord&) { return true; });
  }
  TemporaryDirectory directory_;
};

TEST_F(EmbeddedLogGap, NearTheEndRefusesToOpenAndNamesTheCommit) {
  copy_without(590);
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::LogGap);
  EXPECT_THAT(opened.error().detail, HasSubstr("commit 590 of the log is missing"));
}

TEST_F(EmbeddedLogGap, AtTheBeginningRefusesToOpen) {
  copy_without(0);
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::LogGap);
}

TEST_F(EmbeddedLogGap, FarBackIsFoundByWhoeverReadsThere) {
  copy_without(100);
  const auto opened = open();
  ASSERT_TRUE(opened.has_value()) << opened.error().detail;
  const auto whole = read(**opened, 0);
  ASSERT_FALSE(whole.has_value());
  EXPECT_EQ(whole.error().code, ErrorCode::LogGap);
  EXPECT_THAT(whole.error().detail, HasSubstr("commit 100 of the log is missing"));
  EXPECT_TRUE(read(**opened, 300).has_value());
}

TEST_F(EmbeddedLogGap, IsAlsoACommitOfAnotherLog) {
  make(directory_ / "other", "recorD");
  auto other = CommitStore::open(directory_ / "other" + "/log", {});
  ASSERT_TRUE(other.has_value());
  for (const CommitNo spliced : {100, 590}) {
    const auto frame = (*other)->frame(spliced).value();
    const std::string name = "spliced" + std::to_string(spliced);
    copy("whole", name, [&](CommitWrite& write) {
      if (write.commit == spliced) write.frame = frame;
      return true;
    });
    const auto opened = EmbeddedLog::open(directory_ / name, identity_for_tests());
    const auto found = opened ? read(**opened, 0) : Result<void>{opened.error()};
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::LogGap);
    EXPECT_THAT(found.error().detail, HasSubstr("was written after another commit"));
  }
}

TEST_F(EmbeddedLogGap, OfTheIndexRefusesToOpen) {
  copy("whole", "d", [](CommitWrite& write) {
    if (write.commit == 512) write.index.clear();
    return true;
  });
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::LogGap);
  EXPECT_THAT(opened.error().detail, HasSubstr("index entry of commit 512"));
}

TEST_F(EmbeddedLogGap, ABadFrameNamesTheCommitAndTheRemedy) {
  copy("whole", "d", [](CommitWrite& write) {
    if (write.commit == 595) write.frame.back() = static_cast<char>(write.frame.back() ^ 1);
    return true;
  });
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::BadBytes);
  EXPECT_THAT(opened.error().detail, HasSubstr("commit 595"));
  EXPECT_THAT(opened.error().detail, HasSubstr("restore the log from a backup"));
}

}  // namespace
}  // namespace jari
