#include "engine/http/wire.h"

#include <gtest/gtest.h>

namespace jari::http {
namespace {

std::string sent(const Response& response, const WireForm& form) {
  std::string out;
  append_response(out, response, form, "D");
  return out;
}

TEST(Wire, WritesAnAnswer) {
  Response response = json_response(201, "{}");
  response.headers.add("Location", "/v1/x");
  response.headers.add("Age", 5);
  EXPECT_EQ(sent(response, {}),
            "HTTP/1.1 201 Created\r\nDate: D\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\nLocation: /v1/x\r\nAge: 5\r\n\r\n{}");
}

TEST(Wire, LeavesTheBodyOutWhereThereIsNone) {
  EXPECT_EQ(sent(json_response(200, "{}"), {.leaves_body_out = true}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(sent(empty_response(204), {}), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
  EXPECT_EQ(sent(empty_response(304), {.closes = true}),
            "HTTP/1.1 304 Not Modified\r\nDate: D\r\nConnection: close\r\n\r\n");
}

TEST(Wire, ChunksAStream) {
  Response response;
  response.content_type = kEventStream;
  response.body = "0123456789abcdef";
  EXPECT_EQ(sent(response, {.is_stream = true}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n");
  EXPECT_EQ(sent(response, {.closes = true, .is_http_1_0 = true, .is_stream = true}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/event-stream\r\n"
            "Connection: close\r\n\r\n0123456789abcdef");
}

TEST(Wire, WritesDatesAsHttpDoes) {
  EXPECT_EQ(http_date(784887151), "Tue, 15 Nov 1994 08:12:31 GMT");
  EXPECT_EQ(http_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(HeaderLines, FindsWhatWasAddedInAnyCase) {
  HeaderLines lines;
  lines.add("ETag", "W/\"1\"");
  lines.add("X-Empty", "");
  EXPECT_EQ(lines.find("etag"), "W/\"1\"");
  EXPECT_EQ(lines.find("x-empty"), "");
  EXPECT_FALSE(lines.find("x"));
}

TEST(HeaderLinesDeathTest, StopsRatherThanSplitAnAnswer) {
  HeaderLines lines;
  EXPECT_DEATH(lines.add("Location", "/a\r\nSet-Cookie: b"), "broken invariant");
}

}  // namespace
}  // namespace jari::http
