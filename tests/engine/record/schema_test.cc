#include <set>

#include <gtest/gtest.h>

#include "engine/record/own_records.h"
#include "record_generated.h"
#include "tests/engine/record/schema_match.h"

namespace jari {
namespace {

class RecordSchema : public ::testing::Test {
 protected:
  template <HasFields T>
  void expect_table(const std::string& name) {
    schema_match::expect_matches<T>(schema_, "jari.schema." + name);
    seen_.insert("jari.schema." + name);
  }
  schema_match::Schema schema_{JARI_RECORD_BFBS};
  std::set<std::string> seen_;
};

TEST_F(RecordSchema, HasTheFieldsOfEveryStructInTheirOrder) {
  for (const std::string name : {"Hash128", "PartitionRef", "StreamPlace"}) {  // within the others
    ASSERT_NE(schema_.table("jari.schema." + name), nullptr);
    EXPECT_TRUE(schema_.table("jari.schema." + name)->is_struct());
    seen_.insert("jari.schema." + name);
  }
  expect_table<Asked>("Asked");
  expect_table<Envelope>("Envelope");
  expect_table<TopicSpec>("TopicSpec");
  expect_table<Genesis>("Genesis");
  expect_table<Tick>("Tick");
  expect_table<Claim>("Claim");
  expect_table<Ack>("Ack");
  expect_table<Barrier>("Barrier");
  expect_table<TimeJump>("TimeJump");
  expect_table<StreamSet>("StreamSet");
  expect_table<Disputed>("Disputed");
  expect_table<Reissue>("Reissue");
  for (const auto* table : *schema_.root().objects()) {
    EXPECT_TRUE(seen_.contains(table->name()->str())) << table->name()->str() << " has no struct";
  }
}

TEST(RecordSchemaEnums, HaveTheNumbersOfTheStructs) {
  EXPECT_EQ(static_cast<int>(schema::RecordKind_MAX), static_cast<int>(RecordKind::Own));
  const auto kind = [](RecordKind ours) {
    return std::string{schema::EnumNameRecordKind(static_cast<schema::RecordKind>(ours))};
  };
  EXPECT_EQ(kind(RecordKind::Request), "Request");
  EXPECT_EQ(kind(RecordKind::Effect), "Effect");
  EXPECT_EQ(kind(RecordKind::Row), "Row");
  EXPECT_EQ(kind(RecordKind::Genesis), "Genesis");
  EXPECT_EQ(kind(RecordKind::Tick), "Tick");
  EXPECT_EQ(kind(RecordKind::Claim), "Claim");
  EXPECT_EQ(kind(RecordKind::Ack), "Ack");
  EXPECT_EQ(kind(RecordKind::Barrier), "Barrier");
  EXPECT_EQ(kind(RecordKind::TimeJump), "TimeJump");
  EXPECT_EQ(kind(RecordKind::StreamSet), "StreamSet");
  EXPECT_EQ(kind(RecordKind::Disputed), "Disputed");
  EXPECT_EQ(kind(RecordKind::Reissue), "Reissue");
  EXPECT_EQ(kind(RecordKind::Own), "Own");
  EXPECT_EQ(static_cast<int>(schema::Role_Person), static_cast<int>(Role::Person));
  EXPECT_EQ(static_cast<int>(schema::Role_Operator), static_cast<int>(Role::Operator));
  EXPECT_EQ(static_cast<int>(schema::BarrierStep_Read), static_cast<int>(BarrierStep::Read));
  EXPECT_EQ(static_cast<int>(schema::BarrierStep_Write), static_cast<int>(BarrierStep::Write));
}

TEST(RecordSchemaCode, WritesWhatWeReadAndReadsWhatWeWrite) {
  flatbuffers::FlatBufferBuilder builder;
  const schema::Hash128 hash(1, 2);
  const schema::PartitionRef source(1, 700);
  const schema::StreamPlace stream(hash, source, source, 9, hash, 5, 4);
  const std::vector<std::uint8_t> body(21, 7);
  builder.Finish(
      schema::CreateEnvelopeDirect(builder, schema::RecordKind_Effect, 3, 2, &body, &stream));
  const auto written = std::as_bytes(std::span{builder.GetBufferPointer(), builder.GetSize()});
  const auto envelope = read_envelope(written);
  ASSERT_TRUE(envelope.has_value()) << envelope.error().detail;
  EXPECT_EQ(envelope->kind, RecordKind::Effect);
  EXPECT_EQ(envelope->stream->incarnation, (Hash128{1, 2}));
  EXPECT_EQ(envelope->stream->source, (PartitionRef{1, 700}));
  EXPECT_EQ(envelope->stream->reverse_last, 4U);
  EXPECT_EQ(envelope->body.size(), 21U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(envelope->body.data()) % 8, 0U);

  flat::Builder again;
  const Bytes ours = write_envelope(again, *envelope);
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(ours.data()), ours.size());
  ASSERT_TRUE(schema::VerifyEnvelopeBuffer(verifier));
  const auto* read = schema::GetEnvelope(ours.data());
  EXPECT_EQ(read->stream()->seq(), 9U);
  EXPECT_EQ(read->stream()->destination().partition(), 700);
  EXPECT_EQ(read->body()->size(), 21U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read->body()->data()) % 8, 0U);
}

}  // namespace
}  // namespace jari
