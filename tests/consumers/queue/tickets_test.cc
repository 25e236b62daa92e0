#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(QueueStory, NumbersTicketsDenselyInTheOrderOfArrival) {
  open_queue();
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const std::string person = "p" + std::to_string(number);
    const Outcome outcome = joins(PersonId{person}).outcome();
    EXPECT_EQ(outcome.status, 201);
    EXPECT_EQ(outcome.ticket, number);
    EXPECT_EQ(outcome.queue, kMain);
    EXPECT_EQ(outcome.person.text, person);
  }
  EXPECT_EQ(view().last_ticket, 5U);
}

TEST_F(QueueStory, GivesTheLiveTicketAgainToANewKey) {
  open_queue();
  joins(kBob);
  joins(kAlice);
  const Outcome again = joins(kAlice).outcome();
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.ticket, 2U);
  EXPECT_EQ(view().last_ticket, 2U);
}

TEST_F(QueueStory, AnswersAKnownKeyAsItWasDecidedAndPublishesNothing) {
  open_queue();
  const Outcome first = joins(kAlice, "k").outcome();
  leaves(kAlice);
  const Said& again = joins(kAlice, "k");
  EXPECT_EQ(again.outcome().status, first.status);
  EXPECT_EQ(again.outcome().ticket, first.ticket);
  EXPECT_EQ(again.outcome().person, kAlice);
  EXPECT_THAT(again.rows, IsEmpty());
  EXPECT_EQ(view().last_ticket, 1U);
}

TEST_F(QueueStory, RefusesAKeyWithOtherContent) {
  open_queue();
  joins(kAlice, "k");
  Asked asked = a_person("alice", "k");
  asked.content = Hash128{1, 2};
  const Said& said = story.request(TicketRequested{kMain, kAlice}, asked);
  EXPECT_EQ(said.outcome().code, Code::IdempotencyKeyReused);
  EXPECT_EQ(said.published().size(), 1U);
  EXPECT_EQ(joins(kAlice, "k").outcome().status, 201) << "what was decided stays remembered";
}

TEST_F(QueueStory, TwoPeopleMayUseTheSameKey) {
  open_queue();
  EXPECT_EQ(joins(kAlice, "k").outcome().ticket, 1U);
  EXPECT_EQ(joins(kBob, "k").outcome().ticket, 2U);
}

TEST_F(QueueStory, RefusesBeyondTheKeysThatOnePersonMayHave) {
  open_queue();
  for (std::uint32_t i = 0; i < requests::kLiveKeysMax; ++i) joins(kAlice);
  const Outcome outcome = joins(kAlice).outcome();
  EXPECT_EQ(outcome.code, Code::SlowDown);
  EXPECT_EQ(outcome.status, 429);
  EXPECT_EQ(joins(kBob).outcome().status, 201);
  story.pass(24h);
  EXPECT_EQ(joins(kAlice).outcome().status, 200) << "after 24 h the keys are forgotten";
}

TEST_F(QueueStory, ForgetsAKeyAfterADayButNotForAnOutage) {
  open_queue();
  joins(kAlice, "k");
  const Hash128 key = requests::key_of(Role::Person, "alice", "k");
  story.outage(48h);
  story.pass(24h - 1ms);
  ASSERT_TRUE(consumer().remembered(key).has_value());
  EXPECT_EQ(consumer().outcome_of(*consumer().remembered(key), "k").status, 201);
  story.pass(1ms);
  EXPECT_FALSE(consumer().remembered(key).has_value());
}

TEST_F(QueueStory, PublishesEachDecisionUnderThePerson) {
  open_queue();
  const Said& said = joins(kAlice, "k");
  ASSERT_EQ(said.rows.size(), 1U);
  EXPECT_EQ(said.rows[0].key, "alice");
  ASSERT_EQ(said.told.size(), 1U);
  EXPECT_EQ(said.told[0].by, "alice");
  EXPECT_EQ(said.told[0].request, "k");
  EXPECT_EQ(said.told[0].outcome, said.rows[0].body);
  EXPECT_EQ(story.context().counted("decisions", "TicketRequested granted"), 1U);
}

class RefusesATicket : public QueueStory {
 protected:
  void given_scheduled() {
    auto ask = whole();
    ask.opens_at = now() + 1h;
    set(ask);
  }
  void given_closed() {
    auto ask = whole();
    ask.closes_at = now();
    set(ask);
  }
  void given_closed_before_it_opens() {
    auto ask = whole();
    ask.opens_at = now() + 1h;
    ask.closes_at = now();
    set(ask);
  }
  void given_over_without_rejoin() {
    auto ask = whole();
    ask.rejoin = false;
    set(ask);
    joins(kAlice);
    leaves(kAlice);
  }
  void given_over_without_rejoin_and_closed() {
    given_over_without_rejoin();
    auto ask = patch(QueueField::ClosesAt);
    ask.closes_at = now();
    set(ask);
  }
  void given_over_without_rejoin_and_scheduled() {
    given_over_without_rejoin();
    auto ask = patch(QueueField::OpensAt);
    ask.opens_at = now() + 1h;
    set(ask);
  }
  void refuses(Code code) {
    const Said& said = joins(kAlice, "the-key");
    EXPECT_EQ(said.outcome().code, code);
    EXPECT_EQ(said.outcome().status, status_of(code));
    EXPECT_EQ(said.outcome().decision, Decision::Refused);
    EXPECT_EQ(said.published().size(), 1U);
    EXPECT_EQ(joins(kAlice, "the-key").outcome().code, code) << "a refusal is remembered, too";
  }
};

TEST_F(RefusesATicket, OfAQueueNobodyPublished) {
  refuses(Code::UnknownQueue);
}
TEST_F(RefusesATicket, BeforeItOpens) {
  given_scheduled();
  refuses(Code::QueueNotOpen);
  EXPECT_EQ(joins(kAlice).outcome().opens_at, kStoryBegins + 1h);
}
TEST_F(RefusesATicket, OnceItIsClosed) {
  given_closed();
  refuses(Code::QueueClosed);
}
TEST_F(RefusesATicket, ClosedComesBeforeNotOpen) {
  given_closed_before_it_opens();
  refuses(Code::QueueClosed);
}
TEST_F(RefusesATicket, OfAPersonWhoseTurnIsOverWhereNobodyRejoins) {
  given_over_without_rejoin();
  refuses(Code::TicketEnded);
}
TEST_F(RefusesATicket, ClosedComesBeforeEnded) {
  given_over_without_rejoin_and_closed();
  refuses(Code::QueueClosed);
}
TEST_F(RefusesATicket, NotOpenComesBeforeEnded) {
  given_over_without_rejoin_and_scheduled();
  refuses(Code::QueueNotOpen);
}

TEST_F(QueueStory, TheLiveTicketIsGivenWhateverTheQueuesState) {
  open_queue();
  joins(kAlice);
  auto closed = patch(QueueField::ClosesAt);
  closed.closes_at = now();
  set(closed);
  EXPECT_EQ(joins(kAlice).outcome().status, 200);
  EXPECT_EQ(joins(kBob).outcome().code, Code::QueueClosed);
  auto later = patch(QueueField::OpensAt);
  later.opens_at = now() + 1h;
  set(later);
  EXPECT_EQ(joins(kAlice).outcome().status, 200);
}

TEST_F(QueueStory, APausedQueueGivesTickets) {
  auto ask = whole();
  ask.paused = true;
  set(ask);
  EXPECT_EQ(joins(kAlice).outcome().status, 201);
}

TEST_F(QueueStory, WhoGaveTheTicketBackRejoinsAtTheEnd) {
  open_queue();
  join_all({kAlice, kBob});
  leaves(kAlice);
  const Outcome again = joins(kAlice).outcome();
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.ticket, 3U);
  EXPECT_EQ(ticket(kAlice).ahead, 1U);
  EXPECT_THAT(admitted_in(100ms), ElementsAre("bob", "alice"));
}

TEST_F(QueueStory, EverybodysLatestTicketCountsAlsoAfterARestart) {
  open_queue();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string person = "p" + std::to_string(i);
      joins(PersonId{person});
      if (round < 2) leaves(PersonId{person});
    }
  }
  story.restart();
  for (std::uint64_t i = 0; i < 20; ++i) {
    const std::string person = "p" + std::to_string(i);
    EXPECT_EQ(ticket(PersonId{person}).ticket, 41 + i);
    EXPECT_EQ(ticket(PersonId{person}).ahead, i);
  }
}

TEST_F(QueueStory, WhoseSessionRanOutRejoinsAtTheEnd) {
  open_queue();
  joins(kAlice);
  admitted_in(100ms);
  story.pass(600s - 1ms);
  EXPECT_EQ(joins(kAlice).outcome().status, 200);
  story.pass(1ms);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Ended);
  EXPECT_EQ(joins(kAlice).outcome().ticket, 2U);
}

TEST_F(QueueStory, AWaitingTicketGivenBackIsOverAtOnce) {
  open_queue();
  join_all({kAlice, kBob});
  const Said& said = leaves(kAlice);
  EXPECT_EQ(said.outcome().status, 204);
  EXPECT_EQ(said.outcome().ticket, 1U);
  EXPECT_THAT(said.effects, IsEmpty());
  EXPECT_EQ(ticket(kAlice).state, TicketState::Returned);
  EXPECT_EQ(view().waiting, 1U);
  EXPECT_EQ(leaves(kAlice).outcome().status, 204);
  EXPECT_THAT(admitted_in(100ms), ElementsAre("bob"));
}

TEST_F(QueueStory, GivingBackWhileInsideEndsTheSessionAndTellsThePersonsPartitionOnce) {
  open_queue();
  joins(kAlice);
  admitted_in(100ms);
  const Said& said = leaves(kAlice);
  EXPECT_EQ(said.outcome().status, 204);
  ASSERT_EQ(said.effects.size(), 1U);
  EXPECT_EQ(said.effects[0].to, home_of(kAlice));
  const auto ended = said.effects[0].as<AdmissionEnded>();
  EXPECT_EQ(ended.person, kAlice);
  EXPECT_EQ(ended.queue, kMain);
  EXPECT_EQ(ended.ticket, 1U);
  EXPECT_EQ(view().inside, 0U);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Ended);
  EXPECT_THAT(leaves(kAlice).effects, IsEmpty());
  EXPECT_EQ(view().inside, 0U);
}

TEST_F(QueueStory, GivingBackASessionThatRanOutHereStillTellsThePersonsPartition) {
  open_queue();
  joins(kAlice);
  admitted_in(100ms);
  story.pass(600s);
  EXPECT_EQ(leaves(kAlice).effects_of<AdmissionEnded>().size(), 1U);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Ended);
  EXPECT_THAT(leaves(kAlice).effects, IsEmpty());
}

TEST_F(QueueStory, RefusesToEndASessionThatItCannotTellOf) {
  open_queue();
  joins(kAlice);
  admitted_in(100ms);
  story.room(home_of(kAlice), 0);
  const Said& said = story.request(TicketReturned{kMain, kAlice}, a_person("alice", "k"));
  EXPECT_EQ(said.outcome().code, Code::Overloaded);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Admitted);
  story.room(home_of(kAlice), 10);
  const Said& again = story.request(TicketReturned{kMain, kAlice}, a_person("alice", "k"));
  EXPECT_EQ(again.outcome().status, 204) << "a 503 is judged anew";
}

TEST_F(QueueStory, RefusesToTakeBackWhatNobodyHas) {
  EXPECT_EQ(leaves(kAlice).outcome().code, Code::UnknownQueue);
  open_queue();
  EXPECT_EQ(leaves(kAlice).outcome().code, Code::NoTicket);
}

TEST_F(QueueStory, IdsOutOfFormAreRefusedAndNotRemembered) {
  open_queue();
  const Outcome person = joins(PersonId{"no spaces"}).outcome();
  EXPECT_EQ(person.code, Code::InvalidRequest);
  EXPECT_EQ(person.field, "person");
  const Said& queue = story.request(TicketRequested{QueueId{""}, kAlice}, a_person("alice", "k"));
  EXPECT_EQ(queue.outcome().field, "queue");
}

TEST_F(QueueStory, NobodyTakesOrGivesBackTheTicketOfAnother) {
  open_queue();
  joins(kAlice);
  const Hash128 before = story.store().digest();
  const auto code = [&](const auto& ask, const Asked& asked) {
    return story.request(ask, asked).outcome().code;
  };
  EXPECT_EQ(code(TicketReturned{kMain, kAlice}, a_person("bob", "k1")), Code::ScopeRequired);
  EXPECT_EQ(code(TicketRequested{kMain, kBob}, a_person("alice", "k2")), Code::ScopeRequired);
  EXPECT_EQ(code(TicketReturned{kMain, kAlice}, an_operator("ann", "k3")), Code::ScopeRequired);
  EXPECT_EQ(code(TicketRequested{kMain, kBob}, Asked{"k4", Role::Nobody, "bob", {}, {}, {}}),
            Code::InvalidRequest);
  EXPECT_EQ(story.store().digest(), before);
}

TEST_F(QueueStory, QueuesThatNobodyPublishedLeaveNoNamesBehind) {
  open_queue();
  joins(kAlice, "k0");
  const std::size_t names = story.store().names().size();
  for (int i = 1; i <= 20; ++i) {
    const std::string queue = "made-up-" + std::to_string(i);
    const Asked asked = a_person("alice", queue);
    const TicketRequested ask{QueueId{queue}, kAlice};
    EXPECT_EQ(story.request(ask, asked).outcome().code, Code::UnknownQueue);
    const Outcome again = story.request(ask, asked).outcome();
    EXPECT_EQ(again.code, Code::UnknownQueue);
    EXPECT_EQ(again.queue.text, queue);
  }
  EXPECT_EQ(story.store().names().size(), names);
}

TEST_F(QueueStory, ASessionsEndAndAReturnAreOneWhicheverComesFirst) {
  open_queue();
  join_all({kAlice, kBob});
  ASSERT_THAT(admitted_in(100ms), ElementsAre("alice", "bob"));
  leaves(kAlice);
  story.effect(SessionEnded{kMain, kAlice, 1});
  EXPECT_EQ(ticket(kAlice).state, TicketState::Ended);
  story.effect(SessionEnded{kMain, kBob, 2});
  const Said& late = leaves(kBob);
  EXPECT_EQ(late.outcome().status, 204);
  EXPECT_THAT(late.effects, IsEmpty()) << "the session is over there, too";
  EXPECT_EQ(ticket(kBob).state, TicketState::Ended);
  EXPECT_EQ(view().inside, 0U);
}

TEST_F(QueueStory, TheEndOfAnEarlierTicketDoesNothingToTheNext) {
  open_queue();
  joins(kAlice);
  ASSERT_THAT(admitted_in(100ms), ElementsAre("alice"));
  story.pass(600s);
  joins(kAlice);
  ASSERT_THAT(admitted_in(1s), ElementsAre("alice"));
  story.effect(SessionEnded{kMain, kAlice, 1});
  EXPECT_EQ(ticket(kAlice).ticket, 2U);
  EXPECT_EQ(ticket(kAlice).state, TicketState::Admitted);
  EXPECT_EQ(view().inside, 1U);
  const auto ended = leaves(kAlice).effects_of<AdmissionEnded>();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].ticket, 2U);
}

TEST_F(QueueStory, ARecordOfTheWrongKindIsADeadLetter) {
  EXPECT_EQ(story.effect(TicketRequested{kMain, kAlice}).applied, Applied::DeadLetter);
  EXPECT_EQ(story.own(whole()).applied, Applied::DeadLetter);
  EXPECT_EQ(story.effect(AdmissionHeld{true, "disk"}).applied, Applied::DeadLetter);
  const Asked asked = a_person("alice", "k");
  EXPECT_EQ(story.request(SessionEnded{kMain, kAlice, 1}, asked).applied, Applied::DeadLetter);
  EXPECT_EQ(story.request(AdmissionHeld{true, "me"}, asked).applied, Applied::DeadLetter);
  EXPECT_EQ(story.request(Admitted{}, asked).applied, Applied::DeadLetter);
}

TEST_F(QueueStory, ARequestInTheWrongPartitionIsRefusedAndChangesNothing) {
  story.context().set_partitions(kQueueTopic, 64);
  const Hash128 before = story.store().digest();
  std::string queue = "main";
  while (story.context().home_of(kQueueTopic, queue).partition == 0) queue += "x";
  const Said& said = story.request(TicketRequested{QueueId{queue}, kAlice}, a_person("alice", "k"));
  EXPECT_EQ(said.outcome().code, Code::InvalidRequest);
  EXPECT_EQ(said.outcome().field, "queue");
  EXPECT_EQ(story.store().digest(), before);
}

}  // namespace
}  // namespace jari::queue
