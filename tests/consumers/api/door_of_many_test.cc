// The door of one node among several: what it promises while it does not reach the log.

#include "tests/consumers/api/door_world.h"

namespace jari::api {
namespace {

constexpr std::string_view kLine =
    R"({"programme":"flu","opens_at":"2021-01-01T00:00:00Z","closes_at":"2022-01-01T00:00:00Z",)"
    R"("rate_per_second":0,"inside_max":10,"session_seconds":60,"reason":"test"})";
constexpr std::string_view kTickets = "/v1/queues/line/tickets";
constexpr milliseconds kASecond{1'000};

struct DoorsOfMany : ::testing::Test {
  DoorsOfMany() {
    EXPECT_EQ(world.call(an_operator(), kPut, "/v1/operator/queues/line", kLine).reply.status, 200);
  }
  std::size_t ask(std::string_view prefer) {
    return world.ask(alice, kPost, kTickets, {},
                     {{"idempotency-key", "alices"}, {"prefer", prefer}});
  }

  DoorWorld world{{.person_rate = 0}, LogWriters::Many};
  const Caller alice = a_person("alice");
};

TEST_F(DoorsOfMany, WhatIsDecidedIsAnswered) {
  const auto asked = ask("wait=1");
  world.settle();
  ASSERT_TRUE(world.is_answered(asked));
  EXPECT_EQ(world.answer(asked).reply.status, 201);
}

// 202 says that it will be decided, whatever happens: not while this process alone knows of it.
TEST_F(DoorsOfMany, NothingIsPromisedThatDoesNotStandInTheLog) {
  world.client->cut_off(true);
  const auto asked = ask("wait=1");
  world.settle();
  EXPECT_FALSE(world.is_answered(asked));
  world.pass(kASecond);
  ASSERT_TRUE(world.is_answered(asked));
  EXPECT_EQ(world.answer(asked).reply.refusal.code, Code::NotCaughtUp);
  world.client->cut_off(false);
  world.pass(kASecond);
  const auto again = ask("wait=1");  // as it is told to
  world.settle();
  ASSERT_TRUE(world.is_answered(again));
  EXPECT_EQ(world.answer(again).reply.status, 201);
  EXPECT_EQ(world.answer(again).reply.ticket.ticket, 1U);
}

TEST_F(DoorsOfMany, WhoReadsDoesNotWaitForWhatOthersAppend) {
  world.client->cut_off(true);
  const auto asked = ask("wait=30");
  const auto read = world.ask(alice, kGet, "/v1/queues/line");
  world.settle();
  EXPECT_FALSE(world.is_answered(asked));
  ASSERT_TRUE(world.is_answered(read));
  EXPECT_EQ(world.answer(read).reply.status, 200);
}

TEST_F(DoorsOfMany, NorIsItPromisedToWhoAsksTheSameMeanwhile) {
  world.client->cut_off(true);
  const auto first = ask("wait=30");
  const auto second = ask("respond-async");
  world.settle();
  EXPECT_FALSE(world.is_answered(second));
  world.pass(kASecond);
  ASSERT_TRUE(world.is_answered(second));
  EXPECT_EQ(world.answer(second).reply.refusal.code, Code::NotCaughtUp);
  world.client->cut_off(false);
  world.pass(kASecond);
  ASSERT_TRUE(world.is_answered(first));
  EXPECT_EQ(world.answer(first).reply.status, 201);
}

}  // namespace
}  // namespace jari::api
