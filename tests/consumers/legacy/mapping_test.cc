#include "consumers/legacy/mapping.h"

#include <gmock/gmock.h>

#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(SyncDocument, HasEveryFieldThatAnAppointmentShows) {
  const auto document =
      parse_sync_document(document_of({.version = 3, .state = AppointmentState::Cancelled}))
          .value();
  EXPECT_EQ(document.version, 3U);
  EXPECT_EQ(document[Field::Version], "3");
  EXPECT_EQ(document[Field::Dose], "1");
  EXPECT_EQ(document[Field::State], "cancelled");
  EXPECT_EQ(document[Field::CancelledBy], "person");
  EXPECT_EQ(document[Field::SlotState], std::nullopt);
  EXPECT_EQ(document.starts_at, Booked{}.starts_at);
  EXPECT_EQ(document.as_of, Booked{}.as_of);
}

TEST(SyncDocument, PassesOverWhatMayBeAddedLater) {
  std::string json = document_of({});
  json.insert(1, R"("colour":"blue",)");
  EXPECT_TRUE(parse_sync_document(json).has_value());
}

TEST(SyncDocument, SaysWhichMemberIsWrong) {
  const auto why = [](const std::string& was, const std::string& is) {
    std::string json = document_of({});
    json.replace(json.find(was), was.size(), is);
    const auto document = parse_sync_document(json);
    return document ? "" : document.error().detail;
  };
  EXPECT_THAT(why(R"("version":1)", R"("version":0)"), HasSubstr("version"));
  EXPECT_THAT(why(R"("version":1)", R"("version":"1")"), HasSubstr("version"));
  EXPECT_THAT(why(R"("site":"site-7")", R"("site":7)"), HasSubstr("site"));
  EXPECT_THAT(why(R"("site":"site-7",)", ""), HasSubstr("site"));
  EXPECT_THAT(why("2026-03-02T14", "2026-13-02T14"), HasSubstr("starts_at"));
  EXPECT_FALSE(parse_sync_document("[]").has_value());
  EXPECT_FALSE(parse_sync_document("").has_value());
}

TEST(Mapping, MakesARowOfADocument) {
  const Row row = row_for_tests({.version = 2, .state = AppointmentState::Cancelled});
  EXPECT_EQ(row.appointment, "a1-7");
  EXPECT_EQ(row.version, 2U);
  EXPECT_EQ(row.refusal, "");
  EXPECT_THAT(row.values,
              ElementsAre(Optional<std::string>("a1-7"), Optional<std::string>("flu"),
                          Optional<std::string>("p-a1-7"), Optional<std::string>("site-7"),
                          Optional<std::string>("am-0900"), Optional<std::string>("vaccine-a"),
                          Optional<std::string>("1"), Optional<std::string>("2026-03-02"),
                          Optional<std::string>("09:00:00"), Optional<std::string>("C"),
                          Optional<std::string>("P"), Optional<std::string>("2"),
                          Optional<std::string>("2026-03-01T09:00:00.000Z"),
                          Optional<std::string>("JARI")));
}

TEST(Mapping, ALocalDateIsTheOneAtTheSite) {
  // Half past midnight in UTC is the evening before in New York.
  const Row row = row_for_tests({.starts_at = Instant{1'772'411'400'000}});
  EXPECT_EQ(row.values[7], "2026-03-01");
  EXPECT_EQ(row.values[8], "19:30:00");
}

TEST(Mapping, WhatHasNoValueIsARefusalNotAGuess) {
  Mapping mapping = mapping_for_tests();
  mapping.columns[3].values = {{"site-1", "0001"}};
  const std::string json = document_of({});
  const Row row = row_of(mapping, parse_sync_document(json).value(), json);
  EXPECT_THAT(row.refusal, HasSubstr("site-7"));
}

TEST(Mapping, IsCheckedBeforeItIsUsed) {
  const auto why = [](const std::function<void(Mapping&)>& change) {
    Mapping mapping = mapping_for_tests();
    change(mapping);
    const auto fits = check(mapping);
    return fits ? "" : fits.error().detail;
  };
  EXPECT_EQ(why([](Mapping&) {}), "");
  EXPECT_THAT(why([](Mapping& m) { m.table.clear(); }), HasSubstr("table"));
  EXPECT_THAT(why([](Mapping& m) { m.columns.erase(m.columns.begin()); }), HasSubstr("key"));
  EXPECT_THAT(why([](Mapping& m) { m.columns[0].values = {{"a", "b"}}; }), HasSubstr("key"));
  EXPECT_THAT(why([](Mapping& m) { m.columns[1].name = "appt_no"; }), HasSubstr("twice"));
  EXPECT_THAT(why([](Mapping& m) { m.columns[9].values.erase("missed"); }), HasSubstr("missed"));
  EXPECT_THAT(why([](Mapping& m) { m.columns[12].form = Form::LocalDate; }),
              HasSubstr("starts_at"));
}

}  // namespace
}  // namespace jari::legacy
