#include "engine/base/time.h"

#include <gtest/gtest.h>

namespace jari {
namespace {

TEST(Instant, IsReadFromAnyRfc3339Text) {
  struct Case {
    const char* text;
    std::int64_t ms;
  };
  const Case cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.001Z", 1},
      {"2021-07-12T11:00:00.000Z", 1'626'087'600'000},
      {"2021-07-12T20:00:00+09:00", 1'626'087'600'000},
      {"2021-07-12T07:30:00-03:30", 1'626'087'600'000},
      {"2021-07-12t11:00:00z", 1'626'087'600'000},
      {"2021-07-12T11:00:00.5Z", 1'626'087'600'500},
      {"2021-07-12T11:00:00.1239Z", 1'626'087'600'123},
      {"2021-07-12T11:00:00.999999999Z", 1'626'087'600'999},
      {"2020-02-29T23:59:59Z", 1'583'020'799'000},
      {"2000-02-29T00:00:00-00:00", 951'782'400'000},
      {"9999-12-31T23:59:59.999Z", kNever.ms},
  };
  for (const auto& one : cases) {
    const auto at = parse_instant(one.text);
    ASSERT_TRUE(at.has_value()) << one.text;
    EXPECT_EQ(at->ms, one.ms) << one.text;
  }
}

TEST(Instant, IsNotReadFromAnythingElse) {
  for (const auto* bad : {
           "",
           "2021",
           "2021-07-12",
           "2021-07-12T11:00:00",
           "2021-07-12T11:00Z",
           "2021-07-12 11:00:00Z",
           "2021-7-12T11:00:00Z",
           "2021-07-12T11:00:00.Z",
           "2021-07-12T11:00:00.0000000000Z",
           "2021-07-12T11:00:00Zx",
           "2021-07-12T11:00:00+0900",
           "2021-07-12T11:00:00+24:00",
           "2021-07-12T11:00:00+09:60",
           "2021-07-12T24:00:00Z",
           "2021-07-12T11:60:00Z",
           "2021-07-12T11:00:60Z",
           "2021-13-01T00:00:00Z",
           "2021-00-01T00:00:00Z",
           "2021-02-29T00:00:00Z",
           "1900-02-29T00:00:00Z",
           "2021-04-31T00:00:00Z",
           "1969-12-31T23:59:59Z",
           "1970-01-01T00:00:00+00:01",
           "9999-12-31T23:59:59.999-00:01",
           "10000-01-01T00:00:00Z",
           "-2021-07-12T11:00:00Z",
           "2021-07-12T1١:00:00Z",
       }) {
    EXPECT_FALSE(parse_instant(bad).has_value()) << bad;
  }
}

TEST(Instant, IsWrittenWithMilliseconds) {
  EXPECT_EQ(to_text(Instant{0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_text(Instant{1'626'087'600'007}), "2021-07-12T11:00:00.007Z");
  EXPECT_EQ(to_text(kNever), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_text(Instant{-1}), "1969-12-31T23:59:59.999Z");
}

TEST(Instant, IsReadBackAsItWasWritten) {
  for (std::int64_t ms = 0; ms < kNever.ms; ms += 86'399'999LL * 311) {
    EXPECT_EQ(parse_instant(to_text(Instant{ms})), Instant{ms});
  }
}

TEST(Instant, CountsMilliseconds) {
  const Instant noon{1000};
  EXPECT_EQ(noon + milliseconds{5}, Instant{1005});
  EXPECT_EQ(noon - seconds{1}, Instant{0});
  EXPECT_EQ(Instant{1005} - noon, milliseconds{5});
}

TEST(Day, CountsFromTheEpochAndIsReadBack) {
  EXPECT_EQ(parse_day("1970-01-02"), Day{1});
  EXPECT_EQ(parse_day("2021-07-12"), Day{18'820});
  EXPECT_EQ(to_text(Day{18'820}), "2021-07-12");
  EXPECT_EQ(to_text(Day{}), "");
  EXPECT_FALSE(Day{}.is_known());
}

TEST(Day, IsNotReadFromAnythingElse) {
  for (const auto* bad : {"", "2021-07", "2021-07-12T", "2021-07-32", "2021-02-29", "1970-01-01",
                          "1969-01-01", "20210712", "2021/07/12"}) {
    EXPECT_FALSE(parse_day(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace jari
