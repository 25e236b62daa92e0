#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/http/loopback.h"

namespace jari::http::testing {
namespace {

struct Held {
  std::string path;
  Responder responder;
};

class Order : public ::testing::Test {
 protected:
  Order() {
    handler.answers = [this](const Request& request, Responder responder) {
      held.put({std::string{request.head.path}, std::move(responder)});
    };
  }
  static Response named(const std::string& path) { return json_response(200, path); }
  ScriptedHandler handler;
  Box<Held> held;
};

TEST_F(Order, OfAnswersIsThatOfRequestsWhoeverAnswersFirst) {
  constexpr std::uint64_t kSeed = 1;
  RecordProperty("seed", std::to_string(kSeed));
  const auto server = serve(handler, {.threads = 2});
  std::mt19937_64 random{kSeed};
  constexpr std::size_t kRequests = 200;
  Caller caller{server->port()};
  std::string bytes;
  for (std::size_t i = 0; i < kRequests; ++i) bytes += get("/" + std::to_string(i));
  caller.send(bytes);
  auto requests = held.take(kRequests);
  std::shuffle(requests.begin(), requests.end(), random);
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (std::size_t i = part; i < requests.size(); i += 4) {
        requests[i].responder.answer(named(requests[i].path));
      }
    });
  }
  for (std::size_t i = 0; i < kRequests; ++i) {
    EXPECT_EQ(caller.receive().body, "/" + std::to_string(i));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Order, HoldsWithABurstOverManyConnections) {
  const auto server = serve(handler, {.threads = 2});
  constexpr std::size_t kCallers = 20;
  constexpr std::size_t kEach = 10;
  std::vector<Caller> callers;
  for (std::size_t i = 0; i < kCallers; ++i) callers.emplace_back(server->port());
  for (std::size_t i = 0; i < kCallers; ++i) {
    for (std::size_t j = 0; j < kEach; ++j) {
      callers[i].send(get("/" + std::to_string(i) + "-" + std::to_string(j)));
    }
  }
  auto requests = held.take(kCallers * kEach);
  std::reverse(requests.begin(), requests.end());
  {
    AnswerBurst burst;
    for (Held& one : requests) one.responder.answer(named(one.path));
    burst.flush();
  }
  for (std::size_t i = 0; i < kCallers; ++i) {
    for (std::size_t j = 0; j < kEach; ++j) {
      EXPECT_EQ(callers[i].receive().body, "/" + std::to_string(i) + "-" + std::to_string(j));
    }
  }
}

TEST_F(Order, HoldsWhereSomeAreAnsweredInPlace) {
  handler.answers = [this](const Request& request, Responder responder) {
    const std::string path{request.head.path};
    if (path.size() % 2 == 0) {
      responder.answer(named(path));
    } else {
      held.put({path, std::move(responder)});
    }
  };
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send(get("/a") + get("/bb") + get("/c") + get("/dd") + get("/eee"));
  auto slow = held.take(2);
  slow[1].responder.answer(named("late"));
  slow[0].responder.answer(named("later"));
  for (const char* expected : {"/a", "later", "/c", "late", "/eee"}) {
    EXPECT_EQ(caller.receive().body, expected);
  }
}

TEST_F(Order, IsKeptByNotReadingWhatCannotBeHeld) {
  ServerOptions options;
  options.limits.outstanding_max = 3;
  const auto server = serve(handler, options);
  Caller caller{server->port()};
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += get("/" + std::to_string(i));
  caller.send(bytes);
  for (int i = 0; i < 10;) {
    auto some = held.take(1);
    EXPECT_LE(some.size(), 3U);
    for (Held& one : some) {
      EXPECT_EQ(one.path, "/" + std::to_string(i));
      one.responder.answer(named(one.path));
      EXPECT_EQ(caller.receive().body, "/" + std::to_string(i++));
    }
  }
}

// Of ten requests in one piece one is answered before anybody else is.
TEST_F(Order, WhoIsRefusedForTooMuchWorkIsNotReadForAWhile) {
  std::atomic<int> refused{0};
  handler.answers = [&](const Request& request, Responder responder) {
    Response response = named(std::string(request.head.path));
    response.is_overload = request.head.path != "/else";
    refused += response.is_overload ? 1 : 0;
    responder.answer(std::move(response));
  };
  ServerOptions options;
  options.limits.throttle_time = std::chrono::minutes{10};
  const auto server = serve(handler, options);
  Caller hasty{server->port()};
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += get("/" + std::to_string(i));
  hasty.send(bytes);
  EXPECT_EQ(hasty.receive().body, "/0");
  Caller other{server->port()};
  other.send(get("/else") + get("/else"));
  EXPECT_EQ(other.receive().body, "/else");
  EXPECT_EQ(other.receive().body, "/else");
  EXPECT_EQ(refused, 1);
}

TEST_F(Order, WhatWasThrottledIsAnsweredAfterwards) {
  handler.answers = [](const Request& request, Responder responder) {
    Response response = named(std::string(request.head.path));
    response.is_overload = true;
    responder.answer(std::move(response));
  };
  ServerOptions options;
  options.limits.throttle_time = milliseconds{5};
  const auto server = serve(handler, options);
  Caller hasty{server->port()};
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += get("/" + std::to_string(i));
  hasty.send(bytes);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(hasty.receive().body, "/" + std::to_string(i));
}

TEST_F(Order, HoldsForAClientThatReadsNothingForLong) {
  handler.answers = [](const Request&, Responder responder) {
    responder.answer(json_response(200, std::string(100'000, 'x')));
  };
  ServerOptions options;
  options.limits.unsent_bytes_max = 300'000;
  const auto server = serve(handler, options);
  Caller caller{server->port()};
  constexpr int kRequests = 300;
  std::string bytes;
  for (int i = 0; i < kRequests; ++i) bytes += get("/");
  caller.send(bytes);
  for (int i = 0; i < kRequests; ++i) EXPECT_EQ(caller.receive().body.size(), 100'000U);
}

TEST_F(Order, AnswersForWhatWasLostOnTheWay) {
  const auto server = serve(handler);
  Caller caller{server->port()};
  caller.send(get("/a") + get("/b"));
  auto requests = held.take(2);
  requests[1].responder.answer(named("/b"));
  requests.clear();
  const Answer lost = caller.receive();
  EXPECT_EQ(lost.status, 500);
  EXPECT_THAT(lost.body, ::testing::HasSubstr("internal-error"));
  EXPECT_TRUE(lost.has("X-Refused: yes"));
  EXPECT_EQ(caller.receive().body, "/b");
}

TEST_F(Order, AnswersToAClientThatIsGoneDoNothing) {
  const auto server = serve(handler);
  {
    Caller caller{server->port()};
    caller.send(get("/a"));
    auto requests = held.take(1);
    caller.reset();
    for (int i = 0; i < 3; ++i) {
      Caller other{server->port()};
      other.send(get("/other"));
      held.take(1).front().responder.answer(named("other"));
      EXPECT_EQ(other.receive().body, "other");
    }
    requests.front().responder.answer(named("/a"));
  }
  Caller next{server->port()};
  next.send(get("/next"));
  held.take(1).front().responder.answer(named("next"));
  EXPECT_EQ(next.receive().body, "next");
}

TEST_F(Order, AnswersMayComeAfterTheServer) {
  Responder late;
  {
    const auto server = serve(handler);
    Caller caller{server->port()};
    caller.send(get("/a"));
    late = std::move(held.take(1).front().responder);
  }
  late.answer(named("/a"));
}

}  // namespace
}  // namespace jari::http::testing
