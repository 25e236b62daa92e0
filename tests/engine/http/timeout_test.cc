#include <string>

#include <gtest/gtest.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

/// Long ones for all but the one under test.
ServerLimits patient() {
  ServerLimits limits;
  limits.head_timeout = limits.body_timeout = limits.idle_timeout = limits.write_timeout =
      std::chrono::minutes{10};
  return limits;
}

TEST(Timeouts, EndAConnectionThatAsksNothing) {
  ScriptedHandler handler;
  ServerLimits limits = patient();
  limits.idle_timeout = milliseconds{40};
  const auto server = serve(handler, {.limits = limits});
  Caller silent{server->port()};
  Caller once{server->port()};
  once.send(get("/"));
  EXPECT_EQ(once.receive().status, 200);
  EXPECT_TRUE(once.is_closed());
  EXPECT_TRUE(silent.is_closed());
}

TEST(Timeouts, EndAHeadThatNeverEndsHoweverOftenAByteComes) {
  ScriptedHandler handler;
  ServerLimits limits = patient();
  limits.head_timeout = milliseconds{60};
  const auto server = serve(handler, {.limits = limits});
  Caller slow{server->port()};
  slow.send("GET / HTTP/1.1\r\nHost: x\r\n");
  Box<int> ticks;
  const std::function<void()> tick = [&] { ticks.put(1); };
  while (slow.try_send("A: b\r\n") > 0) {  // ends when the server has closed
    server->after(0, milliseconds{5}, tick);
    ticks.take(1);
  }
  EXPECT_TRUE(slow.is_closed());
}

TEST(Timeouts, EndABodyThatNeverEnds) {
  ScriptedHandler handler;
  ServerLimits limits = patient();
  limits.body_timeout = milliseconds{40};
  const auto server = serve(handler, {.limits = limits});
  Caller slow{server->port()};
  slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
  EXPECT_TRUE(slow.is_closed());
}

TEST(Timeouts, EndAClientThatTakesNothing) {
  ScriptedHandler handler;
  Box<int> gone;
  handler.answers = [&](const Request&, Responder responder) {
    responder.answer(json_response(200, std::string(20'000'000, 'x')));
    gone.put(1);
  };
  ServerLimits limits = patient();
  limits.write_timeout = milliseconds{60};
  const auto server = serve(handler, {.limits = limits});
  Caller deaf{server->port()};
  deaf.narrow_receive_buffer(4096);
  deaf.send(get("/"));
  gone.take(1);
  Box<int> ticks;
  while (server->connection_count() > 0) {
    server->after(0, milliseconds{5}, [&] { ticks.put(1); });
    ticks.take(1);
  }
}

TEST(Timeouts, DoNotCountWhileTheApplicationThinks) {
  ScriptedHandler handler;
  Box<Responder> held;
  handler.answers = [&](const Request&, Responder responder) { held.put(std::move(responder)); };
  ServerLimits limits;
  limits.head_timeout = limits.body_timeout = limits.idle_timeout = limits.write_timeout =
      milliseconds{20};
  const auto server = serve(handler, {.limits = limits});
  Caller caller{server->port()};
  caller.send(get("/"));
  auto waiting = held.take(1);
  Box<int> ticks;
  server->after(0, milliseconds{100}, [&] { ticks.put(1); });
  ticks.take(1);
  waiting.front().answer(json_response(200, "{}"));
  EXPECT_EQ(caller.receive().status, 200);
}

}  // namespace
}  // namespace jari::http::testing
