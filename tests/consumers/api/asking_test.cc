#include "consumers/api/asking.h"

#include <gtest/gtest.h>

#include "consumers/api/pages.h"
#include "consumers/api/zones.h"

namespace jari::api {
namespace {

LogIdentity a_log(std::uint64_t low) {
  LogIdentity log;
  log.incarnation = {low, 1};
  log.topics = {{"queue", 2, false}, {"bookings", 64, false}};
  return log;
}

TEST(Positions, AreReadBackAsTheyWere) {
  const LogIdentity log = a_log(5);
  Places places;
  add_place(places, {{1, 63}, 1'000'000'000'000});
  add_place(places, {{0, 1}, 7});
  add_place(places, {{0, 1}, 5});
  const auto read = parse_places(log, position_text(log, places));
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].next_offset, 1'000'000'000'000U);
  EXPECT_EQ((*read)[1].next_offset, 7U);
}

TEST(Positions, OfAnotherLogOrOfNoneAreRefused) {
  const LogIdentity log = a_log(5);
  const Places places{{{1, 3}, 9}};
  const std::string text = position_text(log, places);
  EXPECT_FALSE(parse_places(a_log(6), text));
  EXPECT_FALSE(parse_places(log, ""));
  EXPECT_FALSE(parse_places(log, "no position of this log"));
  EXPECT_FALSE(parse_places(log, text.substr(0, text.size() - 1)));
  LogIdentity smaller = log;
  smaller.topics[1].partitions = 2;
  EXPECT_FALSE(parse_places(smaller, text));
}

TEST(Positions, KeepToTheirLength) {
  const LogIdentity log = a_log(5);
  Places places;
  for (PartitionNo i = 0; i < 64; ++i) places.push_back({{1, i}, ~Offset{0}});
  EXPECT_LE(position_text(log, places).size(), kPositionTextMax);
  EXPECT_TRUE(parse_places(log, position_text(log, places)));
}

TEST(Pages, OfOneListAreNoneOfAnother) {
  const std::string text = place_text(ListKind::Slots, {42}, "am/1");
  const auto place = parse_place(ListKind::Slots, text);
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->at, Instant{42});
  EXPECT_EQ(place->id, "am/1");
  EXPECT_FALSE(parse_place(ListKind::Day, text));
  EXPECT_FALSE(parse_page(ListKind::Sites, "no page of this list"));
}

TEST(Zones, DateASlotWhereItIs) {
  const Instant evening = *parse_instant("2021-07-20T20:00:00Z");
  EXPECT_EQ(local_day("Asia/Seoul", evening), parse_day("2021-07-21"));
  EXPECT_EQ(local_day("America/New_York", evening), parse_day("2021-07-20"));
  for (const std::string_view none : {"", "Nowhere", "localtime", "/etc/localtime", "../UTC"}) {
    EXPECT_FALSE(is_zone(none)) << none;
  }
}

class HeadTest : public ::testing::Test {
 protected:
  std::optional<Fault> read(std::vector<http::HeaderField> headers) {
    for (const Route& route : routes()) {
      if (route.pattern == "/v1/operator/queues/{queue}" && route.method == http::Method::Put) {
        call.route = &route;
      }
    }
    call.captures[0] = "q";
    http::RequestHead head;
    head.headers = headers;
    return read_head(head, *call.route, a_log(5), call);
  }
  Call call;
};

TEST_F(HeadTest, PreferSaysHowLongToWait) {
  const std::vector<std::pair<std::string_view, std::int64_t>> cases{
      {"respond-async", 0},
      {"wait=0", 0},
      {"wait=30", 30'000},
      {"respond-async, wait=7", 7'000},
      {"wait=7,respond-async", 7'000},
      {"wait=\"5\"", 5'000},
      {"handling=lenient, wait=3", 3'000},
      {"x=\"a, wait=9\", WAIT=4", 4'000},
      {"wait=1;x", 1'000},
      {"wait=2, wait=9", 2'000}};
  for (const auto& [text, patience] : cases) {
    EXPECT_FALSE(read({{"prefer", text}})) << text;
    EXPECT_EQ(call.patience.count(), patience) << text;
  }
  for (const std::string_view text : {"wait=31", "wait=", "wait=-1", "wait", "wait=\"x\""}) {
    EXPECT_EQ(read({{"prefer", text}})->field, "Prefer") << text;
  }
}

TEST_F(HeadTest, WhatItPrefersMayStandInSeveralHeaders) {
  EXPECT_FALSE(read({{"prefer", "soon"}, {"Prefer", "wait=6"}}));
  EXPECT_EQ(call.patience.count(), 6'000);
}

TEST_F(HeadTest, KeysAreIdsAndDrawnWhereTheyMayBeAbsent) {
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(call.key.empty());
  for (const std::string_view key : {"a b", "a/b", ""}) {
    EXPECT_EQ(read({{"idempotency-key", key}})->field, "Idempotency-Key") << key;
  }
  EXPECT_EQ(read({{"idempotency-key", "a"}, {"idempotency-key", "b"}})->field, "Idempotency-Key");
}

TEST_F(HeadTest, IfMatchNamesAVersion) {
  EXPECT_FALSE(read({{"if-match", "\"7\""}}));
  EXPECT_EQ(call.if_match, 7U);
  EXPECT_FALSE(read({{"if-match", "\"0\""}}));
  EXPECT_NE(call.if_match, 0U);  // a version that nothing has is no leave to overwrite
  for (const std::string_view text : {"7", "*", "W/\"7\"", "\"x\"", "\"\""}) {
    EXPECT_EQ(read({{"if-match", text}})->field, "If-Match") << text;
  }
}

}  // namespace
}  // namespace jari::api
