#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

using ::testing::HasSubstr;

class Streams : public ::testing::Test {
 protected:
  Streams() {
    handler.answers = [this](const Request& request, Responder responder) {
      if (request.head.path != "/events") {
        responder.answer(json_response(200, "{}"));
        return;
      }
      Response response;
      response.content_type = kEventStream;
      streams.put(responder.stream(std::move(response), [this] { gone.put(1); }));
    };
    server = serve(handler, {.threads = 2});
  }
  ScriptedHandler handler;
  Box<Stream> streams;
  Box<int> gone;
  std::unique_ptr<Server> server;
};

TEST_F(Streams, CarryPiecesUntilTheyEndAndTheConnectionGoesOn) {
  Caller caller{server->port()};
  caller.send(get("/events") + get("/next"));
  Stream stream = std::move(streams.take(1).front());
  EXPECT_EQ(stream.write("data: 1\n\n"), StreamWrite::Taken);
  EXPECT_EQ(stream.write(""), StreamWrite::Taken);
  EXPECT_EQ(stream.write("data: 2\n\n"), StreamWrite::Taken);
  EXPECT_THAT(caller.receive_until("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_EQ(caller.receive_until("2\n\n\r\n"), "9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n");
  stream.end();
  EXPECT_EQ(stream.write("late"), StreamWrite::Gone);
  EXPECT_EQ(caller.receive_until("\r\n\r\n"), "0\r\n\r\n");
  EXPECT_EQ(caller.receive().body, "{}");
  EXPECT_EQ(gone.size(), 0U);
}

TEST_F(Streams, WaitForTheirTurn) {
  Box<Responder> first;
  handler.answers = [&, then = handler.answers](const Request& request, Responder responder) {
    if (request.head.path == "/first") {
      first.put(std::move(responder));
    } else {
      then(request, std::move(responder));
    }
  };
  Caller caller{server->port()};
  caller.send(get("/first") + get("/events"));
  Stream stream = std::move(streams.take(1).front());
  stream.write("early");
  first.take(1).front().answer(json_response(200, "first"));
  EXPECT_EQ(caller.receive().body, "first");
  caller.receive_until("5\r\nearly\r\n");
}

TEST_F(Streams, TellWhenTheClientIsGone) {
  Caller caller{server->port()};
  caller.send(get("/events"));
  Stream stream = std::move(streams.take(1).front());
  caller.receive_until("\r\n\r\n");
  caller.half_close();
  gone.take(1);
  EXPECT_TRUE(stream.is_gone());
  EXPECT_EQ(stream.write("x"), StreamWrite::Gone);
}

TEST_F(Streams, EndWhenDropped) {
  Caller caller{server->port()};
  caller.send(get("/events"));
  streams.take(1);
  caller.receive_until("\r\n\r\n");
  EXPECT_EQ(caller.receive_until("\r\n\r\n"), "0\r\n\r\n");
}

TEST_F(Streams, LeaveOutPiecesForASlowReaderAndTakeThemAgainLater) {
  Caller caller{server->port()};
  caller.narrow_receive_buffer(64 * 1024);
  caller.send(get("/events"));
  Stream stream = std::move(streams.take(1).front());
  const std::string piece(10'000, 'x');
  std::size_t taken = 0;
  StreamWrite last = StreamWrite::Taken;
  while ((last = stream.write(piece)) == StreamWrite::Taken && taken < 10'000) ++taken;
  EXPECT_EQ(last, StreamWrite::Full);
  caller.receive_until("\r\n\r\n");
  for (std::size_t i = 0; i < taken; ++i) caller.receive_until(piece + "\r\n");
  Box<int> ticks;
  while ((last = stream.write("data: again\n\n")) == StreamWrite::Full) {
    server->after(0, milliseconds{1}, [&] { ticks.put(1); });
    ticks.take(1);
  }
  EXPECT_EQ(last, StreamWrite::Taken);
  caller.receive_until("data: again\n\n");
}

TEST_F(Streams, MayBeWrittenFromAnyThread) {
  Caller caller{server->port()};
  caller.send(get("/events"));
  Stream stream = std::move(streams.take(1).front());
  std::thread writer{[&stream] {
    for (int i = 0; i < 1000; ++i) {
      const AnswerBurst burst;
      while (stream.write("data: " + std::to_string(i) + "\n\n") == StreamWrite::Full) {
      }
    }
  }};
  for (int i = 0; i < 1000; ++i) caller.receive_until("data: " + std::to_string(i) + "\n\n");
  writer.join();
}

TEST_F(Streams, OfHttp10EndWithTheConnection) {
  Caller caller{server->port()};
  caller.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  Stream stream = std::move(streams.take(1).front());
  stream.write("data: 1\n\n");
  EXPECT_THAT(caller.receive_until("\r\n\r\n"), HasSubstr("Connection: close"));
  stream.end();
  EXPECT_EQ(caller.receive_rest(), "data: 1\n\n");
}

TEST_F(Streams, AnswerHeadWithTheirHeaders) {
  Caller caller{server->port()};
  caller.send("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n" + get("/next"));
  EXPECT_THAT(caller.receive_until("\r\n\r\n"), HasSubstr("text/event-stream"));
  EXPECT_EQ(caller.receive().body, "{}");
  gone.take(1);
  EXPECT_TRUE(streams.take(1).front().is_gone());
}

TEST_F(Streams, EndAClientThatFloodsBesideThem) {
  Caller caller{server->port()};
  caller.send(get("/events"));
  Stream stream = std::move(streams.take(1).front());
  caller.send(std::string(1'000'000, 'x'));
  gone.take(1);
  EXPECT_TRUE(stream.is_gone());
}

}  // namespace
}  // namespace jari::http::testing
