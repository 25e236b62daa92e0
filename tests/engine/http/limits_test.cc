#include <string>
#include <thread>

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

TEST_F(Limits, WhoMayNotSendABodyIsToldBeforeItIsKept) {
  handler.before_an_upload = [](const RequestHead& head) -> std::optional<Response> {
    if (head.header("authorization")) return std::nullopt;
    return to_response({.status = 401, .code = "token-required"});
  };
  Caller caller{server->port()};
  caller.send(with_length("/large", 1024 * 1024));  // none of the body has come
  EXPECT_EQ(caller.receive().status, 401);
  caller.send(std::string(1024 * 1024, 'a') + get("/next"));  // it is read over
  EXPECT_EQ(caller.receive().body, "GET /next ");
  const std::string head =
      "POST /large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: 5\r\n\r\n";
  caller.send(head);
  caller.send("hello");
  EXPECT_EQ(caller.receive().body, "POST /large hello");
  EXPECT_EQ(ask(post("/", "a body that comes with its head is judged with it"), false).status, 200);
}

TEST_F(Limits, OfAllBodiesUnderWayTogether) {
  ServerOptions options;
  options.limits.bodies_bytes_max = 100'000;
  const auto small = serve(handler, std::move(options));
  Caller one{small->port()};
  one.send(with_length("/", 60'000) + "a");
  Caller gone{small->port()};
  gone.send(with_length("/", 30'000) + "a");
  while (small->connection_count() < 2) std::this_thread::yield();
  {
    Caller two{small->port()};
    Answer answer{200, {}, {}};
    while (answer.status == 200) {  // until both have been seen
      two.send(with_length("/", 50'000));
      two.send(std::string(50'000, 'b'));
      answer = two.receive();
    }
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("\"code\":\"overloaded\""));
    EXPECT_TRUE(answer.has("Retry-After: 1"));
    two.send(post("/", "small"));  // came whole, and is none of them
    EXPECT_EQ(two.receive().body, "POST / small");
  }
  gone.reset();  // gives its share back
  one.send(std::string(59'999, 'a'));
  EXPECT_EQ(one.receive().status, 200);  // and so does this one
  Caller three{small->port()};
  three.send(with_length("/", 60'000));
  three.send(std::string(60'000, 'c'));
  EXPECT_EQ(three.receive().status, 200);
}

TEST_F(Limits, OfWhatIsNotKeptAreThoseOfTheBodyAlone) {
  handler.before = [](const RequestHead&, BodyRules& rules) -> std::optional<Response> {
    rules.is_kept = false;
    return std::nullopt;
  };
  ServerOptions options;
  options.limits.bodies_bytes_max = 10;
  const auto small = serve(handler, std::move(options));
  Caller caller{small->port()};
  caller.send(with_length("/", 60'000));
  caller.send(std::string(60'000, 'a') + with_length("/", 70'000));
  EXPECT_EQ(caller.receive().body, "POST / ");
  EXPECT_EQ(caller.receive().status, 413);
}

TEST_F(Limits, OfTheFormNameWhatIsWrong) {
  const auto names = [&](const std::string& bytes, const std::string& field) {
    const Answer answer = ask(bytes);
    EXPECT_EQ(answer.status, 400) << bytes;
    EXPECT_THAT(answer.body, HasSubstr("\"field\":\"" + field + "\"")) << bytes;
  };
  names("GET / HTTP/1.1\r\n\r\n", "host");
  names("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "host");
  names("GET / HTTP/2.0\r\nHost: x\r\n\r\n", "request-line");
  names("CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", "request-line");
  names(get("/a#b"), "request-line");
  names(get("/\xea\xb0\x80"), "request-line");
  names("\n", "request-line");
  names(get("/", "no colon\r\n"), "headers");
  names("GET / HTTP/1.1\r\nHost: x\n\r\n", "headers");
  names(get("/", "Content-Length: 1\r\nContent-Length: 1\r\n"), "content-length");
  names(get("/", "Transfer-Encoding: gzip\r\n"), "transfer-encoding");
  names(get("/", "Transfer-Encoding: chunked\r\n") + "no size\r\n", "body");
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
