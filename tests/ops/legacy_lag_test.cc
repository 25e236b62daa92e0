#include "ops/jari/legacy_lag.h"

#include <fstream>

#include <gmock/gmock.h>

#include "tests/engine/log/temporary_directory.h"

namespace jari::ops {
namespace {

const Instant kNow{1'772'355'600'000};

TEST(LegacyLag, IsWhatWasWrittenAndAgesWhereItIsNotRenewed) {
  const TemporaryDirectory directory;
  const std::string data = directory / "d";
  std::filesystem::create_directories(data);
  EXPECT_FALSE(read_legacy_lag(data, kNow).has_value());
  ASSERT_TRUE(write_legacy_lag(data, {7, 12, 3}, kNow).has_value());
  const auto fresh = read_legacy_lag(data, kNow + seconds{5});
  ASSERT_TRUE(fresh.has_value());
  EXPECT_EQ(fresh->records, 7U);
  EXPECT_EQ(fresh->seconds, 12);
  EXPECT_EQ(fresh->missing, 3U);
  EXPECT_EQ(read_legacy_lag(data, kNow + seconds{100})->seconds, 112);
}

TEST(LegacyLag, WhatIsNoReportIsNone) {
  const TemporaryDirectory directory;
  const std::string data = directory / "d";
  std::filesystem::create_directories(data);
  for (const char* text :
       {"", "[]", "{}", R"({"records":-1,"seconds":1,"at":"2026-03-01T09:00:00Z"})",
        R"({"records":1,"seconds":1,"missing":-1,"at":"2026-03-01T09:00:00Z"})",
        R"({"records":1,"seconds":1,"at":"yesterday"})"}) {
    std::ofstream(data + "/legacy-lag.json") << text;
    EXPECT_FALSE(read_legacy_lag(data, kNow).has_value()) << text;
  }
  std::ofstream(data + "/legacy-lag.json")
      << R"({"records":1,"seconds":1,"at":"2026-03-01T09:00:00Z"})";
  EXPECT_EQ(read_legacy_lag(data, kNow)->missing, 0U);  // as an older sync says it
  EXPECT_FALSE(write_legacy_lag(data + "/nowhere", {}, kNow).has_value());
}

}  // namespace
}  // namespace jari::ops
