#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::SizeIs;

class HoldTest : public BookingStory {
 protected:
  auto holds_of(std::string_view person) {
    return consumer().view().holds_of(PersonId{person}, story.time());
  }
};

TEST_F(HoldTest, IsAskedOfTheSiteAndShownUntilItEnds) {
  enter("alice");
  const auto asked = hold("alice").effects_of<HoldRequested>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].hold.text, id);
  EXPECT_EQ(asked[0].length_ms, 300'000U);
  EXPECT_TRUE(asked[0].replaces.empty());
  EXPECT_THAT(holds_of("alice"), IsEmpty());
  const Outcome outcome = grant_hold(id, "alice").outcome();
  EXPECT_EQ(outcome.status, 201);
  EXPECT_EQ(outcome.hold.text, id);
  EXPECT_EQ(outcome.slot.text, "mon");
  EXPECT_EQ(outcome.until, now() + minutes{5});
  ASSERT_THAT(holds_of("alice"), SizeIs(1));
  story.pass(minutes{5});
  EXPECT_THAT(holds_of("alice"), IsEmpty());
}

TEST_F(HoldTest, IsNeverLongerThanTheSession) {
  eligible("alice");
  admit("alice", 1, 200);
  story.pass(seconds{50});
  EXPECT_EQ(hold("alice").effects_of<HoldRequested>().at(0).length_ms, 150'000U);
  story.pass(seconds{10});
  EXPECT_EQ(grant_hold(id, "alice", 150'000).outcome().until, now() + seconds{140})
      << "the session's end, though the answer came late";
}

TEST_F(HoldTest, IsJudgedLikeABooking) {
  EXPECT_EQ(hold("alice").outcome().code, Code::NotEligible);
  eligible("alice");
  EXPECT_EQ(hold("alice").outcome().code, Code::NotAdmitted);
  admit("alice");
  hold("alice");
  EXPECT_EQ(story.effect(HoldRefused{HoldId{id}, PersonId{"alice"}, Code::OutOfStock, {}, {}})
                .outcome()
                .code,
            Code::OutOfStock);
  booked("alice");
  EXPECT_EQ(hold("alice").outcome().code, Code::AlreadyBooked);
}

TEST_F(HoldTest, IsNotTakenByAProgrammeThatGivesItNoLength) {
  auto settings = flu();
  settings.hold_seconds = 0;
  configure(settings);
  enter("alice");
  EXPECT_EQ(hold("alice").outcome().code, Code::HoldExpired);
}

TEST_F(HoldTest, BecomesAnAppointmentWithoutAnAdmission) {
  eligible("alice");
  admit("alice", 1, 60);
  const std::string mine = held("alice");
  story.pass(minutes{2});
  const auto asked = book_by_hold("alice", mine).effects_of<HoldConfirmed>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].appointment.text, id);
  EXPECT_EQ(asked[0].site.text, "s1");
  const Said& said = grant(id, "alice");
  EXPECT_EQ(said.outcome().appointment->dose, 1);
  EXPECT_THAT(said.effects_of<HoldReleaseRequested>(), IsEmpty()) << "it was used";
  EXPECT_EQ(book_by_hold("alice", mine).outcome().code, Code::AlreadyBooked);
}

TEST_F(HoldTest, SaysHowItEnded) {
  struct {
    HoldEnd why;
    Code code;
  } const cases[]{{HoldEnd::Expired, Code::HoldExpired},
                  {HoldEnd::Released, Code::HoldExpired},
                  {HoldEnd::Withdrawn, Code::SlotWithdrawn}};
  enter("alice");
  for (const auto& [why, code] : cases) {
    const std::string mine = held("alice");
    end_hold(mine, "alice", why);
    EXPECT_EQ(book_by_hold("alice", mine).outcome().code, code);
    EXPECT_EQ(release("alice", mine).outcome().status, 204) << "also when it is over";
  }
  const std::string withdrawn = held("alice");
  end_hold(withdrawn, "alice", HoldEnd::Withdrawn);
  story.pass(minutes{5});
  EXPECT_EQ(book_by_hold("alice", withdrawn).outcome().code, Code::HoldExpired);
  EXPECT_EQ(book_by_hold("alice", "h0-99999").outcome().code, Code::UnknownHold);
  EXPECT_EQ(book_by_hold("alice", "nonsense").outcome().code, Code::UnknownHold);
  const std::string mine = held("alice");
  enter("bob");
  EXPECT_EQ(book_by_hold("bob", mine).outcome().code, Code::UnknownHold);
  EXPECT_EQ(release("bob", mine).outcome().code, Code::UnknownHold);
  EXPECT_THAT(holds_of("alice"), SizeIs(1));
}

TEST_F(HoldTest, IsForgottenADayAfterItIsOver) {
  enter("alice");
  const std::string mine = held("alice");
  release("alice", mine);
  story.pass(hours{24} - milliseconds{1});
  EXPECT_EQ(book_by_hold("alice", mine).outcome().code, Code::HoldExpired);
  story.pass(milliseconds{1});
  EXPECT_EQ(book_by_hold("alice", mine).outcome().code, Code::UnknownHold);
}

TEST_F(HoldTest, IsUsedByABookingOfItsSlot) {
  enter("alice");
  const std::string mine = held("alice");
  EXPECT_EQ(book("alice").effects_of<Reserve>().at(0).hold.text, mine);
  const Said& said = grant(id, "alice");
  EXPECT_THAT(said.effects_of<HoldReleaseRequested>(), IsEmpty());
  EXPECT_THAT(holds_of("alice"), IsEmpty());
}

TEST_F(HoldTest, IsReleasedByAnyOtherBookingOnceThatIsGranted) {
  enter("alice");
  const std::string mine = held("alice");
  EXPECT_TRUE(book("alice", {"s2", "tue"}).effects_of<Reserve>().at(0).hold.empty());
  EXPECT_THAT(holds_of("alice"), SizeIs(1));
  const auto released = grant(id, "alice", {"s2", "tue"}).effects_of<HoldReleaseRequested>();
  ASSERT_THAT(released, SizeIs(1));
  EXPECT_EQ(released[0].hold.text, mine);
  EXPECT_EQ(released[0].site.text, "s1");
  EXPECT_THAT(holds_of("alice"), IsEmpty());
}

TEST_F(HoldTest, IsReplacedAtItsSiteInOneStep) {
  enter("alice");
  const std::string old = held("alice");
  EXPECT_EQ(hold("alice", {"s1", "tue"}).effects_of<HoldRequested>().at(0).replaces.text, old);
  EXPECT_THAT(grant_hold(id, "alice").effects, IsEmpty());
  ASSERT_THAT(holds_of("alice"), SizeIs(1));
  EXPECT_EQ(holds_of("alice")[0].slot.text, "tue");
}

TEST_F(HoldTest, IsReplacedElsewhereOnceTheNewOneIsGranted) {
  enter("alice");
  const std::string old = held("alice");
  EXPECT_TRUE(hold("alice", {"s2", "tue"}).effects_of<HoldRequested>().at(0).replaces.empty());
  story.effect(HoldRefused{HoldId{id}, PersonId{"alice"}, Code::SlotFull, {}, {}});
  EXPECT_EQ(holds_of("alice").at(0).hold, old);
  hold("alice", {"s2", "tue"});
  const auto released = grant_hold(id, "alice").effects_of<HoldReleaseRequested>();
  ASSERT_THAT(released, SizeIs(1));
  EXPECT_EQ(released[0].hold.text, old);
  EXPECT_EQ(holds_of("alice").at(0).hold, id);
}

TEST_F(HoldTest, IsReleasedWithTheTicket) {
  enter("alice");
  held("alice");
  const Said& said = story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 1});
  EXPECT_THAT(said.effects_of<HoldReleaseRequested>(), SizeIs(1));
  EXPECT_THAT(holds_of("alice"), IsEmpty());
}

TEST_F(HoldTest, IsReleasedAsSoonAsItIsGrantedWhereTheTicketIsGone) {
  enter("alice");
  hold("alice");
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 1});
  const Said& said = grant_hold(id, "alice");
  EXPECT_EQ(said.outcome().status, 201);
  EXPECT_THAT(said.effects_of<HoldReleaseRequested>(), SizeIs(1));
  EXPECT_THAT(holds_of("alice"), IsEmpty());
}

TEST_F(HoldTest, IsReleasedAlsoWhereTheTicketsSessionIsLongForgotten) {
  eligible("alice");
  admit("alice", 1, 60);
  hold("alice");
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 1});
  story.pass(minutes{2});
  EXPECT_THAT(grant_hold(id, "alice").effects_of<HoldReleaseRequested>(), SizeIs(1));
}

TEST_F(HoldTest, IsReleasedAlsoWhereAnotherTicketHasComeInSince) {
  enter("alice");
  hold("alice");
  const std::string pending = id;
  hold("alice", {"s2", "tue"});
  const std::string waiting = id;
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 1});
  admit("alice", 2);
  hold("alice", {"s3", "wed"});
  const std::string of_the_next_ticket = id;
  EXPECT_THAT(grant_hold(pending, "alice").effects_of<HoldReleaseRequested>(), SizeIs(1));
  EXPECT_THAT(grant_hold(waiting, "alice").effects_of<HoldReleaseRequested>(), SizeIs(1));
  EXPECT_THAT(holds_of("alice"), IsEmpty());
  EXPECT_THAT(grant_hold(of_the_next_ticket, "alice").effects_of<HoldReleaseRequested>(),
              IsEmpty());
  EXPECT_THAT(holds_of("alice"), SizeIs(1));
}

TEST_F(HoldTest, OfAnotherProgrammeIsNeitherUsedNorReleased) {
  auto other = flu();
  other.programme = ProgrammeId{"measles"};
  configure(other);
  enter("alice");
  story.request(
      EligibilityGranted{PersonId{"alice"}, ProgrammeId{"measles"}, CohortId{"old"}, 0, {}, {}},
      by_operator());
  auto asked = holding("alice");
  asked.programme = ProgrammeId{"measles"};
  story.request(asked, by("alice"));
  const std::string its = hold_text(make_id(0, story.offset()));
  grant_hold(its, "alice");
  const std::string mine = held("alice");
  EXPECT_THAT(holds_of("alice"), SizeIs(2)) << "one for each programme";
  EXPECT_EQ(book("alice").effects_of<Reserve>().at(0).hold.text, mine);
  EXPECT_THAT(grant(id, "alice").effects_of<HoldReleaseRequested>(), IsEmpty());
  ASSERT_THAT(holds_of("alice"), SizeIs(1));
  EXPECT_EQ(holds_of("alice")[0].hold, its);
}

TEST_F(HoldTest, IsOverloadedWhereItsSiteCannotBeAskedAndNothingIsRemembered) {
  enter("alice");
  const PartitionRef site = story.context().home_of(kInventoryTopic, "s1");
  story.room(site, 0);
  const Asked asked = by("alice");
  EXPECT_EQ(story.request(holding("alice"), asked).outcome().code, Code::Overloaded);
  EXPECT_FALSE(consumer().view().remembered(requests::key_of(asked)).has_value());
  story.room(site, 2);
  const std::string mine = held("alice");
  story.room(site, 0);
  EXPECT_EQ(book_by_hold("alice", mine).outcome().code, Code::Overloaded);
  EXPECT_THAT(holds_of("alice"), SizeIs(1)) << "it lives on";
}

TEST_F(HoldTest, IsUsedOnceAlsoByTwoBookingsAtOnce) {
  auto settings = flu();
  settings.active_appointments_max = 2;
  configure(settings);
  enter("alice");
  const std::string mine = held("alice");
  book_by_hold("alice", mine);
  const std::string first = id;
  EXPECT_THAT(book_by_hold("alice", mine).told, IsEmpty()) << "it waits its turn";
  const Said& said = grant(first, "alice");
  EXPECT_EQ(said.published().at(1).code, Code::AlreadyBooked);
  EXPECT_THAT(said.effects_of<HoldConfirmed>(), IsEmpty());
}

TEST_F(HoldTest, IsGivenBackOnRequestAndAgain) {
  enter("alice");
  const std::string mine = held("alice");
  story.room(story.context().home_of(kInventoryTopic, "s1"), 0);
  EXPECT_EQ(release("alice", mine).outcome().code, Code::Overloaded);
  EXPECT_THAT(holds_of("alice"), SizeIs(1)) << "all of it or nothing";
  story.room(story.context().home_of(kInventoryTopic, "s1"), 9);
  const Said& said = release("alice", mine);
  EXPECT_EQ(said.outcome().status, 204);
  EXPECT_THAT(said.effects_of<HoldReleaseRequested>(), SizeIs(1));
  EXPECT_THAT(release("alice", mine).effects, IsEmpty());
}

TEST_F(HoldTest, LetsTheSiteSayThatItNoLongerLives) {
  enter("alice");
  const std::string mine = held("alice");
  book_by_hold("alice", mine);
  EXPECT_EQ(refuse(id, "alice", Code::HoldExpired).outcome().code, Code::HoldExpired);
  EXPECT_THAT(holds_of("alice"), IsEmpty());
}

TEST_F(HoldTest, AnOutageMovesItsEnd) {
  eligible("alice");
  admit("alice", 1, 60);
  held("alice");
  story.outage(hours{1});
  EXPECT_EQ(holds_of("alice").at(0).until, now() + minutes{1});
}

}  // namespace
}  // namespace jari::appointments
