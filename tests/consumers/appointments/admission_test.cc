#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::SizeIs;

using AdmissionTest = BookingStory;

TEST_F(AdmissionTest, LastsFromThisPartitionsOwnTimeAndNotLonger) {
  eligible("alice");
  story.pass(minutes{5});
  admit("alice", 1, 600);
  story.pass(minutes{10} - milliseconds{1});
  EXPECT_TRUE(is_inside("alice"));
  story.pass(milliseconds{1});
  EXPECT_FALSE(is_inside("alice"));
  EXPECT_EQ(book("alice").outcome().code, Code::NotAdmitted);
}

TEST_F(AdmissionTest, KeepsTheHighestTicketOnly) {
  eligible("alice");
  admit("alice", 7, 60);
  admit("alice", 5, 6000);
  story.pass(minutes{1});
  EXPECT_FALSE(is_inside("alice"));
  admit("alice", 8, 60);
  EXPECT_EQ(consumer().view().session(PersonId{"alice"}, QueueId{"main"}, story.time())->ticket,
            8U);
}

TEST_F(AdmissionTest, EndsWithTheTicketThatIsGivenBackAndNoOther) {
  eligible("alice");
  admit("alice", 7);
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 6});
  EXPECT_TRUE(is_inside("alice"));
  story.effect(AdmissionEnded{PersonId{"alice"}, QueueId{"main"}, 7});
  EXPECT_FALSE(is_inside("alice"));
  admit("alice", 7);
  EXPECT_FALSE(is_inside("alice")) << "the same ticket comes in once";
  admit("alice", 9);
  EXPECT_TRUE(is_inside("alice"));
}

TEST_F(AdmissionTest, AnOutageMovesTheEndOfASession) {
  eligible("alice");
  admit("alice", 1, 60);
  story.outage(hours{2});
  story.pass(seconds{59});
  EXPECT_TRUE(is_inside("alice"));
  EXPECT_EQ(consumer().view().session(PersonId{"alice"}, QueueId{"main"}, story.time())->ends,
            now() + seconds{1});
  story.pass(seconds{1});
  EXPECT_FALSE(is_inside("alice"));
}

TEST_F(AdmissionTest, SweepsGiveBackWhatHasRunOut) {
  admit("alice", 1, 60);
  EXPECT_EQ(consumer().next_deadline(story.time()), now() + minutes{1});
  EXPECT_EQ(consumer().view().counts().sessions, 1U);
  story.pass(minutes{1});
  EXPECT_EQ(consumer().view().counts().sessions, 0U);
  EXPECT_EQ(consumer().next_deadline(story.time()), kNever);
}

TEST_F(AdmissionTest, IsNotNeededWithoutAQueueNorByAnOperator) {
  eligible("alice");
  EXPECT_THAT(book_for("alice", 0).effects_of<Reserve>(), SizeIs(1));
  eligible("bob");
  auto settings = flu();
  settings.queue = QueueId{};
  configure(settings);
  EXPECT_THAT(book("bob").effects_of<Reserve>(), SizeIs(1));
}

TEST_F(AdmissionTest, AnOperatorNeedsTheWindowUnlessItIsOverridden) {
  eligible("alice", "later");
  EXPECT_EQ(book_for("alice", 0).outcome().code, Code::CohortNotOpen);
  const Said& said = book_for("alice", static_cast<std::uint32_t>(Override::CohortNotOpen) |
                                           static_cast<std::uint32_t>(Override::SlotStarted));
  ASSERT_THAT(said.effects_of<Reserve>(), SizeIs(1));
  EXPECT_EQ(said.effects_of<Reserve>()[0].overrides, 9U) << "the site judges the rest";
}

TEST_F(AdmissionTest, AWindowHoldsItsFirstMomentAndNotItsLast) {
  eligible("alice", "later");
  admit("alice", 1, 36'000);
  story.pass(hours{1} - milliseconds{1});
  EXPECT_EQ(book("alice").outcome().code, Code::CohortNotOpen);
  story.pass(milliseconds{1});
  EXPECT_THAT(book("alice").effects_of<Reserve>(), SizeIs(1));
  refuse(id, "alice", Code::SlotFull);
  story.tick(support::kStoryBegins + hours{24 * 100});
  admit("alice", 2);
  const Outcome outcome = book("alice").outcome();
  EXPECT_EQ(outcome.code, Code::CohortNotOpen);
  EXPECT_EQ(outcome.opens_at, Instant{}) << "there is no next window";
}

// Who loses an appointment may book again.
class RightTest : public BookingStory {
 protected:
  void lose(std::string_view person) {
    enter(person);
    const std::string lost = booked(person);
    withdraw(lost, person);
  }
};

TEST_F(RightTest, ComesOfAWithdrawalAndNeedsNeitherAdmissionNorWindow) {
  lose("alice");
  const auto lost = appointments_of("alice").at(0);
  EXPECT_EQ(lost.state, AppointmentState::Cancelled);
  EXPECT_EQ(lost.cancelled_by, CancelledBy::Withdrawal);
  EXPECT_TRUE(lost.slot_withdrawn);
  EXPECT_EQ(lost.rebook_until, now() + seconds{kRebookSecondsDefault});
  eligible("alice", "later");
  EXPECT_FALSE(is_inside("alice"));
  EXPECT_TRUE(eligibility_of("alice").may_book);
  book("alice");
  const Outcome outcome = grant(id, "alice").outcome();
  EXPECT_TRUE(outcome.used_rebook_right);
  cancel("alice", id);
  EXPECT_EQ(book("alice").outcome().code, Code::CohortNotOpen) << "it is used up";
}

TEST_F(RightTest, ComesOfAnOperatorsCancellationAndNotOfOnesOwn) {
  enter("alice");
  cancel("alice", booked("alice"));
  EXPECT_EQ(book("alice").outcome().code, Code::NotAdmitted);
  admit("alice", 2);
  const Said& said = cancel_by_operator(booked("alice"));
  EXPECT_EQ(said.outcome().appointment->cancelled_by, CancelledBy::Operator);
  EXPECT_NE(said.outcome().appointment->rebook_until, Instant{});
  EXPECT_THAT(book("alice").effects_of<Reserve>(), SizeIs(1));
}

TEST_F(RightTest, EndsAtItsTimeAndAnOutageMovesThat) {
  lose("alice");
  story.outage(hours{1});
  story.pass(seconds{kRebookSecondsDefault} - milliseconds{1});
  EXPECT_EQ(eligibility_of("alice").rebook_until, now() + milliseconds{1});
  story.pass(milliseconds{1});
  EXPECT_EQ(book("alice").outcome().code, Code::NotAdmitted);
  EXPECT_EQ(consumer().view().counts().rights, 0U);
}

TEST_F(RightTest, TheOneThatEndsFirstIsUsedFirstAndTheLastIsShown) {
  auto settings = flu();
  settings.active_appointments_max = 2;
  settings.rebook_seconds = 7200;
  configure(settings);
  enter("alice");
  const std::string first = booked("alice");
  const std::string second = booked("alice", {"s1", "aug", 35});
  withdraw(second, "alice", {"s1", "aug"});
  story.pass(minutes{30});
  withdraw(first, "alice");
  EXPECT_EQ(eligibility_of("alice").rebook_until, now() + hours{2});
  booked("alice");
  EXPECT_EQ(consumer().view().counts().rights, 1U);
  EXPECT_EQ(eligibility_of("alice").rebook_until, now() + hours{2}) << "the later one is left";
}

TEST_F(RightTest, IsUsedUpByAnOperatorsBookingToo) {
  lose("alice");
  book_for("alice", 0);
  EXPECT_TRUE(grant(id, "alice").outcome().used_rebook_right);
}

TEST_F(RightTest, SurvivesARefusal) {
  lose("alice");
  book("alice");
  refuse(id, "alice", Code::SlotFull);
  EXPECT_THAT(book("alice").effects_of<Reserve>(), SizeIs(1));
}

TEST_F(RightTest, IsNotGivenWhereTheProgrammeGivesNone) {
  auto settings = flu();
  settings.rebook_seconds = 0;
  configure(settings);
  lose("alice");
  EXPECT_EQ(appointments_of("alice").at(0).rebook_until, Instant{});
  EXPECT_EQ(book("alice").outcome().code, Code::NotAdmitted);
}

}  // namespace
}  // namespace jari::appointments
