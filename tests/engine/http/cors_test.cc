#include "engine/http/cors.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jari::http {
namespace {

using testing::HasSubstr;

RequestHead asking(Method method, const std::vector<HeaderField>& headers) {
  return {
      .method = method, .method_text = to_text(method), .path = "/v1/sites", .headers = headers};
}

TEST(Cors, LetsAnAllowedOriginReadTheHeaders) {
  const Cors cors{{"https://page.example"}};
  const std::vector<HeaderField> headers{{"Origin", "https://page.example"}};
  Response response;
  cors.add_headers(asking(Method::Get, headers), response);
  EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "https://page.example");
  EXPECT_EQ(response.headers.find("Access-Control-Expose-Headers"),
            "Location, Retry-After, Jari-Position, ETag");
  EXPECT_EQ(response.headers.find("Vary"), "Origin");
}

TEST(Cors, SaysNothingToOthersButThatTheOriginMatters) {
  const Cors cors{{"https://page.example"}};
  for (const char* origin : {"https://page.example.evil", "https://PAGE.example", "null", ""}) {
    const std::vector<HeaderField> headers{{"origin", origin}};
    Response response;
    cors.add_headers(asking(Method::Get, headers), response);
    EXPECT_FALSE(response.headers.find("Access-Control-Allow-Origin")) << origin;
    EXPECT_EQ(response.headers.find("Vary"), "Origin");
  }
}

TEST(Cors, KeepsAVaryThatSaysMore) {
  Response response;
  response.headers.add("Vary", "Jari-Position, Origin");
  Cors{{"*"}}.add_headers(asking(Method::Get, {}), response);
  EXPECT_EQ(response.headers.text(), "Vary: Jari-Position, Origin\r\n");
}

TEST(Cors, AnswersAPreflight) {
  const Cors cors{{"*"}};
  const std::vector<HeaderField> headers{{"Origin", "https://any.example"},
                                         {"Access-Control-Request-Method", "POST"}};
  const RequestHead head = asking(Method::Options, headers);
  ASSERT_TRUE(Cors::is_preflight(head));
  const Response response = cors.preflight(head, "POST, OPTIONS");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.find("Access-Control-Allow-Origin"), "https://any.example");
  EXPECT_EQ(response.headers.find("Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_THAT(std::string{*response.headers.find("Access-Control-Allow-Headers")},
              HasSubstr("Idempotency-Key"));
  EXPECT_FALSE(Cors::is_preflight(asking(Method::Get, headers)));
  EXPECT_FALSE(Cors::is_preflight(asking(Method::Options, {})));
}

}  // namespace
}  // namespace jari::http
