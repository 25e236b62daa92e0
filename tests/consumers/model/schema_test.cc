#include <cctype>
#include <set>

#include <gtest/gtest.h>

#include "consumers/model/record.h"
#include "records_generated.h"
#include "tests/engine/record/schema_match.h"
#include "tests/golden/golden.h"

namespace jari {
namespace {

class RecordsSchema : public ::testing::Test {
 protected:
  template <HasFields T>
  void expect_table(std::string_view name) {
    const std::string whole = "jari.schema." + std::string{name};
    schema_match::expect_matches<T>(schema_, whole);
    seen_.insert(whole);
  }
  template <std::size_t... Index>
  void expect_tables(std::index_sequence<Index...>) {
    (expect_table<std::variant_alternative_t<Index + 1, Record>>(name_of(Index + 1)), ...);
  }
  schema_match::Schema schema_{JARI_RECORDS_BFBS};
  std::set<std::string> seen_{"jari.schema.Body"};
};

constexpr auto kTypes = std::make_index_sequence<kRecordTypesEnd - 1>{};

TEST_F(RecordsSchema, HasTheFieldsOfEveryStructInTheirOrder) {
  expect_tables(kTypes);
  expect_table<PrequeueSettings>("PrequeueSettings");
  expect_table<CohortWindow>("CohortWindow");
  expect_table<ProductSettings>("ProductSettings");
  expect_table<Appointment>("Appointment");
  for (const auto* table : *schema_.root().objects()) {
    EXPECT_TRUE(seen_.contains(table->name()->str())) << table->name()->str() << " has no struct";
  }
  EXPECT_EQ(schema_.root().root_table()->name()->str(), "jari.schema.Body");
}

/// Ours, read and written again by the code that flatc makes, and read by us.
template <std::size_t Index>
void goes_both_ways() {
  using T = std::variant_alternative_t<Index, Record>;
  SCOPED_TRACE(name_of(Index));
  schema_match::Filler filler;
  Encoder encoder;
  for (const bool is_filled : {true, false}) {
    T record{};
    if (is_filled) filler.fill(record);
    const golden::Aligned ours{encoder.encode(record)};
    const auto* start = reinterpret_cast<const std::uint8_t*>(ours.view().data());
    flatbuffers::Verifier verifier(start, ours.view().size());
    ASSERT_TRUE(schema::VerifyBodyBuffer(verifier));
    schema::BodyT body;
    schema::GetBody(start)->UnPackTo(&body);
    ASSERT_EQ(static_cast<std::size_t>(body.record.type), Index);

    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::Body::Pack(builder, &body));
    const golden::Aligned theirs{
        std::as_bytes(std::span{builder.GetBufferPointer(), builder.GetSize()})};
    const Record read = decode(Index, theirs.view());
    ASSERT_EQ(read.index(), Index);
    EXPECT_EQ(golden::says(std::get<T>(read)), golden::says(record));
    EXPECT_EQ(hash_of_body(Index, theirs.view()), hash_of_record(record));
  }
}
template <std::size_t... Index>
void all_go_both_ways(std::index_sequence<Index...>) {
  (goes_both_ways<Index + 1>(), ...);
}

TEST(RecordsSchemaCode, ReadsWhatWeWriteAndWritesWhatWeRead) {
  all_go_both_ways(kTypes);
}

/// `NotAdmitted` as `not-admitted`.
std::string with_dashes(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_capital = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (is_capital && !out.empty()) out.push_back('-');
    out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

TEST(RecordsSchemaEnums, TheUnionHasTheTypesByTheirNumbers) {
  EXPECT_EQ(static_cast<int>(schema::Record_MAX), kRecordTypesEnd - 1);
  for (RecordType type = 1; type < kRecordTypesEnd; ++type) {
    EXPECT_EQ(schema::EnumNameRecord(static_cast<schema::Record>(type)), name_of(type));
  }
}

TEST(RecordsSchemaEnums, CodesAreTheProblemsByTheirNumbers) {
  EXPECT_EQ(static_cast<int>(schema::Code_MAX), kCodesEnd - 1);
  EXPECT_EQ(static_cast<int>(schema::Code_None), static_cast<int>(Code::None));
  for (std::uint8_t code = 1; code < kCodesEnd; ++code) {
    const std::string_view name = schema::EnumNameCode(static_cast<schema::Code>(code));
    EXPECT_EQ(with_dashes(name), to_text(Code{code}));
  }
}

TEST(RecordsSchemaEnums, BitsOfFieldsAndOverridesAreOurs) {
  const auto same = [](auto theirs, auto ours) {
    EXPECT_EQ(static_cast<std::uint32_t>(theirs), static_cast<std::uint32_t>(ours));
  };
  same(schema::QueueField_ANY, kEveryQueueField);
  same(schema::QueueField_Programme, QueueField::Programme);
  same(schema::QueueField_OpensAt, QueueField::OpensAt);
  same(schema::QueueField_ClosesAt, QueueField::ClosesAt);
  same(schema::QueueField_Rate, QueueField::Rate);
  same(schema::QueueField_InsideMax, QueueField::InsideMax);
  same(schema::QueueField_SessionSeconds, QueueField::SessionSeconds);
  same(schema::QueueField_Prequeue, QueueField::Prequeue);
  same(schema::QueueField_Message, QueueField::Message);
  same(schema::QueueField_Paused, QueueField::Paused);
  same(schema::QueueField_Rejoin, QueueField::Rejoin);
  same(schema::ProgrammeField_ANY, kEveryProgrammeField);
  same(schema::ProgrammeField_Name, ProgrammeField::Name);
  same(schema::ProgrammeField_Queue, ProgrammeField::Queue);
  same(schema::ProgrammeField_Cohorts, ProgrammeField::Cohorts);
  same(schema::ProgrammeField_Products, ProgrammeField::Products);
  same(schema::ProgrammeField_ActiveMax, ProgrammeField::ActiveMax);
  same(schema::ProgrammeField_HoldSeconds, ProgrammeField::HoldSeconds);
  same(schema::ProgrammeField_RebookSeconds, ProgrammeField::RebookSeconds);
  same(schema::Override_CohortNotOpen, Override::CohortNotOpen);
  same(schema::Override_TooEarlyForNextDose, Override::TooEarlyForNextDose);
  same(schema::Override_TooLateForNextDose, Override::TooLateForNextDose);
  same(schema::Override_SlotStarted, Override::SlotStarted);
}

TEST(RecordsSchemaEnums, StatesAreOurs) {
  const auto same = [](auto theirs, auto ours) {
    EXPECT_EQ(static_cast<int>(theirs), static_cast<int>(ours));
  };
  same(schema::HoldEnd_MAX, HoldEnd::Released);
  same(schema::HoldEnd_Expired, HoldEnd::Expired);
  same(schema::HoldEnd_Withdrawn, HoldEnd::Withdrawn);
  same(schema::Decision_MAX, Decision::Refused);
  same(schema::Decision_Granted, Decision::Granted);
  same(schema::AppointmentState_MAX, AppointmentState::Missed);
  for (int state = 0; state <= schema::AppointmentState_MAX; ++state) {
    EXPECT_EQ(with_dashes(schema::EnumNamesAppointmentState()[state]),
              to_text(static_cast<AppointmentState>(state)));
  }
  same(schema::CancelledBy_MAX, CancelledBy::Withdrawal);
  for (int by = 0; by <= schema::CancelledBy_MAX; ++by) {
    EXPECT_EQ(with_dashes(schema::EnumNamesCancelledBy()[by]),
              to_text(static_cast<CancelledBy>(by)));
  }
}

}  // namespace
}  // namespace jari
