#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/log_writer.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr PartitionRef kWhere{0, 0};

class EmbeddedLogTwice : public ::testing::Test {
 protected:
  EmbeddedLogTwice() {
    options_.write_buffer_bytes = std::size_t{64} << 10;  // many flushes
    options_.compress = false;
    open();
  }
  void open() {
    auto opened = EmbeddedLog::open(dir_, identity_for_tests(), options_);
    CHECK(opened.has_value());
    log_ = std::move(*opened);
  }
  static void append(EmbeddedLog& log, int commits) {
    LogWriter writer(log);
    for (int i = 0; i < commits; ++i) {
      writer.add(kWhere, "record " + std::to_string(i));
      writer.add({1, 1}, std::string(500, 'x'));
      writer.append();
    }
    writer.wait();
  }
  std::unique_ptr<EmbeddedLog> beside(const std::string& dir) {
    auto opened = EmbeddedLog::open_beside(dir);
    CHECK(opened.has_value());
    return std::move(*opened);
  }
  static std::set<std::string> files_in(const std::string& dir) {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(dir)) {
      names.insert(entry.path().string() + " " +
                   std::to_string(fs::last_write_time(entry.path()).time_since_epoch().count()));
    }
    return names;
  }
  TemporaryDirectory directory_;
  std::string dir_ = directory_ / "d";
  EmbeddedLogOptions options_;
  std::unique_ptr<EmbeddedLog> log_;
};

TEST_F(EmbeddedLogTwice, IsReadBesideItsOwner) {
  append(*log_, 300);
  const auto reader = beside(dir_);
  EXPECT_EQ(reader->identity().incarnation, identity_for_tests().incarnation);
  EXPECT_EQ(texts_of(*reader), texts_of(*log_));
  append(*log_, 700);
  EXPECT_EQ(reader->end(kWhere), 301U);  // as it was
  ASSERT_TRUE(reader->catch_up().has_value());
  EXPECT_EQ(reader->end(kWhere), 1001U);
  EXPECT_EQ(texts_of(*reader), texts_of(*log_));
}

TEST_F(EmbeddedLogTwice, IsReadBesideNobodyAndLeftAsItIs) {
  append(*log_, 300);
  const auto texts = texts_of(*log_);
  log_.reset();
  const auto files = files_in(dir_);
  {
    const auto reader = beside(dir_);
    EXPECT_EQ(texts_of(*reader), texts);
    EXPECT_TRUE(reader->catch_up().has_value());
  }
  EXPECT_EQ(files_in(dir_), files);
}

TEST_F(EmbeddedLogTwice, KeepsItsOwnFilesElsewhereAndRemovesThem) {
  const TemporaryDirectory elsewhere;
  const fs::path usual = fs::temp_directory_path();
  ::setenv("TMPDIR", elsewhere.path().c_str(), 1);
  {
    const auto reader = beside(dir_);
    EXPECT_FALSE(fs::is_empty(elsewhere.path()));
  }
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
  ::setenv("TMPDIR", usual.c_str(), 1);
}

TEST_F(EmbeddedLogTwice, IsNotAppendedToBeside) {
  const auto reader = beside(dir_);
  LogWriter writer(*reader);
  writer.add(kWhere, "no");
  writer.append();
  writer.wait();
  ASSERT_FALSE(writer.answers().front().second.has_value());
  EXPECT_EQ(writer.answers().front().second.error().code, ErrorCode::BadArgument);
}

TEST_F(EmbeddedLogTwice, WhichIsNotThereSaysSo) {
  const auto nothing = EmbeddedLog::open_beside(directory_ / "nothing");
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().code, ErrorCode::NotFound);
  EXPECT_FALSE(fs::exists(directory_ / "nothing"));
}

TEST_F(EmbeddedLogTwice, IsFollowedThroughFlushesAndCompactions) {
  std::atomic<bool> is_done = false;
  std::thread owner([&] {
    for (int i = 0; i < 40; ++i) append(*log_, 100);
    is_done = true;
  });
  const auto follower = beside(dir_);
  int rounds = 0;
  for (bool is_last = false; !is_last; ++rounds) {
    is_last = is_done;
    const Offset durable = log_->end(kWhere);
    const auto caught_up = follower->catch_up();
    ASSERT_TRUE(caught_up.has_value()) << caught_up.error().detail;
    EXPECT_GE(follower->end(kWhere), durable);
    const auto fresh = EmbeddedLog::open_beside(dir_);
    ASSERT_TRUE(fresh.has_value()) << fresh.error().detail;
    EXPECT_GE((*fresh)->end(kWhere), durable);
    Offset next = 0;
    const std::vector<LogPlace> from{{kWhere, 0}};
    const auto read = follower->read(from, [&](const LogRecord& record) {
      EXPECT_EQ(record.offset, next++);
      return true;
    });
    ASSERT_TRUE(read.has_value()) << read.error().detail;
    EXPECT_EQ(next, follower->end(kWhere));
  }
  owner.join();
  EXPECT_EQ(follower->end(kWhere), 4001U);
  EXPECT_GT(rounds, 1);
}

TEST_F(EmbeddedLogTwice, IsCopiedWithANewIdentity) {
  append(*log_, 600);
  const auto texts = texts_of(*log_);
  const Hash128 incarnation{8, 9};
  const Instant at{1'700'000'000'000};
  const auto reader = beside(dir_);
  append(*log_, 5);  // after it was opened: not in the copy
  const auto copied = reader->copy_into(directory_ / "copy", incarnation, at);
  ASSERT_TRUE(copied.has_value()) << copied.error().detail;

  for (int life = 0; life < 2; ++life) {
    auto opened = EmbeddedLog::open(directory_ / "copy", identity_for_tests());
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    EmbeddedLog& copy = **opened;
    EXPECT_EQ(copy.identity().incarnation, incarnation);
    EXPECT_EQ(copy.identity().copy_of, identity_for_tests().incarnation);
    EXPECT_EQ(copy.identity().begins, at);
    EXPECT_EQ(copy.identity().topics, identity_for_tests().topics);
    auto copied_texts = texts_of(copy);
    for (auto& [where, records] : copied_texts) {
      const std::size_t genesis_at = texts.at(where).size();
      ASSERT_GT(records.size(), genesis_at);
      const auto genesis = read_genesis(bytes_of(records[genesis_at]));
      ASSERT_TRUE(genesis.has_value());
      EXPECT_EQ(genesis->incarnation, incarnation);
      records.resize(genesis_at);
    }
    EXPECT_EQ(copied_texts, texts);
    append(copy, 300);  // it is a log like any other
  }
  EXPECT_EQ(log_->identity().incarnation, identity_for_tests().incarnation);
}

TEST_F(EmbeddedLogTwice, IsCopiedBySomebodyWhoServesIt) {
  append(*log_, 10);
  ASSERT_TRUE(log_->copy_into(directory_ / "copy", {8, 9}, Instant{5}).has_value());
  append(*log_, 10);
  EXPECT_EQ(beside(directory_ / "copy")->end(kWhere), 12U);
}

TEST_F(EmbeddedLogTwice, IsNotCopiedOverAnotherLog) {
  const auto copied = log_->copy_into(dir_, {8, 9}, Instant{5});
  ASSERT_FALSE(copied.has_value());
  EXPECT_EQ(copied.error().code, ErrorCode::BadArgument);
  EXPECT_THAT(copied.error().detail, HasSubstr("there is a log"));
}

TEST_F(EmbeddedLogTwice, IsCopiedAgainAfterACopyThatWasStopped) {
  append(*log_, 10);
  fs::create_directories(directory_ / "copy/log.unfinished");
  fs::copy(dir_ + "/log", directory_ / "copy/log.unfinished", fs::copy_options::recursive);
  ASSERT_TRUE(log_->copy_into(directory_ / "copy", {8, 9}, Instant{5}).has_value());
  EXPECT_EQ(beside(directory_ / "copy")->end(kWhere), 12U);
  EXPECT_FALSE(fs::exists(directory_ / "copy/log.unfinished"));
}

}  // namespace
}  // namespace jari
