#include "engine/http/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/http/json_reader.h"

namespace jari::http {
namespace {

using testing::HasSubstr;

TEST(Problem, IsWhatTheContractSays) {
  const Response response = to_response({.status = 409,
                                         .code = "queue-not-open",
                                         .detail = "It opens \"soon\".",
                                         .request_id = "k-1",
                                         .opens_at = "2021-07-12T11:00:00.000Z"});
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body,
            R"({"type":"urn:jari:problem:queue-not-open","title":"Queue not open","status":409,)"
            R"("detail":"It opens \"soon\".","code":"queue-not-open","request_id":"k-1",)"
            R"("opens_at":"2021-07-12T11:00:00.000Z"})");
  EXPECT_FALSE(response.headers.find("Retry-After"));
}

TEST(Problem, SaysWhenToAskAgainWhereItMust) {
  const Response busy = to_response({.status = 503, .code = "overloaded", .request_id = "k"});
  EXPECT_EQ(busy.headers.find("retry-after"), "1");
  EXPECT_THAT(busy.body, HasSubstr(R"("retry_after_seconds":1)"));
  const Response slow = to_response(
      {.status = 429, .code = "slow-down", .request_id = "k", .retry_after_seconds = 7});
  EXPECT_EQ(slow.headers.find("Retry-After"), "7");
  EXPECT_THAT(slow.body, HasSubstr(R"("retry_after_seconds":7)"));
}

TEST(Problem, CarriesWhatHelps) {
  std::string out;
  append_json(out, {.status = 403,
                    .code = "too-early-for-next-dose",
                    .request_id = "k",
                    .field = "slot",
                    .not_before = "2021-08-01",
                    .not_after = "2021-09-01",
                    .limit = 1000});
  EXPECT_THAT(out, HasSubstr(R"("field":"slot")"));
  EXPECT_THAT(out,
              HasSubstr(R"("not_before":"2021-08-01","not_after":"2021-09-01","limit":1000})"));
}

TEST(Problem, DrawsARequestIdWhereThereIsNone) {
  const Response one = to_response({.status = 404, .code = "not-found"});
  const auto body = parse_json(one.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->root().member("request_id")->text()->size(), 32U);
  EXPECT_NE(draw_request_id(), draw_request_id());
}

}  // namespace
}  // namespace jari::http
