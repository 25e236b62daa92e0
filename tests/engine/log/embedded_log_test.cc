#include "engine/log/embedded/embedded_log.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/log/log_writer.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr PartitionRef kWhere{0, 0};

class EmbeddedLogFiles : public ::testing::Test {
 protected:
  Result<std::unique_ptr<EmbeddedLog>> open(const std::string& name = "d",
                                            const EmbeddedLogOptions& options = {}) {
    return EmbeddedLog::open(directory_ / name, identity_for_tests(), options);
  }
  static std::unique_ptr<EmbeddedLog> opened(Result<std::unique_ptr<EmbeddedLog>> result) {
    CHECK(result.has_value());
    return std::move(*result);
  }
  static Error refused(Result<std::unique_ptr<EmbeddedLog>> result) {
    CHECK(!result.has_value());
    return std::move(result).error();
  }
  /// Appends `count` commits of one record each, numbered on from what stands there.
  static void append(EmbeddedLog& log, int count) {
    LogWriter writer(log);
    const auto start = static_cast<int>(log.end(kWhere));
    for (int i = 0; i < count; ++i) {
      writer.add(kWhere, "record " + std::to_string(start + i));
      writer.append();
      writer.wait();  // a write to the file of its own
    }
  }
  static Texts records(EmbeddedLog& log) { return texts_of(log, {{kWhere, 1}})[kWhere]; }

  [[nodiscard]] fs::path newest(const std::string& name, const std::string& ending) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(directory_ / name + "/log")) {
      if (entry.path().extension() == ending && entry.path() > found) found = entry.path();
    }
    CHECK(!found.empty());
    return found;
  }
  /// A copy of the files as they lie there.
  void copy(const std::string& from, const std::string& to) const {
    fs::remove_all(directory_ / to);
    fs::copy(directory_ / from, directory_ / to, fs::copy_options::recursive);
  }

  TemporaryDirectory directory_;
};

TEST_F(EmbeddedLogFiles, OfAnotherTopologyAreRefusedAndSayWhatDiffers) {
  opened(open()).reset();
  LogIdentity other = identity_for_tests();
  other.topics[1].partitions = 4;
  auto error = refused(EmbeddedLog::open(directory_ / "d", other));
  EXPECT_EQ(error.code, ErrorCode::LogMismatch);
  EXPECT_THAT(error.detail, HasSubstr("topic 1 is bookings with 3 partitions"));
  EXPECT_THAT(error.detail, HasSubstr("asked is bookings with 4 partitions"));

  other = identity_for_tests();
  other.topics[2].is_sink = false;
  EXPECT_THAT(refused(EmbeddedLog::open(directory_ / "d", other)).detail, HasSubstr("(a sink)"));
  other = identity_for_tests();
  other.topics.pop_back();
  EXPECT_THAT(refused(EmbeddedLog::open(directory_ / "d", other)).detail,
              HasSubstr("has 3 topics"));
}

TEST_F(EmbeddedLogFiles, AreOpenedByWhoeverNamesNoTopicsButNotMade) {
  EXPECT_EQ(refused(EmbeddedLog::open(directory_ / "d", {})).code, ErrorCode::NotFound);
  EXPECT_FALSE(fs::exists(directory_ / "d"));
  opened(open()).reset();
  const auto log = opened(EmbeddedLog::open(directory_ / "d", {}));
  EXPECT_EQ(log->identity().topics, identity_for_tests().topics);
}

TEST_F(EmbeddedLogFiles, KeepTheFirstIdentity) {
  opened(open()).reset();
  LogIdentity other = identity_for_tests();
  other.incarnation = {7, 7};
  const auto log = opened(EmbeddedLog::open(directory_ / "d", other));
  EXPECT_EQ(log->identity().incarnation, identity_for_tests().incarnation);
}

TEST_F(EmbeddedLogFiles, AreServedByOneAtATime) {
  const auto log = opened(open());
  const auto error = refused(open());
  EXPECT_EQ(error.code, ErrorCode::InUse);
  EXPECT_THAT(error.detail, HasSubstr("another jari serves this directory"));
}

TEST_F(EmbeddedLogFiles, ThatCannotBeMadeSayWhere) {
  std::ofstream(directory_ / "file") << "in the way";
  const auto error = refused(EmbeddedLog::open(directory_ / "file", identity_for_tests()));
  EXPECT_EQ(error.code, ErrorCode::Io);
  EXPECT_THAT(error.detail, HasSubstr(directory_ / "file"));
}

TEST_F(EmbeddedLogFiles, CutOffAtAnyByteOfTheLastCommitOpenWithTheCommitsBefore) {
  auto log = opened(open());
  append(*log, 5);
  const auto file = newest("d", ".log");
  const auto before = fs::file_size(file);
  append(*log, 1);
  const auto after = fs::file_size(file);
  ASSERT_GT(after, before);
  for (auto size = before; size <= after; ++size) {
    SCOPED_TRACE("cut at byte " + std::to_string(size) + " of " + std::to_string(after));
    copy("d", "cut");
    fs::resize_file(newest("cut", ".log"), size);
    auto cut = open("cut");
    ASSERT_TRUE(cut.has_value()) << cut.error().detail;
    EXPECT_EQ(records(**cut).size(), size == after ? 6U : 5U);
    if (size % 16 != 0) continue;
    append(**cut, 2);  // and it goes on
    cut->reset();
    EXPECT_EQ(records(*opened(open("cut"))).size(), size == after ? 8U : 7U);
  }
}

TEST_F(EmbeddedLogFiles, CutOffAtAnyByteOfASyncOfManyCommitsKeepAllOrNone) {
  auto log = opened(open());
  append(*log, 2);
  const auto file = newest("d", ".log");
  const auto before = fs::file_size(file);
  LogWriter writer(*log);
  for (int i = 0; i < 40; ++i) {
    writer.add(kWhere, "record");
    writer.add({1, 1}, "record");
    writer.append();
  }
  writer.wait();
  const auto after = fs::file_size(file);
  for (auto size = before; size <= after; size += 13) {
    copy("d", "cut");
    fs::resize_file(newest("cut", ".log"), size);
    const auto cut = opened(open("cut"));
    EXPECT_EQ(cut->end(kWhere), cut->end({1, 1}) + 2);
  }
}

TEST_F(EmbeddedLogFiles, WithZerosForTheLastCommitOpenWithTheCommitsBefore) {
  auto log = opened(open());
  append(*log, 5);
  const auto before = fs::file_size(newest("d", ".log"));
  append(*log, 1);
  const auto after = fs::file_size(newest("d", ".log"));
  copy("d", "zeros");
  fs::resize_file(newest("zeros", ".log"), before);
  fs::resize_file(newest("zeros", ".log"), after);  // a hole reads as zeros
  const auto zeros = opened(open("zeros"));
  EXPECT_EQ(records(*zeros).size(), 5U);
}

/// Changes one byte of a file.
void damage(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x40));
}

TEST_F(EmbeddedLogFiles, DamagedBeforeTheEndAreRefusedAndNotCutShort) {
  auto log = opened(open());
  append(*log, 3);
  const auto before = fs::file_size(newest("d", ".log"));
  append(*log, 3);
  copy("d", "bad");
  damage(newest("bad", ".log"), before + 40);
  const auto error = refused(open("bad"));
  EXPECT_EQ(error.code, ErrorCode::BadBytes) << error.detail;
  EXPECT_THAT(error.detail, HasSubstr("restore the log from a backup"));
}

TEST_F(EmbeddedLogFiles, DamagedAnywhereGiveNoOtherRecords) {
  {
    const auto log = opened(open());
    append(*log, 30);
    copy("d", "logged");  // all of it in the write-ahead log
  }
  const auto expected = records(*opened(open()));  // opened again: all of it in tables
  for (const auto& [name, ending] : {std::pair{"logged", ".log"}, std::pair{"d", ".sst"}}) {
    const auto size = fs::file_size(newest(name, ending));
    ASSERT_GT(size, 1000U);
    for (std::uintmax_t at = 0; at < size; at += 1 + size / 100) {
      SCOPED_TRACE(std::string{ending} + " at " + std::to_string(at));
      copy(name, "bad");
      damage(newest("bad", ending), at);
      auto log = open("bad");
      if (!log) continue;
      Texts texts;
      const std::vector<LogPlace> from{{kWhere, 1}};
      const auto read = (*log)->read(from, [&](const LogRecord& record) {
        texts.emplace_back(text_of(record.bytes));
        return true;
      });
      ASSERT_LE(texts.size(), expected.size());
      EXPECT_TRUE(std::equal(texts.begin(), texts.end(), expected.begin()));
      // A changed length near the end of the write-ahead log looks like a torn write.
      EXPECT_TRUE(!read || texts.size() == expected.size() || ending == std::string{".log"});
    }
  }
}

TEST_F(EmbeddedLogFiles, AfterAFailureTakeNothingMore) {
  // The directory is moved away: once the write buffer is full, RocksDB cannot make its next file.
  EmbeddedLogOptions options;
  options.write_buffer_bytes = std::size_t{64} << 10;
  options.compress = false;
  auto log = opened(EmbeddedLog::open(directory_ / "d", identity_for_tests(), options));
  append(*log, 1);
  fs::rename(directory_ / "d", directory_ / "gone");
  LogWriter writer(*log);
  for (int i = 0; i < 200; ++i) {
    writer.add(kWhere, std::string(10'000, static_cast<char>('a' + i % 26)) + std::to_string(i));
    writer.append();
    writer.wait();
  }
  fs::rename(directory_ / "gone", directory_ / "d");
  const auto answers = writer.answers();
  std::size_t good = 0;
  while (good < answers.size() && answers[good].second) ++good;
  ASSERT_LT(good, answers.size()) << "the failure did not come";
  for (std::size_t i = good; i < answers.size(); ++i) {
    ASSERT_FALSE(answers[i].second.has_value());
    EXPECT_EQ(answers[i].second.error().detail, answers[good].second.error().detail);
  }
  EXPECT_EQ(log->end(kWhere), 2 + good);
  log.reset();
  EXPECT_GE(opened(open())->end(kWhere), 2 + good);  // what was answered is there
}

TEST_F(EmbeddedLogFiles, TellTheirFigures) {
  std::vector<LogWrite> writes;
  EmbeddedLogOptions options;
  options.on_write = [&](const LogWrite& write) { writes.push_back(write); };
  auto log = opened(open("d", options));
  append(*log, 10);
  const auto figures = log->figures();
  EXPECT_EQ(figures.commits, 11U);
  EXPECT_FALSE(figures.is_write_stopped);
  std::uint64_t commits = 0;
  for (const LogWrite& write : writes) {
    commits += write.commits;
    EXPECT_GT(write.raw_bytes, 0U);
    EXPECT_GT(write.kept_bytes, 0U);
    EXPECT_GT(write.took.count(), 0);
  }
  EXPECT_EQ(commits, figures.commits);
}

}  // namespace
}  // namespace jari
