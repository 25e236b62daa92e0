#include "ops/jari/legacy_settings.h"

#include <gmock/gmock.h>

namespace jari::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string why(const std::string& toml) {
  const auto settings = parse_legacy_settings(toml, "f.toml");
  return settings ? "" : settings.error().detail;
}

TEST(LegacySettings, TheExampleIsOne) {
  const auto settings =
      read_legacy_settings(std::string{JARI_SOURCE_DIR} + "/ops/examples/legacy.toml");
  ASSERT_TRUE(settings.has_value()) << settings.error().detail;
  EXPECT_EQ(settings->mapping.table, "appointments");
  EXPECT_EQ(settings->mapping.columns.size(), 14U);
  EXPECT_EQ(settings->mapping.key().name, "appt_no");
  EXPECT_EQ(settings->pace.batch_rows, 1000U);
}

TEST(LegacySettings, SayWhereTheyAreWrong) {
  const std::string good = "table = \"t\"\n[columns]\nid = \"appointment\"\n";
  EXPECT_EQ(why(good), "");
  EXPECT_THAT(why("table = "), StartsWith("f.toml:1: "));
  EXPECT_THAT(why(good + "x = \"colour\"\n"), StartsWith("f.toml:4: a document of sync has no"));
  EXPECT_THAT(why(good + "x = { form = \"local\" }\n"), HasSubstr("either a field or a constant"));
  EXPECT_THAT(why(good + "x = { field = \"site\", colour = \"blue\" }\n"), HasSubstr("colour"));
  EXPECT_THAT(why(good + "x = { field = \"starts_at\", form = \"lunar\" }\n"), HasSubstr("form"));
  EXPECT_THAT(why(good + "[pace]\nrows_per_second = -1\n"), HasSubstr("at least 0"));
  EXPECT_THAT(why(good + "[pace]\nbatch_rows = 0\n"), HasSubstr("at least 1"));
  EXPECT_THAT(why(good + "[pace]\nhours = [\"8-9\"]\n"), HasSubstr("22:00-06:00"));
  EXPECT_THAT(why("colour = 1\n" + good), HasSubstr("no setting colour"));
  EXPECT_THAT(why("[columns]\nid = \"appointment\"\n"), HasSubstr("no table"));
}

}  // namespace
}  // namespace jari::ops
