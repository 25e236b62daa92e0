#include "consumers/legacy/canonical.h"

#include <gmock/gmock.h>

#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {
namespace {

TEST(Canonical, ATextIsWhatTheTableShowsOfIt) {
  EXPECT_EQ(canonical_text(Kind::Text, "B  "), "B");
  EXPECT_EQ(canonical_text(Kind::Text, "  "), "");
  EXPECT_EQ(canonical_text(Kind::Date, "2026-03-02"), "2026-03-02");
  EXPECT_EQ(canonical_text(Kind::Date, "2026-03-02T14:00:00.000Z"), "2026-03-02");
  EXPECT_EQ(canonical_text(Kind::TimeOfDay, "09:00:00"), "09:00:00");
  EXPECT_EQ(canonical_text(Kind::TimeOfDay, "2026-03-02 09:00:00"), "09:00:00");
  EXPECT_EQ(canonical_text(Kind::Time, "2026-03-02T14:00:00.120Z"), "2026-03-02 14:00:00");
  EXPECT_EQ(canonical_text(Kind::Time, "2026-03-02 09:00:00"), "2026-03-02 09:00:00");
  EXPECT_EQ(canonical_text(Kind::Time, "2026-03-02"), "2026-03-02 00:00:00");
}

TEST(Canonical, WhatATableRoundsIsNotCompared) {
  const Mapping mapping = mapping_for_tests();
  for (const char* type : {"timestamp(0) without time zone", "timestamp(3) with time zone",
                           "time(0) without time zone", "real", "numeric(5,2)"}) {
    EXPECT_FALSE(compared(mapping, 0, type).has_value()) << type;
  }
  for (const char* type : {"character varying(32)", "character(1)", "smallint", "numeric", "uuid",
                           "date", "time without time zone", "timestamp with time zone"}) {
    EXPECT_TRUE(compared(mapping, 0, type).has_value()) << type;
  }
}

TEST(Canonical, AHashIsOfEachColumnAndOfNothingElse) {
  const Mapping mapping = mapping_for_tests();
  std::vector<Compared> columns;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    columns.push_back(*compared(mapping, i, "text"));
  }
  Row row = row_for_tests({});
  const std::uint64_t hash = row_hash(columns, row);
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    Row other = row;
    other.values[i] = std::nullopt;
    EXPECT_NE(row_hash(columns, other), hash) << i;
  }
  // What moves from one column into the next is another row.
  Row moved = row;
  moved.values[1] = "fl";
  moved.values[2] = "up-a1-7";
  EXPECT_NE(row_hash(columns, moved), hash);
  row.document.clear();
  EXPECT_EQ(row_hash(columns, row), hash);
}

TEST(Canonical, ARowIsCountedUnderItsSiteAndLocalDay) {
  const Mapping mapping = mapping_for_tests();
  std::vector<Compared> columns;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    columns.push_back(*compared(mapping, i, i == 7 ? "date" : "text"));
  }
  EXPECT_EQ(group_of(mapping, columns, row_for_tests({})), "site-7 2026-03-02");
}

}  // namespace
}  // namespace jari::legacy
