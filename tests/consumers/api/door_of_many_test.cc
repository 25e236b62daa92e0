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

// A sink that has lost acknowledged rows: those that come wait in memory, and it has an end.
struct DoorsBeforeALostSink : ::testing::Test {
  DoorsBeforeALostSink() {
    world.call(an_operator(), kPut, "/v1/operator/queues/line", kLine);
    EXPECT_EQ(take_ticket("alice", "alices").reply.status, 201);
    pass_seconds(3);  // acknowledged by now
    const auto& log = world.log.identity();
    for (PartitionNo i = 0; i < log.topics[kOutcomesTopic].partitions; ++i) {
      world.cluster->empty({kOutcomesTopic, i});
    }
    pass_seconds(3);
  }
  void pass_seconds(int count) {
    for (int i = 0; i < count * 10; ++i) world.pass(kASecond / 10);
  }
  const Call& take_ticket(const std::string& person, std::string_view key = "") {
    Headers headers;
    if (!key.empty()) headers.push_back({"idempotency-key", key});
    return world.call(a_person(person), kPost, kTickets, {}, headers);
  }
  /// The first who is refused.
  const Call& fill() {
    for (int i = 0; i < 1'000; ++i) {
      const Call& asked = take_ticket("person-" + std::to_string(i));
      if (asked.reply.status != 201) return asked;
    }
    ADD_FAILURE() << "nobody is refused";
    return take_ticket("nobody");
  }

  DoorWorld world{{.person_rate = 0}, LogWriters::Many, 32'768};
};

TEST_F(DoorsBeforeALostSink, WithoutRoomForItsRowsRefuseAndSayWhy) {
  const Call& refused = fill();
  EXPECT_EQ(refused.reply.status, 503);
  const http::Problem problem = problem_of(refused.reply.refusal, "");
  EXPECT_EQ(problem.code, "partition-parked");
  EXPECT_GE(problem.retry_after_seconds, 1);
  EXPECT_THAT(
      problem.detail,
      ::testing::MatchesRegex(
          "queue/. takes no changes for now: outcomes/. is parked, and the rows that wait "
          "for it leave no room for more. Its operators put back what it has lost .RUNBOOK, "
          "A sink has lost rows.; send the same request, with the same key, again later."));
}

TEST_F(DoorsBeforeALostSink, WithoutRoomForItsRowsStillShowAndLetOperatorsAct) {
  fill();
  EXPECT_EQ(world.call(a_person("alice"), kGet, "/v1/queues/line/tickets/me").reply.status, 200);
  EXPECT_EQ(take_ticket("alice", "alices").reply.status, 201);  // decided before
  EXPECT_EQ(world.call(an_operator(), kPut, "/v1/operator/queues/line", kLine).reply.status, 200);
  EXPECT_THAT(world.call(an_operator(), kGet, "/v1/operator/status").reply.body,
              ::testing::ContainsRegex("\"waiting_bytes\":[1-9][0-9]{4}[,}]"));
}

}  // namespace
}  // namespace jari::api
