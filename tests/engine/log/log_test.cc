#include "engine/log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/log/partition_offsets.h"
#include "engine/record/flat.h"
#include "tests/engine/log/log_writer.h"

namespace jari {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A genesis record with this body, or of this kind.
std::string record_of(RecordKind kind, Bytes body) {
  flat::Builder builder;
  Envelope envelope;
  envelope.kind = kind;
  envelope.body = body;
  return std::string{text_of(write_envelope(builder, envelope))};
}

TEST(LogIdentity, NamesItsPartitionsInTheOrderOfTheTopics) {
  LogIdentity identity;
  identity.topics = {{"a", 2, false}, {"none", 0, false}, {"b", 1, true}};
  EXPECT_THAT(identity.partitions(),
              ElementsAre(PartitionRef{0, 0}, PartitionRef{0, 1}, PartitionRef{2, 0}));
}

TEST(LogSection, PadsEachRecordToEightAndGivesItBack) {
  LogSection section;
  const Texts texts{"", "1", "1234567", "12345678", "123456789", ""};
  for (const auto& text : texts) section.add(bytes_of(text));
  ASSERT_EQ(section.count(), texts.size());
  EXPECT_EQ(section.bytes.size(), 40U);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(text_of(section.record(i)), texts[i]);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(section.record(i).data()) % 8, 0U);
  }
}

TEST(LogBatch, CountsTheBytesOfItsSections) {
  LogBatch batch;
  EXPECT_EQ(batch.bytes(), 0U);
  batch.sections.resize(2);
  batch.sections[0].add(bytes_of("123"));
  batch.sections[1].add(bytes_of("123456789"));
  EXPECT_EQ(batch.bytes(), 24U);
}

TEST(Genesis, IsReadBackAsItWasWritten) {
  LogIdentity identity = identity_for_tests();
  identity.copy_of = {3, 4};
  const std::string record = genesis_record(identity);
  const auto read = read_genesis(bytes_of(record));
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_EQ(read->incarnation, identity.incarnation);
  EXPECT_EQ(read->copy_of, identity.copy_of);
  EXPECT_EQ(read->topics, identity.topics);
  EXPECT_EQ(read->begins, identity.begins);
  EXPECT_EQ(read->stream_window, identity.stream_window);
  EXPECT_EQ(read->outage_ms, identity.outage_ms);
}

TEST(Genesis, IsRefusedWhereItIsNone) {
  const std::string tick = record_of(RecordKind::Tick, {});
  EXPECT_EQ(read_genesis(bytes_of(tick)).error().code, ErrorCode::LogMismatch);
  const std::string no_body = record_of(RecordKind::Genesis, bytes_of("12345678"));
  EXPECT_EQ(read_genesis(bytes_of(no_body)).error().code, ErrorCode::BadBytes);
  const std::string no_record(64, '\0');
  EXPECT_EQ(read_genesis(bytes_of(no_record)).error().code, ErrorCode::BadBytes);
}

TEST(Genesis, OfAnotherFormatIsRefusedAndSaysWhich) {
  flat::Builder builder;
  Genesis genesis;
  genesis.format = 7;
  const std::string later = record_of(RecordKind::Genesis, flat::write_root(builder, genesis));
  const auto read = read_genesis(bytes_of(later));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::WrongVersion);
  EXPECT_THAT(read.error().detail, HasSubstr("format 7"));
}

TEST(PartitionOffsets, HaveOneForEachPartition) {
  PartitionOffsets offsets(identity_for_tests());
  EXPECT_EQ(offsets.all().size(), 6U);
  EXPECT_TRUE(offsets.has({1, 2}));
  EXPECT_FALSE(offsets.has({1, 3}));
  EXPECT_FALSE(offsets.has({3, 0}));
  offsets[{1, 2}] = 9;
  offsets[{2, 0}] = 4;
  EXPECT_THAT(offsets.all(), ElementsAre(0, 0, 0, 0, 9, 4));
  EXPECT_DEATH((offsets[{0, 2}] = 1), "CHECK");
}

}  // namespace
}  // namespace jari
