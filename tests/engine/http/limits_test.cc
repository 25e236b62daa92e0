#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/http/problem.h"
#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

using ::testing::HasSubstr;

class Limits : public ::testing::Test {
 protected:
  Limits() : server(serve(handler)) {
    handler.before = [](const RequestHead& head, BodyRules& rules) -> std::optional<Response> {
      if (head.path == "/large") rules.bytes_max = 1024 * 1024;
      if (head.path == "/unknown") {
        return to_response({.status = 404, .code = "not-found"});
      }
      return std::nullopt;
    };
  }
  /// What comes back for those bytes, and whether the connection then ends.
  Answer ask(const std::string& bytes, bool closes = true) {
    Caller caller{server->port()};
    caller.send(bytes);
    Answer answer = caller.receive();
    if (closes) {
      EXPECT_TRUE(answer.has("Connection: close"));
      EXPECT_TRUE(caller.is_closed());
    } else {
      caller.send(get("/next"));
      EXPECT_EQ(caller.receive().body, "GET /next ");
    }
    return answer;
  }
  static std::string with_length(std::string_view path, std::size_t bytes) {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
  }
  static std::string chunked(std::string_view path, std::size_t bytes) {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" +
           std::string(0x10000, 'a') + "\r\n" + (bytes > 0x10000 ? "1\r\na\r\n" : "") + "0\r\n\r\n";
  }
  ScriptedHandler handler;
  std::unique_ptr<Server> server;
};

TEST_F(Limits, OfTheRequestLine) {
  const std::size_t around = std::string_view{"GET / HTTP/1.1"}.size();
  EXPECT_EQ(ask(get("/" + std::string(8192 - around, 'a')), false).status, 200);
  const Answer answer = ask(get("/" + std::string(8193 - around, 'a')));
  EXPECT_EQ(answer.status, 414);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"uri-too-long\""));
  EXPECT_THAT(answer.body, HasSubstr("\"limit\":8192"));
  EXPECT_EQ(ask("GET /" + std::string(100'000, 'a')).status, 414);
}

TEST_F(Limits, OfTheHeaders) {
  EXPECT_EQ(ask(get("/", "A: " + std::string(16'000, 'a') + "\r\n"), false).status, 200);
  const Answer answer = ask(get("/", "A: " + std::string(16'384, 'a') + "\r\n"));
  EXPECT_EQ(answer.status, 431);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"headers-too-large\""));
  EXPECT_THAT(answer.body, HasSubstr("\"limit\":16384"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  EXPECT_EQ(ask(get("/", many)).status, 431);
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nA: " + std::string(200'000, 'a')).status, 431);
}

TEST_F(Limits, OfHeadersComeBeforeThatOfTheLine) {
  EXPECT_EQ(
      ask(get("/" + std::string(9'000, 'a'), "A: " + std::string(17'000, 'a') + "\r\n")).status,
      431);
  EXPECT_EQ(ask(get("/unknown" + std::string(9'000, 'a'))).status, 414);
}

TEST_F(Limits, OfTheBodyAreTheRoutes) {
  EXPECT_EQ(ask(post("/", std::string(65'536, 'a')), false).status, 200);
  EXPECT_EQ(ask(post("/large", std::string(1024 * 1024, 'a')), false).status, 200);
  const Answer answer = ask(with_length("/", 65'537));  // the body itself is not waited for
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"body-too-large\""));
  EXPECT_EQ(ask(with_length("/large", 1024 * 1024 + 1)).status, 413);
  EXPECT_EQ(ask(with_length("/", 18446744073709551615ULL)).status, 413);
}

TEST_F(Limits, OfTheBodyHoldForChunks) {
  EXPECT_EQ(ask(chunked("/", 65'536), false).status, 200);
  EXPECT_EQ(ask(chunked("/", 65'537)).status, 413);
  EXPECT_EQ(ask(chunked("/large", 65'537), false).status, 200);
}

TEST_F(Limits, ReachAClientThatGoesOnSending) {
  Caller caller{server->port()};
  caller.send(with_length("/", 1'000'000) + std::string(1'000'000, 'a'));
  EXPECT_EQ(caller.receive().status, 413);
}

TEST_F(Limits, ComeAfterWhatTheApplicationSaysOfThePath) {
  EXPECT_EQ(ask(with_length("/unknown", 65'537)).status, 404);
  EXPECT_EQ(ask(post("/unknown", "hello"), false).status, 404);
  EXPECT_EQ(ask(chunked("/unknown", 65'536), false).status, 404);
  Caller endless{server->port()};
  endless.send(chunked("/unknown", 65'537) + get("/never"));
  EXPECT_EQ(endless.receive().status, 404);
  EXPECT_TRUE(endless.is_closed());  // without a second answer
  Caller waiting{server->port()};
  waiting.send(
      "POST /unknown HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(waiting.receive().status, 404);
  EXPECT_TRUE(waiting.is_closed());
}

TEST_F(Limits, AreToldInOrderBehindEarlierAnswers) {
  Caller caller{server->port()};
  caller.send(get("/one") + post("/two", "b") + "BROKEN\r\n\r\n" + get("/never"));
  EXPECT_EQ(caller.receive().body, "GET /one ");
  EXPECT_EQ(caller.receive().body, "POST /two b");
  const Answer answer = caller.receive();
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"invalid-request\""));
  EXPECT_TRUE(answer.has("Content-Type: application/problem+json"));
  EXPECT_TRUE(answer.has("X-Refused: yes"));
  EXPECT_TRUE(caller.is_closed());
}

TEST_F(Limits, KeepTheClientsKeyInWhatTheyAnswer) {
  Caller caller{server->port()};
  caller.send(
      "POST / HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k-1\r\nContent-Length: 99999\r\n\r\n");
  EXPECT_THAT(caller.receive().body, HasSubstr("\"request_id\":\"k-1\""));
}

}  // namespace
}  // namespace jari::http::testing
