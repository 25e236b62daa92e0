#include "ops/jari/import_rows.h"

#include <gmock/gmock.h>

namespace jari::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ImportRows given(ImportKind kind, const std::string& text) {
  auto rows = read_csv("f.csv", text);
  EXPECT_TRUE(rows);
  auto places = places_of(kind, rows->front());
  EXPECT_TRUE(places);
  ImportRows file{kind, *places, {}, "why"};
  file.rows.assign(rows->begin() + 1, rows->end());
  return file;
}

/// What is wrong with each row; empty where nothing is.
std::vector<std::string> faults(const ImportRows& file) {
  std::vector<std::string> all;
  for (const CsvRow& row : file.rows) all.push_back(wrong_with(file, row).value_or(""));
  return all;
}

TEST(ImportedSites, AreCheckedAsTheServiceWould) {
  const auto file = given(ImportKind::Sites,
                          "site,name,region,zone,latitude,longitude\n"
                          "good,Jongno,seoul,Asia/Seoul,37.5,127\n"
                          "zone,Jongno,seoul,Mars/Olympus,,\n"
                          "north,Jongno,seoul,UTC,100,127\n"
                          "half,Jongno,seoul,UTC,37.5,\n"
                          "word,Jongno,seoul,UTC,x,127\n"
                          "long," +
                              std::string(201, 'x') +
                              ",seoul,UTC,,\n"
                              "control,a\x01,seoul,UTC,,\n"
                              "bytes,a\xff,seoul,UTC,,\n"
                              "a b,Jongno,seoul,UTC,,\n"
                              "none,,seoul,UTC,,\n");
  EXPECT_THAT(faults(file),
              ElementsAre("", "zone: must be an IANA time zone, such as Asia/Seoul",
                          "latitude: must be a number from -90 to 90",
                          "longitude: must be given with the other",
                          "latitude: must be a number from -90 to 90", StartsWith("name: must be"),
                          HasSubstr("none of them a control character"), "name: is not UTF-8",
                          StartsWith("site: must be 1 to 64 of"), "name: must be given"));
}

TEST(ImportedSlots, AreCheckedAsTheServiceWould) {
  const auto file = given(ImportKind::Slots,
                          "site,slot,starts_at,length_seconds,capacity\n"
                          "s,am,2026-12-01T09:00:00Z,1800,5\n"
                          "s,end,9999-12-31T23:59:59.000Z,86400,5\n"
                          "s,short,2026-12-01T09:00:00Z,5,5\n"
                          "s,zeros,2026-12-01T09:00:00Z,01800,5\n"
                          "s,,2026-12-01T09:00:00Z,1800,5\n"
                          "s,more,2026-12-01T09:00:00Z,1800,5,6\n"
                          "s,less,2026-12-01T09:00:00Z\n");
  EXPECT_THAT(faults(file),
              ElementsAre("", "starts_at: must be within the years 1970 to 9999, and its end too",
                          "length_seconds: must be an integer from 60 to 86400",
                          "length_seconds: must be an integer from 60 to 86400",
                          StartsWith("slot: must be"), "row: has more fields than the header",
                          "length_seconds: must be given"));
}

TEST(ImportedStock, TakesNumbersAsJsonHasThem) {
  const auto file = given(ImportKind::Stock,
                          "site,product,doses,lost\n"
                          "s,v,5,\ns,v,1E2,true\ns,v,1.5,\ns,v,99999999,\ns,v,5,yes\n");
  EXPECT_THAT(faults(file),
              ElementsAre("", "", "doses: must be an integer from -10000000 to 10000000",
                          "doses: must be an integer from -10000000 to 10000000",
                          "lost: must be true or false"));
}

TEST(ImportedPeople, AreCheckedOneByOne) {
  const auto file = given(ImportKind::Eligibility,
                          "programme,person,cohort,doses_done,last_dose_on\n"
                          "p,alice,c,0,\np,bob,c,100,\np,carol,c,1,1.1.2021\n,dora,c,0,\n");
  EXPECT_THAT(faults(file), ElementsAre("", "doses_done: must be an integer from 0 to 20",
                                        "last_dose_on: must be a date such as 2021-07-12",
                                        StartsWith("programme: must be")));
}

TEST(ImportedRows, BecomeTheCallsOfTheApi) {
  const auto slots = given(ImportKind::Slots,
                           "capacity,site,slot,starts_at,length_seconds\n"
                           "5,s:1,am,2026-12-01T09:00:00Z,1800\n");
  const ImportCall put = call_for(slots, {&slots.rows[0]});
  EXPECT_EQ(put.method, http::Method::Put);
  EXPECT_EQ(put.target, "/v1/operator/sites/s%3A1/slots/am");
  EXPECT_EQ(put.body, R"({"reason":"why","starts_at":"2026-12-01T09:00:00Z","length_seconds":1800,)"
                      R"("capacity":5})");
  const auto people =
      given(ImportKind::Eligibility, "programme,person,cohort,doses_done\np,a,c,1\np,b,c,\n");
  const ImportCall post = call_for(people, {&people.rows[0], &people.rows[1]});
  EXPECT_EQ(post.method, http::Method::Post);
  EXPECT_EQ(post.target, "/v1/operator/eligibility");
  EXPECT_EQ(post.body, R"({"reason":"why","programme":"p","people":[{"person":"a","cohort":"c",)"
                       R"("doses_done":1},{"person":"b","cohort":"c"}]})");
}

TEST(ImportedRows, AHeaderNamesWhatIsKnown) {
  const auto wrong = places_of(ImportKind::Stock, {1, {"site;product;doses"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().detail,
            "site;product;doses: no such column; those known are site,product,doses,lost");
  EXPECT_EQ(places_of(ImportKind::Stock, {1, {"site", "site"}}).error().detail,
            "site: the column stands twice");
  EXPECT_EQ(places_of(ImportKind::Stock, {1, {"site", "doses"}}).error().detail,
            "product: the column is missing");
}

TEST(ARefusal, IsOfTheRowThatItsFieldNames) {
  const auto found = field_of_row("people[500].last_product", 1000);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->row, 500U);
  EXPECT_EQ(found->field, "last_product");
  EXPECT_EQ(field_of_row("people[3]", 4)->field, "row");
  for (const char* other :
       {"people", "people[", "people[x].person", "people[4].person", "reason"}) {
    EXPECT_FALSE(field_of_row(other, 4)) << other;
  }
}

}  // namespace
}  // namespace jari::ops
