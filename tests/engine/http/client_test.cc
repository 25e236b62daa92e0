#include "engine/http/client.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

using ::testing::HasSubstr;

class Clients : public ::testing::Test {
 protected:
  Client client_of(const Server& server, milliseconds timeout = milliseconds{10'000}) {
    auto made = Client::make({.server = "http://127.0.0.1:" + std::to_string(server.port()),
                              .token = "secret",
                              .timeout = timeout});
    CHECK(made.has_value());
    return std::move(*made);
  }
  ScriptedHandler handler;
};

TEST_F(Clients, AskAndKeepTheConnection) {
  handler.answers = [](const Request& request, Responder responder) {
    Response response = json_response(201, std::string{request.body});
    response.headers.add("Location", std::string{request.head.header("x-more").value_or("none")});
    response.headers.add("X-Token", *request.head.header("authorization"));
    responder.answer(std::move(response));
  };
  const auto server = serve(handler);
  Client client = client_of(*server);
  const auto first = client.call(Method::Post, "/a", R"({"b":1})", {{"X-More", "yes"}});
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->status, 201);
  EXPECT_EQ(first->body, R"({"b":1})");
  EXPECT_EQ(first->header("location"), "yes");
  EXPECT_EQ(first->header("X-Token"), "Bearer secret");
  EXPECT_FALSE(first->header("missing"));
  const auto second = client.call(Method::Head, "/a");
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(second->body, "");
  EXPECT_EQ(server->connection_count(), 1U);
}

TEST_F(Clients, ReadChunksAndLargeBodies) {
  handler.answers = [](const Request&, Responder responder) {
    Stream stream = responder.stream(Response{});
    stream.write("hello ");
    stream.write(std::string(200'000, 'x'));
  };
  const auto server = serve(handler);
  Client client = client_of(*server);
  const auto answer = client.call(Method::Get, "/a");
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body.size(), 200'006U);
}

TEST_F(Clients, OpenAConnectionAgainThatWasClosed) {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds{20};
  const auto server = serve(handler, options);
  Client client = client_of(*server);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.call(Method::Get, "/a");
    ASSERT_TRUE(answer) << answer.error().detail;
    Box<int> ticks;
    while (server->connection_count() > 0) {
      server->after(0, milliseconds{2}, [&] { ticks.put(1); });
      ticks.take(1);
    }
  }
}

TEST_F(Clients, GiveUpInTime) {
  Box<Responder> held;
  handler.answers = [&](const Request&, Responder responder) { held.put(std::move(responder)); };
  const auto server = serve(handler);
  Client client = client_of(*server, milliseconds{50});
  const auto answer = client.call(Method::Get, "/a");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, HasSubstr("no answer within 50 ms"));
}

TEST_F(Clients, SayWhomTheyCannotReach) {
  std::uint16_t port = 0;
  {
    const auto server = serve(handler);
    port = server->port();
  }
  auto client = Client::make({.server = "http://localhost:" + std::to_string(port)});
  ASSERT_TRUE(client);
  const auto answer = client->call(Method::Get, "/");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, HasSubstr("localhost:" + std::to_string(port)));
  EXPECT_THAT(answer.error().detail, HasSubstr("refused"));
}

TEST_F(Clients, RefuseWhatIsNotAServer) {
  for (const char* wrong : {"", "localhost", "https://a", "http://", "http://a/b", "http://a:b",
                            "http://a:99999", "http://u@a", "http://[::1"}) {
    EXPECT_FALSE(Client::make({.server = wrong})) << wrong;
  }
  for (const char* good : {"http://a", "http://a:1/", "http://[::1]:8080", "http://[::1]"}) {
    EXPECT_TRUE(Client::make({.server = good})) << good;
  }
}

}  // namespace
}  // namespace jari::http::testing
