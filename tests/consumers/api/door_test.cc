#include "tests/consumers/api/door_world.h"

namespace jari::api {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kBooking = R"({"programme":"flu","site":"s","slot":"am","product":"p"})";
constexpr std::string_view kQueue =
    R"({"programme":"flu","opens_at":"2021-01-01T00:00:00Z","closes_at":"2022-01-01T00:00:00Z",)"
    R"("rate_per_second":0,"inside_max":10,"session_seconds":60,"reason":"test"})";

/// A key of the test's own goes first.
Headers with_key(std::string_view key, Headers more = {}) {
  Headers all{{"idempotency-key", key}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Code code_of(const Call& call) {
  return call.reply.kind == Reply::Kind::Refused ? call.reply.refusal.code : Code::None;
}

/// The appointment's id, out of its document.
std::string_view id_in(std::string_view json) {
  constexpr std::string_view kBefore = R"({"appointment":")";
  json.remove_prefix(kBefore.size());
  return json.substr(0, json.find('"'));
}

std::string appointment_of(const Call& call) {
  std::string json;
  append_appointment(json, bytes_of(call.reply.body), Instant{});
  return json;
}

struct Doors : ::testing::Test {
  DoorWorld world;
  const Caller alice = a_person("alice");
  const Caller bob = a_person("bob");
};

TEST_F(Doors, BookingIsAnsweredOnceItIsDurable) {
  world.publish(1, 1);
  world.make_eligible("alice");
  const auto asked = world.ask(alice, kPost, "/v1/appointments", kBooking);
  world.node->step();
  EXPECT_FALSE(world.is_answered(asked));
  world.log.settle();
  ASSERT_TRUE(world.is_answered(asked));
  const Call& call = world.answer(asked);
  EXPECT_EQ(call.reply.status, 201);
  EXPECT_THAT(appointment_of(call), HasSubstr(R"("site":"s","slot":"am","product":"p","dose":1)"));
  EXPECT_FALSE(call.reply.places.empty());
}

TEST_F(Doors, SlotIsDatedInTheZoneOfItsSite) {
  world.publish(1, 1);
  const Call& call = world.call(
      an_operator(), kPut, "/v1/operator/sites/s/slots/late",
      R"({"starts_at":"2021-07-20T20:00:00Z","length_seconds":600,"capacity":1,"reason":"x"})");
  EXPECT_THAT(call.reply.body, HasSubstr(R"("starts_on":"2021-07-21")"));
  EXPECT_EQ(call.reply.version, 1);
}

TEST_F(Doors, SlotSentWithItsSiteWaitsForIt) {
  const Caller ann = an_operator();
  world.ask(ann, kPut, "/v1/operator/sites/new",
            R"({"name":"S","region":"r","zone":"Asia/Seoul","reason":"test"})");
  const auto slot = world.ask(
      ann, kPut, "/v1/operator/sites/new/slots/am",
      R"({"starts_at":"2021-07-20T20:00:00Z","length_seconds":600,"capacity":1,"reason":"x"})");
  world.settle();
  EXPECT_EQ(world.answer(slot).reply.status, 200);
}

TEST_F(Doors, KnownKeyGivesItsAnswerAndAppendsNothing) {
  world.publish(2, 2);
  world.make_eligible("alice");
  const std::string first =
      appointment_of(world.call(alice, kPost, "/v1/appointments", kBooking, with_key("k")));
  const Offset end = world.end_of(kBookingsTopic);
  const Call& again = world.call(alice, kPost, "/v1/appointments", kBooking, with_key("k"));
  EXPECT_EQ(again.reply.status, 201);
  EXPECT_EQ(appointment_of(again), first);
  EXPECT_EQ(world.end_of(kBookingsTopic), end);
}

TEST_F(Doors, TheSameKeyTwiceAtOnceIsOneBooking) {
  world.publish(2, 2);
  world.make_eligible("alice");
  const auto one = world.ask(alice, kPost, "/v1/appointments", kBooking, with_key("k"));
  const auto other = world.ask(alice, kPost, "/v1/appointments", kBooking, with_key("k"));
  world.settle();
  EXPECT_EQ(appointment_of(world.answer(one)), appointment_of(world.answer(other)));
}

TEST_F(Doors, KeyWithAnotherContentIsRefusedAlsoWhileItIsPending) {
  world.publish(2, 2);
  world.make_eligible("alice");
  constexpr std::string_view kOther = R"({"programme":"flu","site":"s","slot":"pm","product":"p"})";
  world.ask(alice, kPost, "/v1/appointments", kBooking, with_key("k"));
  const auto other = world.ask(alice, kPost, "/v1/appointments", kOther, with_key("k"));
  world.settle();
  EXPECT_EQ(code_of(world.answer(other)), Code::IdempotencyKeyReused);
  EXPECT_EQ(code_of(world.call(alice, kPost, "/v1/appointments", kOther, with_key("k"))),
            Code::IdempotencyKeyReused);
}

TEST_F(Doors, KeyThatCameWithAnotherContentThroughAnotherDoorAnswersItsOwnOnly) {
  world.publish(2, 2);
  world.make_eligible("alice");
  constexpr std::string_view kOther = R"({"programme":"flu","site":"s","slot":"pm","product":"p"})";
  world.ask(alice, kPost, "/v1/appointments", kBooking, with_key("k"));
  world.change_door();
  const auto other = world.ask(alice, kPost, "/v1/appointments", kOther, with_key("k"));
  world.settle();
  EXPECT_EQ(code_of(world.answer(other)), Code::IdempotencyKeyReused);
}

TEST_F(Doors, KeyIsFoundReusedAcrossPartitions) {
  world.publish(2, 2);
  world.call(an_operator(), kPut, "/v1/operator/queues/q", kQueue);
  EXPECT_EQ(world.call(alice, kPost, "/v1/queues/q/tickets", "{}", with_key("k")).reply.status,
            201);
  EXPECT_EQ(code_of(world.call(alice, kPost, "/v1/appointments", kBooking, with_key("k"))),
            Code::IdempotencyKeyReused);
}

TEST_F(Doors, KeysBelongToWhoeverSendsThem) {
  world.publish(2, 2);
  world.make_eligible("alice");
  world.make_eligible("bob");
  const auto one = world.ask(alice, kPost, "/v1/appointments", kBooking, with_key("k"));
  const auto other = world.ask(bob, kPost, "/v1/appointments", kBooking, with_key("k"));
  world.settle();
  EXPECT_NE(appointment_of(world.answer(one)), appointment_of(world.answer(other)));
}

TEST_F(Doors, RespondAsyncIsAnsweredWhenDurableAndShownLater) {
  world.publish(1, 1);
  world.make_eligible("alice");
  const Headers headers = with_key("k", {{"prefer", "respond-async"}});
  const Call& pending = world.call(alice, kPost, "/v1/appointments", kBooking, headers);
  EXPECT_EQ(pending.reply.kind, Reply::Kind::Pending);
  EXPECT_EQ(pending.reply.status, 202);
  ASSERT_EQ(pending.reply.places.size(), 1U);
  const Offset after = pending.reply.places.front().next_offset;
  EXPECT_GT(after, 0U);
  const Call& shown = world.call(alice, kGet, "/v1/requests/k");
  EXPECT_EQ(shown.reply.status, 201);
  EXPECT_EQ(code_of(world.call(bob, kGet, "/v1/requests/k")), Code::NotFound);
}

TEST_F(Doors, PersonIsSlowedDownButAKnownKeyIsNot) {
  DoorWorld slow({.person_rate = 2});
  slow.publish(1, 1);
  slow.make_eligible("alice");
  EXPECT_EQ(slow.call(alice, kPost, "/v1/appointments", kBooking, with_key("k")).reply.status, 201);
  EXPECT_EQ(slow.call(alice, kGet, "/v1/me/holds").reply.status, 200);
  EXPECT_EQ(code_of(slow.call(alice, kGet, "/v1/me/holds")), Code::SlowDown);
  EXPECT_EQ(slow.call(alice, kPost, "/v1/appointments", kBooking, with_key("k")).reply.status, 201);
  slow.pass(seconds{1});
  EXPECT_EQ(slow.call(alice, kGet, "/v1/me/holds").reply.status, 200);
}

TEST_F(Doors, ClosedDoorTakesNoChangeButShowsWhatIs) {
  world.publish(1, 1);
  world.door->close(Code::DiskFull);
  const Call& refused = world.call(alice, kPost, "/v1/appointments", kBooking);
  EXPECT_EQ(code_of(refused), Code::DiskFull);
  EXPECT_EQ(world.call(alice, kGet, "/v1/me/appointments").reply.status, 200);
  world.door->close(Code::None);
  EXPECT_EQ(code_of(world.call(alice, kPost, "/v1/appointments", kBooking)), Code::NotEligible);
}

TEST_F(Doors, WhoStopsRefusesChangesAndStillShowsWhatIs) {
  world.publish(1, 1);
  world.door->close(Code::ShuttingDown);
  EXPECT_EQ(code_of(world.call(alice, kPost, "/v1/appointments", kBooking)), Code::ShuttingDown);
  EXPECT_EQ(world.call(alice, kGet, "/v1/me/appointments").reply.status, 200);
}

TEST_F(Doors, TooManyThatWaitIsOverload) {
  DoorWorld full({.person_rate = 0, .outstanding_max = 0});
  EXPECT_EQ(code_of(full.call(alice, kPost, "/v1/appointments", kBooking)), Code::Overloaded);
}

TEST_F(Doors, WhatTheEngineHasNotSeenYetCountsAsWaiting) {
  DoorWorld full({.person_rate = 0, .outstanding_max = 1});
  full.publish(1, 1);
  const auto first = full.ask(alice, kPost, "/v1/appointments", kBooking);
  const auto second = full.ask(alice, kPost, "/v1/appointments", kBooking);
  EXPECT_FALSE(full.is_answered(first));
  ASSERT_TRUE(full.is_answered(second));
  EXPECT_EQ(code_of(full.answer(second)), Code::Overloaded);
  EXPECT_GT(full.answer(second).reply.refusal.retry_after_seconds, 0);
  full.settle();
  EXPECT_EQ(code_of(full.answer(first)), Code::NotEligible);
  EXPECT_EQ(code_of(full.call(alice, kPost, "/v1/appointments", kBooking)), Code::NotEligible);
}

TEST_F(Doors, WhereChangesOfPeopleFillTheDoorReadsAndOperatorsPass) {
  DoorWorld full({.person_rate = 0, .outstanding_max = 1});
  const auto change = full.ask(alice, kPost, "/v1/appointments", kBooking);
  const auto read = full.ask(alice, kGet, "/v1/me/appointments");
  EXPECT_FALSE(full.is_answered(read));
  const auto one_more = full.ask(alice, kGet, "/v1/me/appointments");
  ASSERT_TRUE(full.is_answered(one_more));
  EXPECT_EQ(code_of(full.answer(one_more)), Code::Overloaded);
  full.settle();
  EXPECT_TRUE(full.is_answered(change));
  EXPECT_EQ(full.answer(read).reply.status, 200);
}

TEST_F(Doors, AnOperatorsChangeIsTakenBehindThoseOfPeople) {
  DoorWorld full({.person_rate = 0, .outstanding_max = 1});
  full.publish(1, 1);
  const auto persons = full.ask(alice, kPost, "/v1/appointments", kBooking);
  const auto operators = full.ask(an_operator(), kPut, "/v1/operator/queues/q", kQueue);
  full.settle();
  EXPECT_EQ(code_of(full.answer(persons)), Code::NotEligible);
  EXPECT_EQ(full.answer(operators).reply.status, 200);
}

TEST_F(Doors, PositionNotReachedInTimeIsNotCaughtUp) {
  world.publish(1, 1);
  const PartitionRef home = world.world->home_of(kBookingsTopic, "alice");
  const Places ahead{{home, world.log.end(home) + 100}};
  const std::string position = position_text(world.log.identity(), ahead);
  const auto asked = world.ask(alice, kGet, "/v1/me/holds", {}, {{"jari-position", position}});
  world.settle();
  EXPECT_FALSE(world.is_answered(asked));
  world.pass(milliseconds{900});
  EXPECT_FALSE(world.is_answered(asked));
  world.pass(milliseconds{200});
  ASSERT_TRUE(world.is_answered(asked));
  EXPECT_EQ(code_of(world.answer(asked)), Code::NotCaughtUp);
}

TEST_F(Doors, ReadWithThePositionOfAnAnswerSeesIt) {
  world.publish(1, 1);
  world.make_eligible("alice");
  const Call& booked = world.call(alice, kPost, "/v1/appointments", kBooking);
  const std::string position = position_text(world.log.identity(), booked.reply.places);
  const Call& list =
      world.call(alice, kGet, "/v1/me/appointments", {}, {{"jari-position", position}});
  EXPECT_THAT(list.reply.body, HasSubstr(R"("state":"booked")"));
}

TEST_F(Doors, TicketIsTakenShownAndGivenBack) {
  world.call(an_operator(), kPut, "/v1/operator/queues/q", kQueue);
  EXPECT_EQ(code_of(world.call(alice, kGet, "/v1/queues/q/tickets/me")), Code::NoTicket);
  EXPECT_EQ(world.call(alice, kPost, "/v1/queues/q/tickets", "{}").reply.status, 201);
  EXPECT_EQ(world.call(alice, kPost, "/v1/queues/q/tickets", "").reply.status, 200);
  const Call& ticket = world.call(alice, kGet, "/v1/queues/q/tickets/me");
  EXPECT_EQ(ticket.reply.ticket.ticket, 1U);
  EXPECT_EQ(ticket.reply.ticket.state, "waiting");
  EXPECT_EQ(world.call(alice, kDelete, "/v1/queues/q/tickets/me").reply.status, 204);
  EXPECT_EQ(world.call(alice, kGet, "/v1/queues/q/tickets/me").reply.ticket.state, "returned");
  EXPECT_EQ(code_of(world.call(alice, kPost, "/v1/queues/none/tickets", "{}")), Code::UnknownQueue);
}

TEST_F(Doors, WhatAPartitionRefusesAndForgetsIsStillShownAsRefused) {
  world.publish(1, 1);
  world.make_eligible("alice");
  const std::string id(
      id_in(appointment_of(world.call(alice, kPost, "/v1/appointments", kBooking))));
  const Caller ann = an_operator();
  const std::string path = "/v1/operator/appointments/" + id + "/attendance";
  const Call& early = world.call(ann, kPost, path, R"({"attended":true,"reason":"too early"})",
                                 with_key("k", {{"prefer", "respond-async"}}));
  EXPECT_EQ(early.reply.status, 202);
  const Call& asked = world.call(ann, kGet, "/v1/requests/k");
  EXPECT_EQ(code_of(asked), Code::InvalidRequest);
}

TEST_F(Doors, AReasonInTheHeaderBelongsToTheContent) {
  world.call(an_operator(), kPut, "/v1/operator/queues/q", kQueue, with_key("k"));
  EXPECT_EQ(code_of(world.call(an_operator(), kPut, "/v1/operator/queues/q", kQueue,
                               with_key("k", {{"jari-reason", "another"}}))),
            Code::IdempotencyKeyReused);
}

TEST_F(Doors, GrantForManyIsOneAnswerAndAgainTheSame) {
  world.publish(1, 1);
  constexpr std::string_view kMany =
      R"({"programme":"flu","people":[{"person":"a","cohort":"all"},{"person":"b","cohort":"all"},)"
      R"({"person":"c","cohort":"all"}],"reason":"test"})";
  const Caller ann = an_operator();
  const Call& call = world.call(ann, kPost, "/v1/operator/eligibility", kMany, with_key("k"));
  EXPECT_THAT(call.reply.body, HasSubstr(R"("count":3)"));
  const Offset end = world.end_of(kBookingsTopic);
  const Call& again = world.call(ann, kPost, "/v1/operator/eligibility", kMany, with_key("k"));
  EXPECT_THAT(again.reply.body, HasSubstr(R"("count":3)"));
  EXPECT_EQ(world.end_of(kBookingsTopic), end);
  EXPECT_THAT(world.call(ann, kGet, "/v1/requests/k").reply.body, HasSubstr(R"("count":3)"));
}

TEST_F(Doors, NobodyIsGrantedAnythingInAProgrammeThatIsNot) {
  const Offset end = world.end_of(kBookingsTopic);
  constexpr std::string_view kOne =
      R"({"programme":"none","people":[{"person":"a","cohort":"all"}],"reason":"test"})";
  EXPECT_EQ(code_of(world.call(an_operator(), kPost, "/v1/operator/eligibility", kOne)),
            Code::UnknownProgramme);
  EXPECT_EQ(world.end_of(kBookingsTopic), end);
}

TEST_F(Doors, OperatorLimitedToSitesActsOnThemOnly) {
  world.publish(2, 2);
  world.make_eligible("alice");
  Caller limited = an_operator("mia");
  limited.is_limited = true;
  limited.sites = {"t"};
  constexpr std::string_view kFor =
      R"({"person":"alice","programme":"flu","site":"s","slot":"am","product":"p","reason":"x"})";
  EXPECT_EQ(code_of(world.call(limited, kPost, "/v1/operator/appointments", kFor)),
            Code::ScopeRequired);
  EXPECT_EQ(code_of(world.call(limited, kGet, "/v1/operator/status")), Code::ScopeRequired);
  EXPECT_EQ(code_of(world.call(limited, kGet, "/v1/operator/sites/s/stock")), Code::ScopeRequired);
  limited.sites = {"s"};
  EXPECT_EQ(world.call(limited, kPost, "/v1/operator/appointments", kFor).reply.status, 201);
}

TEST_F(Doors, StatusSaysHowFarTheOldDatabaseIsBehindWhereThatIsKnown) {
  const auto status = [&] { return world.call(an_operator(), kGet, "/v1/operator/status").reply; };
  EXPECT_THAT(status().body, ::testing::Not(HasSubstr("legacy")));
  world.world->legacy = LegacyLag{7, 12, 3};
  EXPECT_THAT(status().body, HasSubstr(R"(,"legacy":{"records":7,"seconds":12,"missing":3},)"));
}

TEST_F(Doors, IdsThatNobodyMadeAreUnknown) {
  world.publish(1, 1);
  for (const std::string_view id : {"nothing", "a0-999", "a9-1"}) {
    const std::string path = "/v1/appointments/" + std::string(id);
    EXPECT_EQ(code_of(world.call(alice, kGet, path)), Code::UnknownAppointment) << id;
    EXPECT_EQ(code_of(world.call(alice, kDelete, path)), Code::UnknownAppointment) << id;
  }
  EXPECT_EQ(code_of(world.call(alice, kDelete, "/v1/holds/h9-1")), Code::UnknownHold);
}

}  // namespace
}  // namespace jari::api
