#include <map>
#include <set>

#include "tests/consumers/queue/draw_reference.h"
#include "tests/consumers/queue/queue_story.h"

namespace jari::queue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The seed is bytes 0 to 31; its places of ten tickets stand in draw_test.cc.
constexpr std::string_view kSeed =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kCommitment =
    "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";
constexpr std::string_view kBeacon = "drand 1234";
const std::vector<std::uint64_t> kPlacesOfTen{3, 1, 5, 4, 10, 6, 7, 2, 8, 9};

/// The pre-queue opens with the story and closes after an hour; the queue opens after two.
class PrequeueStory : public QueueStory {
 protected:
  void given_prequeue(std::string_view beacon_name = "drand") {
    auto ask = whole();
    ask.opens_at = kStoryBegins + 2h;
    ask.inside_max = 100;
    ask.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 1h, kCommitment, beacon_name};
    set(ask);
    publish_programme();
  }
  static std::string person(std::uint64_t number) { return "p" + std::to_string(number); }
  void given_tickets(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) joins(PersonId{person(++given_)});
  }
  Outcome draw(std::string_view seed = kSeed, std::string_view beacon = kBeacon) {
    return story.request(PrequeueDrawn{kMain, seed, beacon}, an_operator("ann", new_key()))
        .outcome();
  }
  std::vector<std::uint64_t> places() {
    std::vector<std::uint64_t> out;
    for (std::uint64_t i = 1; i <= given_; ++i) {
      out.push_back(ticket(PersonId{person(i)}).place.value_or(0));
    }
    return out;
  }
  /// Who is admitted while `gap` passes in one tick, and then in half a minute.
  std::vector<std::string> all_admitted(milliseconds gap = 1s) {
    std::vector<std::string> out = admitted_in(gap);
    for (int i = 0; i < 30; ++i) {
      for (auto& one : admitted_in(1s)) out.push_back(std::move(one));
    }
    return out;
  }

 private:
  std::uint64_t given_ = 0;
};

TEST_F(PrequeueStory, GivesTicketsFromItsOwnOpeningOn) {
  auto ask = whole();
  ask.opens_at = kStoryBegins + 2h;
  ask.prequeue = PrequeueSettings{kStoryBegins + 1min, kStoryBegins + 1h, kCommitment, ""};
  set(ask);
  const Outcome early = joins(kAlice).outcome();
  EXPECT_EQ(early.code, Code::QueueNotOpen);
  EXPECT_EQ(early.opens_at, kStoryBegins + 1min);
  story.pass(1min);
  EXPECT_EQ(joins(kAlice).outcome().status, 201);
  EXPECT_EQ(view().state, LineState::Scheduled);
}

TEST_F(PrequeueStory, DrawsThePlacesThatAnybodyCanCompute) {
  given_prequeue();
  given_tickets(10);
  story.pass(1h);
  EXPECT_THAT(places(), testing::Each(0U)) << "nobody has a place before the draw";
  EXPECT_EQ(view().waiting_for, WaitingFor::Draw);
  const Outcome outcome = draw();
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.version, 2U);
  EXPECT_EQ(places(), kPlacesOfTen);
  EXPECT_EQ(view().tickets_drawn, 10U);
  EXPECT_EQ(view().settings->draw->seed, kSeed);
  EXPECT_EQ(view().settings->draw->beacon, kBeacon);
  EXPECT_EQ(ticket(PersonId{"p5"}).ahead, 9U);
  EXPECT_EQ(ticket(PersonId{"p2"}).ahead, 0U);
}

TEST_F(PrequeueStory, AdmitsInTheOrderDrawnAndLaterTicketsBehind) {
  given_prequeue();
  given_tickets(10);
  story.pass(1h);
  given_tickets(2);
  draw();
  given_tickets(1);
  EXPECT_THAT(all_admitted(), IsEmpty()) << "not before the queue opens";
  EXPECT_THAT(all_admitted(1h), ElementsAre("p2", "p8", "p1", "p4", "p3", "p6", "p7", "p9", "p10",
                                            "p5", "p11", "p12", "p13"));
  EXPECT_EQ(view().now_serving, 13U);
}

TEST_F(PrequeueStory, AReturnedTicketIsDrawnButNotAdmitted) {
  given_prequeue();
  given_tickets(10);
  leaves(PersonId{"p8"});
  leaves(PersonId{"p5"});
  story.pass(1h);
  draw();
  EXPECT_EQ(places(), kPlacesOfTen);
  EXPECT_EQ(ticket(PersonId{"p1"}).ahead, 1U);
  leaves(PersonId{"p1"});
  EXPECT_EQ(ticket(PersonId{"p10"}).ahead, 6U);
  EXPECT_THAT(all_admitted(1h), ElementsAre("p2", "p4", "p3", "p6", "p7", "p9", "p10"));
}

TEST_F(PrequeueStory, AnyoneCanTellTheOrderOfAWholeOpening) {
  constexpr std::uint64_t kDrawn = 60;
  given_prequeue();
  given_tickets(kDrawn);
  std::set<std::uint64_t> over{4, 17, 33, 34, 60};
  for (const std::uint64_t number : over) leaves(PersonId{person(number)});
  story.pass(1h);
  given_tickets(5);
  draw();
  const auto drawn =
      reference::places(*from_hex(kSeed), std::string{kBeacon}, std::string{kMain.text}, kDrawn);
  std::map<std::uint64_t, std::string> line;
  for (std::uint64_t number = 1; number <= kDrawn + 5; ++number) {
    const std::uint64_t place = number <= kDrawn ? drawn[number - 1] : number;
    EXPECT_EQ(ticket(PersonId{person(number)}).place, place);
    if (!over.contains(number)) line[place] = person(number);
  }
  std::vector<std::string> expected;
  for (const auto& [place, one] : line) expected.push_back(one);
  EXPECT_EQ(all_admitted(1h), expected);
}

TEST_F(PrequeueStory, NobodyIsAdmittedBeforeTheDrawEvenOnceItIsOpen) {
  given_prequeue();
  given_tickets(3);
  story.pass(3h);
  EXPECT_THAT(all_admitted(), IsEmpty());
  EXPECT_EQ(view().state, LineState::Open);
  EXPECT_EQ(view().waiting_for, WaitingFor::Draw);
  draw();
  EXPECT_EQ(all_admitted().size(), 3U);
}

TEST_F(PrequeueStory, RefusesTheDrawBeforeItHasClosed) {
  given_prequeue();
  given_tickets(3);
  story.pass(1h - 1ms);
  EXPECT_EQ(draw().code, Code::PrequeueNotClosed);
  story.pass(1ms);
  EXPECT_EQ(draw().status, 200);
}

TEST_F(PrequeueStory, RefusesASeedThatDoesNotFit) {
  given_prequeue();
  story.pass(1h);
  EXPECT_EQ(draw(std::string(64, '0')).code, Code::CommitmentMismatch);
  const Outcome upper = draw("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
  EXPECT_EQ(upper.code, Code::InvalidRequest);
  EXPECT_EQ(upper.field, "seed");
  EXPECT_EQ(draw("0011").field, "seed");
  EXPECT_EQ(view().waiting_for, WaitingFor::Draw);
}

TEST_F(PrequeueStory, RefusesADrawWithoutTheBeaconThatWasNamed) {
  given_prequeue();
  story.pass(1h);
  const Outcome outcome = draw(kSeed, "");
  EXPECT_EQ(outcome.code, Code::InvalidRequest);
  EXPECT_EQ(outcome.field, "beacon");
  EXPECT_EQ(draw(kSeed, std::string(201, 'x')).field, "beacon");
  std::string characters;
  for (int i = 0; i < 200; ++i) characters += "첨";
  EXPECT_EQ(draw(kSeed, characters).status, 200) << "characters, not bytes";
}

TEST_F(PrequeueStory, AMissingBeaconIsSaidBeforeWhatTheRulesSay) {
  given_prequeue();
  EXPECT_EQ(draw(kSeed, "").field, "beacon") << "not prequeue-not-closed";
  story.pass(1h);
  EXPECT_EQ(draw(std::string(64, '0'), "").field, "beacon") << "not commitment-mismatch";
}

TEST_F(PrequeueStory, DrawsWithoutABeaconWhereNoneWasNamed) {
  given_prequeue("");
  given_tickets(10);
  story.pass(1h);
  EXPECT_EQ(draw(kSeed, "").status, 200);
  EXPECT_THAT(places(), ElementsAre(10, 5, 8, 1, 2, 3, 6, 7, 4, 9));
}

TEST_F(PrequeueStory, TheSameDrawAgainIsTheSameAnswerAndAnotherIsRefused) {
  given_prequeue();
  given_tickets(4);
  story.pass(1h);
  ASSERT_EQ(draw().status, 200);
  const auto before = places();
  const Outcome again = draw();
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.version, 2U);
  EXPECT_EQ(draw(kSeed, "another").code, Code::AlreadyDrawn);
  EXPECT_EQ(draw(std::string(64, '0')).code, Code::AlreadyDrawn);
  EXPECT_EQ(places(), before);
}

TEST_F(PrequeueStory, RefusesADrawWhereThereIsNothingToDraw) {
  EXPECT_EQ(draw().code, Code::UnknownQueue);
  open_queue();
  EXPECT_EQ(draw().code, Code::CommitmentMismatch);
}

TEST_F(PrequeueStory, ADrawOfNobodyIsADraw) {
  given_prequeue();
  story.pass(1h);
  EXPECT_EQ(draw().status, 200);
  story.pass(1h);
  joins(kAlice);
  EXPECT_EQ(ticket(kAlice).place, 1U);
  EXPECT_THAT(all_admitted(), ElementsAre("alice"));
}

TEST_F(PrequeueStory, AfterTheDrawThePrequeueStaysAsItIs) {
  given_prequeue();
  given_tickets(3);
  story.pass(2h);
  draw();
  auto none = patch(QueueField::Prequeue);
  EXPECT_EQ(set(none).code, Code::AlreadyDrawn) << "the order that was drawn stands";
  none.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 90min, kCommitment, "drand"};
  EXPECT_EQ(set(none).code, Code::AlreadyDrawn);
  const std::string other(64, 'b');
  none.prequeue->commitment = other;
  EXPECT_EQ(set(none).code, Code::PrequeueStarted) << "fixed since the first ticket";
  none.prequeue->commitment = kCommitment;
  none.prequeue->closes_at = kStoryBegins + 1h;
  EXPECT_EQ(set(none).status, 200);
}

TEST_F(PrequeueStory, TheWayOutOfALostSeedIsTicketOrder) {
  given_prequeue();
  given_tickets(3);
  story.pass(2h - 1ms);
  const auto none = patch(QueueField::Prequeue);
  EXPECT_EQ(set(none).code, Code::PrequeueStarted) << "not before the queue opens";
  story.pass(1ms);
  EXPECT_EQ(set(none).status, 200);
  EXPECT_THAT(places(), ElementsAre(1, 2, 3));
  EXPECT_THAT(all_admitted(), ElementsAre("p1", "p2", "p3"));
  auto back = patch(QueueField::Prequeue);
  back.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 1h, kCommitment, "drand"};
  EXPECT_EQ(set(back).code, Code::PrequeueStarted);
}

TEST_F(PrequeueStory, ALaterEndTakesThoseInWhoComeUntilThen) {
  given_prequeue();
  given_tickets(4);
  story.pass(1h - 1ms);
  given_tickets(4);
  auto later = patch(QueueField::Prequeue);
  later.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 90min, kCommitment, "drand"};
  ASSERT_EQ(set(later).status, 200);
  story.pass(1ms);
  given_tickets(2);
  EXPECT_EQ(draw().code, Code::PrequeueNotClosed);
  story.pass(30min);
  given_tickets(1);
  draw();
  EXPECT_EQ(view().tickets_drawn, 10U);
  auto expected = kPlacesOfTen;
  expected.push_back(11);
  EXPECT_EQ(places(), expected);
}

// By then the beacon may be known: who knows the seed would add tickets until the order pleases.
TEST_F(PrequeueStory, OnceClosedItsEndMovesNoMore) {
  given_prequeue();
  given_tickets(10);
  story.pass(1h);
  auto later = patch(QueueField::Prequeue);
  later.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 90min, kCommitment, "drand"};
  EXPECT_EQ(set(later).code, Code::PrequeueStarted);
  given_tickets(1);
  draw();
  EXPECT_EQ(view().tickets_drawn, 10U);
}

TEST_F(PrequeueStory, WithoutTicketsItsEndMovesAfterItHasClosed) {
  given_prequeue();
  story.pass(1h);
  auto later = patch(QueueField::Prequeue);
  later.prequeue = PrequeueSettings{kStoryBegins, kStoryBegins + 90min, kCommitment, "drand"};
  ASSERT_EQ(set(later).status, 200);
  given_tickets(10);
  story.pass(30min);
  draw();
  EXPECT_EQ(places(), kPlacesOfTen);
}

TEST_F(PrequeueStory, ATicketAtTheVeryEndStandsBehind) {
  given_prequeue();
  given_tickets(9);
  story.pass(1h - 1ms);
  given_tickets(1);
  story.pass(1ms);
  given_tickets(1);
  draw();
  auto expected = kPlacesOfTen;
  expected.push_back(11);
  EXPECT_EQ(places(), expected);
}

TEST_F(PrequeueStory, WhoRejoinsWhileItIsOpenIsDrawnWithTheLastTicket) {
  given_prequeue();
  given_tickets(9);
  leaves(PersonId{"p3"});
  EXPECT_EQ(joins(PersonId{"p3"}).outcome().ticket, 10U);
  story.pass(1h);
  draw();
  EXPECT_EQ(view().tickets_drawn, 10U);
  EXPECT_EQ(ticket(PersonId{"p3"}).place, kPlacesOfTen[9]);
  EXPECT_THAT(all_admitted(1h), ElementsAre("p2", "p8", "p1", "p4", "p6", "p7", "p9", "p3", "p5"));
}

TEST_F(PrequeueStory, ARestartBetweenDrawAndOpeningForgetsNothing) {
  given_prequeue();
  given_tickets(10);
  leaves(PersonId{"p8"});
  story.pass(1h);
  draw();
  story.restart();
  EXPECT_EQ(places(), kPlacesOfTen);
  EXPECT_THAT(admitted_in(1h), ElementsAre("p2", "p1", "p4"));
  story.restart();
  EXPECT_EQ(ticket(PersonId{"p5"}).ahead, 5U);
}

}  // namespace
}  // namespace jari::queue
