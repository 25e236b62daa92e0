#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(QueueStory, TellsThePersonsPartitionEverythingOnce) {
  open_queue();
  joins(kAlice);
  story.pass(100ms);
  const Said& said = story.pass(100ms);
  EXPECT_THAT(said.effects, IsEmpty());
  EXPECT_EQ(view().inside, 1U);
  joins(kBob);
  const Said& bobs = story.pass(100ms);
  ASSERT_THAT(bobs.effects, SizeIs(1));
  EXPECT_EQ(bobs.effects[0].to, home_of(kBob));
  const auto admitted = bobs.effects[0].as<Admitted>();
  EXPECT_EQ(admitted.person, kBob);
  EXPECT_EQ(admitted.queue, kMain);
  EXPECT_EQ(admitted.ticket, 2U);
  EXPECT_EQ(admitted.place, 2U);
  EXPECT_EQ(admitted.admitted_at, now());
  EXPECT_EQ(admitted.session_seconds, 600U);
  EXPECT_EQ(story.context().counted("admissions", "main"), 2U);
}

TEST_F(QueueStory, FollowsTicketOrder) {
  open_queue();
  join_all({kCarol, kAlice, kBob});
  EXPECT_THAT(admitted_in(100ms), ElementsAre("carol", "alice", "bob"));
  EXPECT_EQ(view().now_serving, 3U);
}

TEST_F(QueueStory, WaitsForOneWhoLeavesInsideIsFull) {
  open_queue();
  given_waiting(8);
  EXPECT_THAT(admitted_in(900ms), ElementsAre("p1", "p2", "p3", "p4", "p5"));
  EXPECT_EQ(view().inside, 5U);
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  story.effect(SessionEnded{kMain, PersonId{"p3"}, 3});
  EXPECT_EQ(view().inside, 4U);
  EXPECT_THAT(admitted_in(1s), ElementsAre("p6"));
  leaves(PersonId{"p1"});
  EXPECT_THAT(admitted_in(1s), ElementsAre("p7"));
}

TEST_F(QueueStory, ASessionThatRanOutFreesItsPlaceOnce) {
  open_queue();
  given_waiting(12);
  ASSERT_THAT(admitted_in(900ms), SizeIs(5));
  const Instant ends = now() + 600s;
  EXPECT_THAT(people(story.tick(ends - 1ms)), IsEmpty());
  EXPECT_EQ(view().inside, 5U);
  EXPECT_THAT(people(story.tick(ends)), SizeIs(5));
  story.effect(SessionEnded{kMain, PersonId{"p1"}, 1});
  leaves(PersonId{"p2"});
  EXPECT_EQ(view().inside, 5U) << "who ran out before frees nothing more";
  EXPECT_THAT(admitted_in(1s), IsEmpty());
}

TEST_F(QueueStory, TheEndOfAnotherTicketDoesNothing) {
  open_queue();
  joins(kAlice);
  story.pass(100ms);
  const Hash128 before = story.store().digest();
  story.effect(SessionEnded{kMain, kAlice, 2});
  story.effect(SessionEnded{kMain, kBob, 1});
  story.effect(SessionEnded{QueueId{"other"}, kAlice, 1});
  story.effect(SessionEnded{kMain, kAlice, std::uint64_t{1} << 40});
  EXPECT_EQ(story.store().digest(), before);
  joins(kBob);
  story.effect(SessionEnded{kMain, kBob, 2});
  EXPECT_EQ(ticket(kBob).state, TicketState::Waiting);
}

TEST_F(QueueStory, AnOutageLengthensASession) {
  open_queue();
  joins(kAlice);
  story.pass(100ms);
  story.outage(1h);
  story.pass(600s - 1ms);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Admitted);
  EXPECT_EQ(ticket(kAlice).admitted_until, now() + 1ms);
  story.pass(1ms);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Ended);
  EXPECT_EQ(view().inside, 0U);
}

TEST_F(QueueStory, WhatARateDidNotUseIsLost) {
  open_queue();
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 1000; });
  story.pass(10s);
  given_waiting(30);
  EXPECT_THAT(admitted_in(900ms), SizeIs(10));
  EXPECT_THAT(admitted_in(50ms), IsEmpty());
  EXPECT_THAT(admitted_in(50ms), SizeIs(3)) << "at 0 ms: ceil(10 x 250 / 1000)";
}

TEST_F(QueueStory, ARateThatChangesInMidSecondCountsFromThereOn) {
  open_queue();
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 1000; });
  given_waiting(80);
  EXPECT_THAT(admitted_in(500ms), SizeIs(8)) << "ceil(10 x 750 / 1000)";
  given_set(QueueField::Rate, [](auto& ask) { ask.rate_per_second = 40; });
  EXPECT_THAT(admitted_in(0ms), SizeIs(22)) << "30 of 40 less the 8";
  EXPECT_THAT(admitted_in(100ms), SizeIs(4));
  given_set(QueueField::Rate, [](auto& ask) { ask.rate_per_second = 5; });
  EXPECT_THAT(admitted_in(399ms), IsEmpty()) << "this second has had more than its five";
  EXPECT_THAT(admitted_in(1ms), SizeIs(2)) << "ceil(5 x 250 / 1000)";
  given_set(QueueField::Rate, [](auto& ask) { ask.rate_per_second = 0; });
  EXPECT_THAT(admitted_in(500ms), IsEmpty());
  given_set(QueueField::Rate, [](auto& ask) { ask.rate_per_second = 4; });
  EXPECT_THAT(admitted_in(0ms), SizeIs(1)) << "ceil(4 x 750 / 1000) less the 2";
}

TEST_F(QueueStory, WhatWasAdmittedCountsThroughAPauseAndAClosingOfTheSameSecond) {
  open_queue();
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 1000; });
  given_waiting(30);
  ASSERT_THAT(admitted_in(750ms), SizeIs(10));
  given_set(QueueField::Paused, [](auto& ask) { ask.paused = true; });
  given_set(QueueField::ClosesAt, [&](auto& ask) { ask.closes_at = now(); });
  given_set(QueueField::ClosesAt, [&](auto& ask) { ask.closes_at = now() + 1h; });
  given_set(QueueField::Paused, [](auto& ask) { ask.paused = false; });
  story.restart();
  EXPECT_THAT(admitted_in(249ms), IsEmpty());
  EXPECT_THAT(admitted_in(1ms), SizeIs(3));
}

TEST_F(QueueStory, BelowALoweredMostInsideNobodyComesInUntilEnoughHaveLeft) {
  open_queue();
  given_waiting(9);
  ASSERT_THAT(admitted_in(900ms), SizeIs(5));
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 3; });
  leaves(PersonId{"p1"});
  leaves(PersonId{"p2"});
  EXPECT_THAT(admitted_in(1s), IsEmpty()) << "three inside, three may be";
  leaves(PersonId{"p3"});
  EXPECT_THAT(admitted_in(1s), ElementsAre("p6"));
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 0; });
  story.pass(600s);
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(view().inside, 0U);
}

TEST_F(QueueStory, AProgrammeThatTurnsAwayStopsTheLineAndTurnedBackItGoesOn) {
  publish_programme();
  set(whole());
  given_waiting(7);
  ASSERT_THAT(admitted_in(900ms), SizeIs(5));
  publish_programme("another");
  leaves(PersonId{"p1"});
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(ticket(PersonId{"p2"}).state, TicketState::Admitted);
  publish_programme("");
  EXPECT_THAT(admitted_in(1s), IsEmpty()) << "no admission is needed, so none is given";
  publish_programme();
  EXPECT_THAT(admitted_in(1s), ElementsAre("p6"));
}

TEST_F(QueueStory, AHoldIsOverEveryQueueOfThePartition) {
  open_queue();
  auto other = whole();
  other.queue = QueueId{"other"};
  other.programme = ProgrammeId{"flu-2"};
  set(other);
  ProgrammeConfigured second;
  second.programme = ProgrammeId{"flu-2"};
  second.version = 1;
  second.queue = QueueId{"other"};
  story.effect(second);
  joins(kAlice);
  story.request(TicketRequested{QueueId{"other"}, kBob}, a_person("bob", "k"));
  story.own(AdmissionHeld{true, "load"});
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  story.restart();
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  story.own(AdmissionHeld{false, ""});
  EXPECT_THAT(admitted_in(1s), ElementsAre("alice", "bob"));
}

TEST_F(QueueStory, ARateOfNoneAdmitsNobody) {
  open_queue();
  given_set(QueueField::Rate, [](auto& ask) { ask.rate_per_second = 0; });
  joins(kAlice);
  EXPECT_THAT(admitted_in(10s), IsEmpty());
  EXPECT_EQ(ticket(kAlice).wait_seconds, std::nullopt);
}

TEST_F(QueueStory, LowerValuesEndNoSession) {
  open_queue();
  given_waiting(6);
  ASSERT_THAT(admitted_in(900ms), SizeIs(5));
  given_set(QueueField::InsideMax, [](auto& ask) { ask.inside_max = 2; });
  given_set(QueueField::SessionSeconds, [](auto& ask) { ask.session_seconds = 30; });
  EXPECT_EQ(view().inside, 5U);
  story.pass(500s);
  EXPECT_EQ(ticket(PersonId{"p1"}).state, TicketState::Admitted);
  const Said& said = story.pass(100s);
  EXPECT_EQ(said.effects_of<Admitted>().at(0).session_seconds, 30U);
}

TEST_F(QueueStory, APausedQueueAdmitsNobodyAndSessionsRunOn) {
  open_queue();
  given_waiting(7);
  ASSERT_THAT(admitted_in(900ms), SizeIs(5));
  given_set(QueueField::Paused, [](auto& ask) { ask.paused = true; });
  story.effect(SessionEnded{kMain, PersonId{"p1"}, 1});
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(ticket(PersonId{"p2"}).state, TicketState::Admitted);
  given_set(QueueField::Paused, [](auto& ask) { ask.paused = false; });
  EXPECT_THAT(admitted_in(1s), ElementsAre("p6"));
}

TEST_F(QueueStory, AClosedQueueKeepsPlacesAndGoesOnWhereItStopped) {
  open_queue();
  given_waiting(7);
  ASSERT_THAT(admitted_in(900ms), SizeIs(5));
  given_set(QueueField::ClosesAt, [&](auto& ask) { ask.closes_at = now(); });
  story.effect(SessionEnded{kMain, PersonId{"p1"}, 1});
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(ticket(PersonId{"p2"}).state, TicketState::Admitted);
  EXPECT_EQ(ticket(PersonId{"p6"}).state, TicketState::Waiting);
  given_set(QueueField::ClosesAt, [&](auto& ask) { ask.closes_at = now() + 1h; });
  EXPECT_THAT(admitted_in(1s), ElementsAre("p6"));
}

TEST_F(QueueStory, ClosesByItselfAtItsTime) {
  auto ask = whole();
  ask.closes_at = now() + 10s;
  set(ask);
  publish_programme();
  story.pass(10s - 1ms);
  joins(kAlice);
  EXPECT_THAT(admitted_in(1ms), IsEmpty());
  EXPECT_EQ(view().state, LineState::Closed);
}

TEST_F(QueueStory, NobodyIsAdmittedBeforeTheOpening) {
  open_queue();
  joins(kAlice);
  given_set(QueueField::OpensAt, [&](auto& ask) { ask.opens_at = now() + 10s; });
  EXPECT_THAT(admitted_in(10s - 1ms), IsEmpty());
  EXPECT_THAT(admitted_in(1ms), ElementsAre("alice"));
}

TEST_F(QueueStory, NobodyIsAdmittedUntilQueueAndProgrammeNameEachOther) {
  set(whole());
  joins(kAlice);
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  publish_programme("another");
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(view().waiting_for, WaitingFor::Programme);
  publish_programme("main");
  EXPECT_THAT(admitted_in(1s), ElementsAre("alice"));
}

TEST_F(QueueStory, HeldAdmissionsWaitForCapacity) {
  open_queue();
  joins(kAlice);
  story.own(AdmissionHeld{true, "the disk is nearly full"});
  EXPECT_THAT(admitted_in(1s), IsEmpty());
  EXPECT_EQ(view().waiting_for, WaitingFor::Capacity);
  story.own(AdmissionHeld{true, "still"});
  story.own(AdmissionHeld{false, ""});
  story.own(AdmissionHeld{false, ""});
  EXPECT_THAT(admitted_in(1s), ElementsAre("alice"));
}

TEST_F(QueueStory, OneQueueDoesNotWaitForAnother) {
  open_queue();
  auto other = whole();
  other.queue = QueueId{"other"};
  set(other);
  joins(kAlice);
  story.request(TicketRequested{QueueId{"other"}, kBob}, a_person("bob", "k"));
  EXPECT_THAT(admitted_in(1s), ElementsAre("alice"));
  EXPECT_THAT(consumer().queues(), ElementsAre(kMain, QueueId{"other"}));
}

TEST_F(QueueStory, ADeadlineIsNearWhileSomebodyMayBeAdmitted) {
  const auto next = [&] { return consumer().next_deadline(story.time()); };
  EXPECT_EQ(next(), kNever);
  auto ask = whole();
  ask.opens_at = now() + 10s;
  set(ask);
  publish_programme();
  EXPECT_EQ(next(), now() + 10s) << "the opening";
  story.pass(10s);
  EXPECT_EQ(next(), kStoryBegins + 24h) << "a key that is forgotten";
  joins(kAlice);
  EXPECT_EQ(next(), now() + 100ms);
  story.pass(130ms);
  EXPECT_EQ(next(), now() + 600s) << "the session's end";
  story.outage(1h);
  EXPECT_EQ(next(), now() + 600s);
  given_waiting(9);
  EXPECT_EQ(next(), now() + 70ms) << "the next 100 ms of log time";
  story.pass(870ms);
  EXPECT_EQ(view().inside, 4U);
  story.pass(500ms);
  EXPECT_EQ(view().inside, 5U);
  EXPECT_EQ(next().ms, now().ms - 1370 + 600'000) << "full: somebody must end";
}

}  // namespace
}  // namespace jari::queue
