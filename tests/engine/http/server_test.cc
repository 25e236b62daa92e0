#include "engine/http/server.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

using ::testing::HasSubstr;

TEST(ServerTest, AnswersAndKeepsTheConnection) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller caller{server->port()};
  for (int i = 0; i < 3; ++i) {
    caller.send(get("/a?b=c"));
    const Answer answer = caller.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a ");
    EXPECT_TRUE(answer.has("Content-Type: application/json"));
    EXPECT_THAT(answer.head, HasSubstr("\r\nDate: "));
  }
  caller.send(post("/b", "hello"));
  EXPECT_EQ(caller.receive().body, "POST /b hello");
  caller.send("\r\n" + get("/after-a-stray-line"));
  EXPECT_EQ(caller.receive().body, "GET /after-a-stray-line ");
}

TEST(ServerTest, TakesARequestInPiecesOfAnySize) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  const std::string both =
      post("/a", "hello") +
      "PUT /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n"
      "0\r\nT: u\r\n\r\n" +
      get("/c");
  for (const std::size_t step : {1U, 2U, 3U, 7U, 50U, 1000U}) {
    Caller caller{server->port()};
    for (std::size_t at = 0; at < both.size(); at += step) {
      caller.send(std::string_view{both}.substr(at, step));
    }
    EXPECT_EQ(caller.receive().body, "POST /a hello");
    EXPECT_EQ(caller.receive().body, "PUT /b abcde");
    EXPECT_EQ(caller.receive().body, "GET /c ");
  }
}

TEST(ServerTest, AnswersHeadLikeGetWithoutTheBody) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/b"));
  const Answer head = caller.receive(true);
  EXPECT_TRUE(head.has("Content-Length: 8"));
  EXPECT_EQ(caller.receive().body, "GET /b ");
}

TEST(ServerTest, ClosesWhenAskedTo) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send(get("/a", "Connection: close\r\n") + get("/never"));
  const Answer answer = caller.receive();
  EXPECT_TRUE(answer.has("Connection: close"));
  EXPECT_TRUE(caller.is_closed());
}

TEST(ServerTest, SpeaksHttp10) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller closing{server->port()};
  closing.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(closing.receive().has("Connection: close"));
  EXPECT_TRUE(closing.is_closed());
  Caller keeping{server->port()};
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(keeping.receive().has("Connection: keep-alive"));
  }
}

TEST(ServerTest, TellsAClientThatWaitsToSendItsBody) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(caller.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  caller.send("hello");
  EXPECT_EQ(caller.receive().body, "POST /a hello");
  caller.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
  EXPECT_EQ(caller.receive().body, "POST /a hi");
}

TEST(ServerTest, AnswersAClientThatOnlyListens) {
  ScriptedHandler handler;
  Box<Responder> held;
  handler.answers = [&](const Request&, Responder responder) { held.put(std::move(responder)); };
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send(get("/a") + get("/b"));
  caller.half_close();
  for (Responder& responder : held.take(2)) responder.answer(json_response(200, "{}"));
  EXPECT_EQ(caller.receive().status, 200);
  EXPECT_EQ(caller.receive().status, 200);
  EXPECT_TRUE(caller.is_closed());
}

TEST(ServerTest, ListensOnIpv6) {
  ScriptedHandler handler;
  const auto server = serve(handler, {.host = "::1"});
  Caller caller{server->port(), true};
  caller.send(get("/a"));
  EXPECT_EQ(caller.receive().status, 200);
}

TEST(ServerTest, SaysWhyItCannotListen) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  const auto taken = Server::start({.port = server->port()}, handler);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().detail,
              HasSubstr("127.0.0.1 port " + std::to_string(server->port()) + ": Address already"));
  EXPECT_THAT(Server::start({.host = "no.such.host.invalid"}, handler).error().detail,
              HasSubstr("cannot listen on no.such.host.invalid"));
  EXPECT_THAT(Server::start({.threads = 0}, handler).error().detail, HasSubstr("threads"));
}

TEST(ServerTest, SpreadsConnectionsOverItsThreads) {
  ScriptedHandler handler;
  Box<std::uint32_t> threads;
  handler.answers = [&](const Request& request, Responder responder) {
    EXPECT_EQ(request.head.thread, responder.thread());
    threads.put(request.head.thread);
    responder.answer(json_response(200, "{}"));
  };
  const auto server = serve(handler, {.threads = 3});
  std::vector<Caller> callers;
  for (int i = 0; i < 6; ++i) callers.emplace_back(server->port());
  for (Caller& caller : callers) caller.send(get("/"));
  for (Caller& caller : callers) EXPECT_EQ(caller.receive().status, 200);
  std::array<int, 3> count{};
  for (const std::uint32_t thread : threads.take(6)) ++count[thread];
  EXPECT_THAT(count, ::testing::ElementsAre(2, 2, 2));
}

TEST(ServerTest, TurnsAwayMoreConnectionsThanItMayHold) {
  ScriptedHandler handler;
  ServerOptions options;
  options.limits.connections_max = 2;
  const auto server = serve(handler, options);
  Caller one{server->port()};
  one.send(get("/"));
  EXPECT_EQ(one.receive().status, 200);
  {
    Caller two{server->port()};
    two.send(get("/"));
    EXPECT_EQ(two.receive().status, 200);
    Caller three{server->port()};
    const Answer away = three.receive();
    EXPECT_EQ(away.status, 503);
    EXPECT_THAT(away.body, HasSubstr("overloaded"));
    EXPECT_TRUE(away.has("Retry-After: 1"));
  }
  one.send(get("/"));
  EXPECT_EQ(one.receive().status, 200);
}

TEST(ServerTest, LivesOnWithoutFileDescriptorsAndServesOnceThereAreSome) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller waiting{server->port()};  // has its descriptor on our side; the server's comes below
  waiting.send(get("/"));
  EXPECT_EQ(waiting.receive().status, 200);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  Caller last{server->port()};
  last.send(get("/"));
  EXPECT_EQ(last.receive().status, 200);
  const int probe = ::dup(0);
  ::close(probe);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(probe) + 1;  // room for the client's end alone
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  Caller stuck{server->port()};
  stuck.send(get("/"));
  waiting.send(get("/"));
  EXPECT_EQ(waiting.receive().status, 200);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(stuck.receive().status, 200);
}

TEST(ServerTest, CallsTasksAndTimersInTheirThread) {
  ScriptedHandler handler;
  const auto server = serve(handler, {.threads = 2});
  Box<std::thread::id> threads;
  server->run_on(1, [&] { threads.put(std::this_thread::get_id()); });
  server->after(1, milliseconds{1}, [&] { threads.put(std::this_thread::get_id()); });
  const auto seen = threads.take(2);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_NE(seen[0], std::this_thread::get_id());
}

TEST(ServerTest, KeepsTenThousandTimers) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Box<int> called;
  std::vector<Timer> timers;
  for (int i = 0; i < 10'000; ++i) {
    timers.push_back(server->after(0, milliseconds{i % 50}, [&called, i] { called.put(i); }));
  }
  EXPECT_EQ(called.take(10'000).size(), 10'000U);
  for (int i = 0; i < 10'000; ++i) {
    timers[static_cast<std::size_t>(i)] =
        server->after(0, std::chrono::hours{1}, [&called, i] { called.put(i); });
  }
  for (const Timer timer : timers) server->cancel(timer);
  server->cancel(Timer{});
  server->after(0, milliseconds{0}, [&called] { called.put(-1); });
  EXPECT_THAT(called.take(1), ::testing::ElementsAre(-1));
}

}  // namespace
}  // namespace jari::http::testing
