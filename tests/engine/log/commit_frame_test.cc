#include "engine/log/embedded/commit_frame.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/log/crc32c.h"
#include "engine/log/embedded/commit_cursor.h"
#include "tests/engine/log/log_writer.h"

namespace jari {
namespace {

using ::testing::HasSubstr;

LogBatch batch_of(const std::vector<std::pair<PartitionRef, Texts>>& sections) {
  LogBatch batch;
  Offset base = 5;
  for (const auto& [where, texts] : sections) {
    LogSection section;
    section.where = where;
    section.base_offset = base++;
    for (const auto& text : texts) section.add(bytes_of(text));
    batch.sections.push_back(std::move(section));
  }
  return batch;
}

LogBatch some_batch() {
  return batch_of(
      {{{0, 1}, {"one", "", std::string(100, 'x')}}, {{1, 2}, {std::string(300, 'y')}}});
}

void expect_equal(const LogBatch& batch, const FrameReader& reader) {
  ASSERT_EQ(reader.sections().size(), batch.sections.size());
  for (std::size_t i = 0; i < batch.sections.size(); ++i) {
    const auto& written = batch.sections[i];
    const auto& read = reader.sections()[i];
    EXPECT_EQ(read.where, written.where);
    EXPECT_EQ(read.base_offset, written.base_offset);
    ASSERT_EQ(read.count, written.count());
    for (std::size_t j = 0; j < read.count; ++j) {
      EXPECT_EQ(text_of(read.record(j)), text_of(written.record(j)));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read.record(j).data()) % 8, 0U);
    }
  }
}

TEST(Crc32c, GivesThePublishedValues) {
  EXPECT_EQ(crc32c(bytes_of("")), 0U);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8a9136aaU);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\xff'))), 0x62a8ab43U);
  EXPECT_EQ(crc32c(bytes_of("6789"), crc32c(bytes_of("12345"))), 0xe3069283U);
}

TEST(Frame, IsReadBackAsItWasWritten) {
  for (const bool compress : {true, false}) {
    const auto batch = some_batch();
    const CommitPlace place{77, {1, 2}};
    const std::string frame = write_frame(place, batch, compress);
    FrameReader reader;
    for (std::size_t shift = 0; shift < 8; ++shift) {  // wherever RocksDB hands the bytes out
      const std::string shifted = std::string(shift, ' ') + frame;
      ASSERT_TRUE(reader.open(77, bytes_of(shifted).subspan(shift)).has_value());
      ASSERT_TRUE(reader.unpack().has_value());
      EXPECT_EQ(reader.before(), place.before);
      expect_equal(batch, reader);
    }
  }
}

TEST(Frame, IsPackedOnlyWhereThatSavesSomething) {
  const auto same = batch_of({{{0, 0}, {std::string(4000, 'z')}}});
  EXPECT_LT(write_frame({}, same, true).size(), 200U);
  EXPECT_GT(write_frame({}, same, false).size(), 4000U);
  const auto tiny = batch_of({{{0, 0}, {"qwertyuiopasdfgh"}}});
  EXPECT_EQ(write_frame({}, tiny, true), write_frame({}, tiny, false));
}

TEST(Frame, WithAnyByteChangedIsRefused) {
  for (const bool compress : {true, false}) {
    const std::string frame = write_frame({3, {}}, some_batch(), compress);
    for (std::size_t i = 0; i < frame.size(); ++i) {
      std::string damaged = frame;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      FrameReader reader;
      const auto opened = reader.open(3, bytes_of(damaged));
      const auto read = opened ? reader.unpack() : opened;
      ASSERT_FALSE(read.has_value()) << "byte " << i;
      EXPECT_THAT(read.error().detail, HasSubstr("commit 3"));
    }
  }
}

TEST(Frame, CutOffAnywhereIsRefused) {
  const std::string frame = write_frame({3, {}}, some_batch(), true);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    FrameReader reader;
    EXPECT_FALSE(reader.open(3, bytes_of(frame).first(size)).has_value());
  }
}

TEST(Frame, WithARightChecksumOverWrongBytesDoesNoHarm) {
  const std::string frame = write_frame({3, {}}, some_batch(), true);
  std::size_t refused = 0;
  for (std::size_t i = 8; i < frame.size(); ++i) {
    for (const int flip : {1, 0x80, 0xff}) {
      std::string forged = frame;
      forged[i] = static_cast<char>(forged[i] ^ flip);
      const auto bytes = bytes_of(forged);
      const std::uint32_t crc = crc32c(bytes.subspan(8), crc32c(bytes.first(4)));
      std::memcpy(forged.data() + 4, &crc, sizeof crc);
      FrameReader reader;
      if (!reader.open(3, bytes_of(forged)) || !reader.unpack()) {
        ++refused;
        continue;
      }
      for (const auto& section : reader.sections()) {
        for (std::size_t j = 0; j < section.count; ++j) {
          static_cast<void>(hash128(section.record(j)));  // every byte may be touched
        }
      }
    }
  }
  EXPECT_GT(refused, 0U);
}

TEST(Frame, OfAnotherFormatSaysSo) {
  std::string frame = write_frame({3, {}}, some_batch(), true);
  frame[0] = 2;
  FrameReader reader;
  const auto opened = reader.open(3, bytes_of(frame));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::WrongVersion);
}

class Cursor : public ::testing::Test {
 protected:
  Cursor() : cursor_(identity_for_tests()) {}
  std::string frame(CommitPlace place, Offset base) {
    LogBatch batch = batch_of({{{0, 1}, {"one", "two"}}});
    batch.sections[0].base_offset = base;
    return write_frame(place, batch, false);
  }
  Result<void> pass(CommitNo found, const std::string& frame) {
    return cursor_.pass(found, bytes_of(frame), reader_);
  }
  CommitCursor cursor_;
  FrameReader reader_;
};

TEST_F(Cursor, PassesCommitsThatFollowEachOther) {
  const auto first = frame({0, {}}, 0);
  ASSERT_TRUE(pass(0, first).has_value());
  ASSERT_TRUE(pass(1, frame({1, hash_of_frame(bytes_of(first))}, 2)).has_value());
  EXPECT_EQ((cursor_.ends()[{0, 1}]), 4U);
  EXPECT_EQ(cursor_.next().commit, 2U);
}

TEST_F(Cursor, NamesTheCommitThatIsMissing) {
  const auto passed = pass(1, frame({1, {}}, 0));
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().code, ErrorCode::LogGap);
  EXPECT_THAT(passed.error().detail, HasSubstr("commit 0 of the log is missing"));
}

TEST_F(Cursor, RefusesACommitFromAnotherLog) {
  ASSERT_TRUE(pass(0, frame({0, {}}, 0)).has_value());
  const auto passed = pass(1, frame({1, {9, 9}}, 2));
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().code, ErrorCode::LogGap);
  EXPECT_THAT(passed.error().detail, HasSubstr("another commit"));
}

TEST_F(Cursor, RefusesOffsetsThatDoNotFollow) {
  const auto passed = pass(0, frame({0, {}}, 3));
  ASSERT_FALSE(passed.has_value());
  EXPECT_EQ(passed.error().code, ErrorCode::LogGap);
}

}  // namespace
}  // namespace jari
