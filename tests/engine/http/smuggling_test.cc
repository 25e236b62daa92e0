#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

/// A request hidden in what another reader would take for the body of the one before.
constexpr std::string_view kHidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Smuggling, IsRefusedAndWhatFollowsIsNeverRead) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  for (const char* odd : {
           "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
           "Host: x\r\nContent-Length: 0\r\nContent-Length: 33\r\n\r\n",
           "Host: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
           "Host: x\r\nContent-Length: 0, 0\r\n\r\n",
           "Host: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
           "Host: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
           "Host: x\r\nTransfer-Encoding:\x0b"
           "chunked\r\n\r\n",
           "Host: x\r\nX: y\r\n Content-Length: 33\r\n\r\n",
           "Host: x\nContent-Length: 0\n\n",
           "Host: x\r\nX: y\nContent-Length: 33\r\n\r\n",
           "Host: x\r\nX: y\rContent-Length: 33\r\n\r\n",
           "Host: x\r\nContent-Length : 0\r\n\r\n",
           "Host: x\r\nHost: y\r\n\r\n",
           "X: y\r\n\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\nGET /hidden HTTP/1.1\r\n\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
       }) {
    Caller caller{server->port()};
    caller.send("POST / HTTP/1.1\r\n" + std::string{odd} + std::string{kHidden});
    caller.half_close();
    const std::string all = caller.receive_rest();
    EXPECT_EQ(all.find("/hidden"), std::string::npos) << odd;
    EXPECT_EQ(all.find(" 200 "), std::string::npos) << odd;
    EXPECT_TRUE(all.empty() || all.starts_with("HTTP/1.1 400 ")) << odd << all;
  }
}

TEST(Smuggling, BodiesEndWhereTheyEnd) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kHidden.size()) +
              "\r\n\r\n" + std::string{kHidden} + get("/b"));
  EXPECT_EQ(caller.receive().body, "POST /a " + std::string{kHidden});
  EXPECT_EQ(caller.receive().body, "GET /b ");
}

TEST(Garbage, IsRefusedOrClosedAndHarmsNobody) {
  constexpr std::uint64_t kSeed = 3;
  RecordProperty("seed", std::to_string(kSeed));
  std::mt19937_64 random{kSeed};
  ScriptedHandler handler;
  const auto server = serve(handler, {.threads = 2});
  Caller good{server->port()};
  for (int round = 0; round < 200; ++round) {
    Caller caller{server->port()};
    std::string bytes = round % 2 == 0 ? std::string{} : get("/a") + post("/b", "hello");
    const std::size_t length = bytes.empty() ? random() % 2000 : 0;
    for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(random()));
    for (int i = 0; i < 3 && !bytes.empty(); ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    caller.send(bytes);
    caller.half_close();
    const std::string all = caller.receive_rest();
    EXPECT_TRUE(all.empty() || all.starts_with("HTTP/1.1 ")) << all;
    good.send(get("/good"));
    EXPECT_EQ(good.receive().body, "GET /good ");
  }
}

TEST(Garbage, OfAnotherProtocolIsAnsweredAtOnce) {
  ScriptedHandler handler;
  const auto server = serve(handler);
  for (const char* bytes :
       {"\x16\x03\x01\x02\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "hello\n", "\n\n"}) {
    Caller caller{server->port()};
    caller.send(bytes);
    EXPECT_EQ(caller.receive().status, 400) << bytes;
    EXPECT_TRUE(caller.is_closed());
  }
}

}  // namespace
}  // namespace jari::http::testing
