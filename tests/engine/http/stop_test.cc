#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

constexpr milliseconds kLong{10'000};

class Stop : public ::testing::Test {
 protected:
  Stop() {
    handler.answers = [this](const Request& request, Responder responder) {
      if (request.head.path == "/events") {
        streams.put(responder.stream(Response{}, [this] { gone.put(1); }));
      } else {
        held.put(std::move(responder));
      }
    };
    server = serve(handler, {.threads = 2});
  }
  std::future<void> stopping() {
    return std::async(std::launch::async, [this] { server->stop(kLong); });
  }
  ScriptedHandler handler;
  Box<Responder> held;
  Box<Stream> streams;
  Box<int> gone;
  std::unique_ptr<Server> server;
};

TEST_F(Stop, FinishesWhatIsOutstanding) {
  Caller idle{server->port()};
  Caller busy{server->port()};
  busy.send(get("/a") + get("/b"));
  auto requests = held.take(2);
  auto stopped = stopping();
  EXPECT_TRUE(idle.is_closed());
  EXPECT_EQ(stopped.wait_for(milliseconds{0}), std::future_status::timeout);
  requests[1].answer(json_response(200, "b"));
  requests[0].answer(json_response(200, "a"));
  EXPECT_EQ(busy.receive().body, "a");
  EXPECT_EQ(busy.receive().body, "b");
  EXPECT_TRUE(busy.is_closed());
  stopped.get();
  EXPECT_EQ(server->connection_count(), 0U);
}

TEST_F(Stop, EndsStreams) {
  Caller caller{server->port()};
  caller.send(get("/events"));
  Stream stream = std::move(streams.take(1).front());
  stopping().get();
  gone.take(1);
  EXPECT_TRUE(stream.is_gone());
  caller.receive_until("\r\n\r\n");
  EXPECT_EQ(caller.receive_rest(), "0\r\n\r\n");
}

TEST_F(Stop, DoesNotWaitForWhatNeverCame) {
  Caller half{server->port()};
  half.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhal");
  stopping().get();
  EXPECT_TRUE(half.is_closed());
}

TEST_F(Stop, HasOnlySoMuchPatience) {
  Caller caller{server->port()};
  caller.send(get("/a"));
  auto requests = held.take(1);
  server->stop(milliseconds{10});
  EXPECT_TRUE(caller.is_closed());
  requests.front().answer(json_response(200, "too late"));
}

TEST_F(Stop, DropsTimersAndTasks) {
  server->after(0, std::chrono::hours{1}, [this] { gone.put(1); });
  stopping().get();
  server->run_on(0, [this] { gone.put(1); });
  server->cancel(server->after(1, milliseconds{0}, [this] { gone.put(1); }));
  server->stop(kLong);
  EXPECT_EQ(gone.size(), 0U);
}

TEST_F(Stop, DropsAResponderThatATimerOwns) {
  Caller caller{server->port()};
  caller.send(get("/a"));
  server->after(0, std::chrono::hours{1},
                [owned = std::move(held.take(1).front())]() mutable { owned = Responder{}; });
  server->stop(milliseconds{10});
  EXPECT_TRUE(caller.is_closed());
}

}  // namespace
}  // namespace jari::http::testing
