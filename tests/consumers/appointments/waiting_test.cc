#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class WaitingTest : public BookingStory {
 protected:
  Counts counts() { return consumer().view().counts(); }
};

TEST_F(WaitingTest, AnotherBookingIsJudgedWhenTheFirstIsAnswered) {
  enter("alice");
  book("alice");
  const std::string first = id;
  EXPECT_THAT(book("alice", {"s1", "tue"}).told, IsEmpty());
  EXPECT_EQ(counts().waiting, 1U);
  const Said& said = grant(first, "alice");
  const auto published = said.published();
  ASSERT_THAT(published, SizeIs(2));
  EXPECT_EQ(published[0].status, 201);
  EXPECT_EQ(published[1].code, Code::AlreadyBooked);
  EXPECT_EQ(counts().waiting, 0U);
}

TEST_F(WaitingTest, TheNextGoesToTheSiteWhenTheFirstIsRefused) {
  enter("alice");
  book("alice");
  const std::string first = id;
  book("alice", {"s2", "tue"});
  const std::string second = id;
  book("alice", {"s3", "wed"});
  const auto asked = refuse(first, "alice", Code::SlotFull).effects_of<Reserve>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].appointment.text, second) << "named by its own offset, in the order asked";
  EXPECT_EQ(asked[0].slot.text, "tue");
  EXPECT_EQ(counts().waiting, 1U);
}

TEST_F(WaitingTest, AdmissionAndWindowAreJudgedWhereTheRequestStands) {
  auto settings = flu();
  settings.cohorts = {{CohortId{"old"}, support::kStoryBegins, support::kStoryBegins + minutes{5}}};
  configure(settings);
  eligible("alice");
  admit("alice", 1, 240);
  book("alice");
  const std::string first = id;
  book("alice", {"s1", "tue"});
  const std::string second = id;
  story.pass(hours{1});
  EXPECT_THAT(refuse(first, "alice", Code::SlotFull).effects_of<Reserve>(), SizeIs(1))
      << "its turn came after the session and the window";
  EXPECT_EQ(grant(second, "alice").outcome().status, 201);
}

TEST_F(WaitingTest, WhoStoodOutsideIsNotLetInByTheWait) {
  enter("alice");
  book("alice");
  const std::string first = id;
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 1});
  book("alice", {"s1", "tue"});
  admit("alice", 2);
  EXPECT_EQ(refuse(first, "alice", Code::SlotFull).outcome().code, Code::NotAdmitted);
}

TEST_F(WaitingTest, ARightIsJudgedWhenTheTurnComes) {
  enter("alice");
  const std::string lost = booked("alice");
  admit("alice", 2);
  move("alice", lost, {"s2", "tue"});
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 2});
  book("alice", {"s1", "wed"});
  withdraw(lost, "alice");
  const Said& said = refuse(lost, "alice", Code::SlotFull);
  ASSERT_THAT(said.effects_of<Reserve>(), SizeIs(1)) << "the right came of the refused move";
  EXPECT_EQ(said.effects_of<Reserve>()[0].slot.text, "wed");
}

TEST_F(WaitingTest, ACancelledPendingBookingIsReleasedAsSoonAsItIsGranted) {
  enter("alice");
  book("alice");
  EXPECT_THAT(cancel("alice", id).told, IsEmpty());
  EXPECT_EQ(cancel("bob", id).outcome().code, Code::UnknownAppointment);
  const Said& said = grant(id, "alice");
  EXPECT_THAT(said.effects_of<Release>(), SizeIs(1));
  EXPECT_THAT(said.documents(), SizeIs(2));
  EXPECT_EQ(said.outcome().appointment->state, AppointmentState::Cancelled);
}

TEST_F(WaitingTest, ACancelledPendingBookingThatIsRefusedIsUnknown) {
  enter("alice");
  book("alice");
  cancel("alice", id);
  EXPECT_EQ(refuse(id, "alice", Code::SlotFull).outcome().code, Code::UnknownAppointment);
}

TEST_F(WaitingTest, EverythingOfThePersonAndProgrammeTakesItsTurn) {
  enter("alice");
  const std::string mine = booked("alice");
  admit("alice", 2);
  move("alice", mine, {"s2", "tue"});
  hold("alice");
  move("alice", mine, {"s3", "wed"});
  attend(mine, true);
  story.request(EligibilityRevoked{PersonId{"alice"}, ProgrammeId{"flu"}}, by_operator());
  book("alice");
  EXPECT_EQ(counts().waiting, 5U);
  const Said& said = refuse(mine, "alice", Code::SlotFull);
  EXPECT_THAT(said.published(), SizeIs(2)) << "the move is refused, the hold is not allowed";
  EXPECT_EQ(said.published()[1].code, Code::AlreadyBooked);
  const auto last = grant(mine, "alice", {"s3", "wed"}).published();
  ASSERT_THAT(last, SizeIs(4));
  EXPECT_EQ(last[0].status, 200);
  EXPECT_EQ(last[1].field, "attended");
  EXPECT_EQ(last[2].status, 204);
  EXPECT_EQ(last[3].code, Code::NotEligible);
  EXPECT_EQ(counts().waiting, 0U);
}

TEST_F(WaitingTest, AReleaseOfAPendingHoldWaits) {
  enter("alice");
  hold("alice");
  release("alice", id);
  EXPECT_EQ(counts().waiting, 1U);
  const Said& said = grant_hold(id, "alice");
  EXPECT_THAT(said.effects_of<HoldReleaseRequested>(), SizeIs(1));
  EXPECT_EQ(said.outcome().status, 204);
}

TEST_F(WaitingTest, AHoldIsNoLongerThanWhatWasLeftWhenItWasAsked) {
  eligible("alice");
  admit("alice", 1, 100);
  book("alice");
  const std::string first = id;
  story.pass(seconds{90});
  hold("alice", {"s1", "tue"});
  story.pass(seconds{60});
  const auto asked = refuse(first, "alice", Code::SlotFull).effects_of<HoldRequested>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].length_ms, 10'000U);
}

TEST_F(WaitingTest, OthersDoNotWait) {
  enter("alice");
  enter("bob");
  book("alice");
  EXPECT_THAT(book("bob").effects_of<Reserve>(), SizeIs(1));
}

TEST_F(WaitingTest, ARepeatOfAWaitingKeyIsToldOnceItIsDecided) {
  enter("alice");
  book("alice");
  const std::string first = id;
  const Asked asked = by("alice");
  story.request(booking("alice", {"s1", "tue"}), asked);
  EXPECT_THAT(story.request(booking("alice", {"s1", "tue"}), asked).told, IsEmpty());
  EXPECT_EQ(counts().waiting, 1U);
  EXPECT_THAT(grant(first, "alice").told, SizeIs(2));
  EXPECT_EQ(story.request(booking("alice", {"s1", "tue"}), asked).outcome().code,
            Code::AlreadyBooked);
}

TEST_F(WaitingTest, ALineIsBoundedAndAnOperatorIsNotShutOut) {
  enter("alice");
  book("alice");
  const std::string pending = id;
  for (std::uint32_t i = 0; i < kWaitingMax; ++i) EXPECT_THAT(book("alice").told, IsEmpty());
  EXPECT_EQ(book("alice").outcome().code, Code::SlowDown);
  EXPECT_EQ(counts().waiting, kWaitingMax);
  for (std::uint32_t i = kWaitingMax; i < kWaitingWithOperatorsMax; ++i) {
    EXPECT_THAT(cancel_by_operator(pending).told, IsEmpty());
  }
  EXPECT_EQ(cancel_by_operator(pending).outcome().code, Code::SlowDown);
  EXPECT_EQ(counts().waiting, kWaitingWithOperatorsMax);
}

// Whether a booking is pending already or waits its turn hangs on how fast its site answers
// another.
TEST_F(WaitingTest, ABookingThatWaitsCanBeCancelledLikeOneThatIsPending) {
  enter("alice");
  book("alice");
  const std::string first = id;
  book("alice", {"s2", "tue"});
  const std::string second = id;
  EXPECT_THAT(cancel("alice", second).told, IsEmpty());
  EXPECT_EQ(cancel("bob", second).outcome().code, Code::UnknownAppointment);
  EXPECT_EQ(cancel("alice", "a0-99").outcome().code, Code::UnknownAppointment);
  refuse(first, "alice", Code::SlotFull);
  const Said& said = grant(second, "alice", {"s2", "tue"});
  EXPECT_EQ(said.outcome().appointment->state, AppointmentState::Cancelled);
  EXPECT_THAT(said.effects_of<Release>(), SizeIs(1));
}

TEST_F(WaitingTest, AHoldThatWaitsCanBeGivenBackLikeOneThatIsPending) {
  enter("alice");
  book("alice");
  const std::string first = id;
  hold("alice", {"s2", "tue"});
  const std::string second = id;
  EXPECT_THAT(release("alice", second).told, IsEmpty());
  EXPECT_EQ(cancel("alice", "a" + second.substr(1)).outcome().code, Code::UnknownAppointment)
      << "it is a hold";
  refuse(first, "alice", Code::SlotFull);
  EXPECT_THAT(grant_hold(second, "alice").effects_of<HoldReleaseRequested>(), SizeIs(1));
}

TEST_F(WaitingTest, AnOperatorWhoNamesAnotherPersonDoesNotPassTheLine) {
  enter("alice");
  const std::string mine = booked("alice");
  move("alice", mine, {"s2", "tue"});
  const auto asked = [&](const auto& request) {
    return story.request(request, by_operator()).outcome().code;
  };
  EXPECT_EQ(asked(CancelRequested{AppointmentId{mine}, PersonId{"bob"}}), Code::UnknownAppointment);
  EXPECT_EQ(asked(RescheduleRequested{
                AppointmentId{mine}, PersonId{"bob"}, SiteId{"s3"}, SlotId{"wed"}, {}, 0}),
            Code::UnknownAppointment);
  EXPECT_EQ(grant(mine, "alice", {"s2", "tue"}).outcome().status, 200);
  EXPECT_EQ(appointments_of("alice").at(0).state, AppointmentState::Booked);
  eligible("carol");
  admit("carol");
  const std::string hers = held("carol");
  EXPECT_EQ(asked(HoldReleaseRequested{HoldId{hers}, PersonId{"bob"}, {}}), Code::UnknownHold);
  EXPECT_EQ(asked(HoldReleaseRequested{HoldId{hers}, PersonId{"carol"}, {}}), Code::None);
}

TEST_F(WaitingTest, AWaitingOneMayBeOverloadedInItsTurn) {
  enter("alice");
  book("alice");
  const std::string first = id;
  const Asked asked = by("alice");
  story.request(booking("alice", {"s2", "tue"}), asked);
  story.room(story.context().home_of(kInventoryTopic, "s2"), 0);
  EXPECT_EQ(refuse(first, "alice", Code::SlotFull).outcome().code, Code::Overloaded);
  EXPECT_FALSE(consumer().view().remembered(requests::key_of(asked)).has_value());
}

TEST_F(WaitingTest, SurvivesARestart) {
  enter("alice");
  book("alice");
  const std::string first = id;
  book("alice", {"s2", "tue"});
  story.restart();
  EXPECT_THAT(refuse(first, "alice", Code::SlotFull).effects_of<Reserve>(), SizeIs(1));
}

}  // namespace
}  // namespace jari::appointments
