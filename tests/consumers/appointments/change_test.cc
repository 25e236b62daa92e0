#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RescheduleTest : public BookingStory {
 protected:
  void SetUp() override {
    BookingStory::SetUp();
    enter("alice");
    mine = booked("alice");
  }
  Appointment now_of(std::string_view person) { return appointments_of(person).at(0); }
  std::string mine;
};

TEST_F(RescheduleTest, ExchangesPlacesAtItsSiteInOneStep) {
  const auto asked = move("alice", mine, {"s1", "tue"}).effects_of<Reserve>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].appointment.text, mine);
  EXPECT_EQ(asked[0].replaces.text, "mon");
  EXPECT_EQ(asked[0].product.text, "a");
  EXPECT_TRUE(consumer().view().is_pending(*parse_appointment(mine)));
  EXPECT_EQ(now_of("alice").slot.text, "mon");
  const Said& said = grant(mine, "alice", {"s1", "tue", 8});
  EXPECT_THAT(said.effects_of<Release>(), IsEmpty());
  EXPECT_THAT(said.documents(), ElementsAre(HasSubstr("\"version\":2")));
  EXPECT_EQ(said.outcome().status, 200);
  EXPECT_EQ(now_of("alice").slot.text, "tue");
  EXPECT_EQ(now_of("alice").dose, 1);
}

TEST_F(RescheduleTest, GivesTheOldPlaceBackOnlyOnceAnotherSiteHasGranted) {
  const Said& asked = move("alice", mine, {"s2", "tue"});
  EXPECT_TRUE(asked.effects_of<Reserve>().at(0).replaces.empty());
  EXPECT_THAT(asked.effects_of<Release>(), IsEmpty());
  const auto released = grant(mine, "alice", {"s2", "tue"}).effects_of<Release>();
  ASSERT_THAT(released, SizeIs(1));
  EXPECT_EQ(released[0].site.text, "s1");
  EXPECT_EQ(released[0].slot.text, "mon");
}

TEST_F(RescheduleTest, LeavesTheOldOneAsItWasWhenRefused) {
  move("alice", mine, {"s2", "tue"});
  const Said& said = refuse(mine, "alice", Code::SlotFull);
  EXPECT_EQ(said.outcome().code, Code::SlotFull);
  EXPECT_THAT(said.rows, SizeIs(1)) << "an outcome and no document";
  EXPECT_EQ(now_of("alice").version, 1U);
}

TEST_F(RescheduleTest, RefusesInTheOrderOfTheContract) {
  EXPECT_EQ(move("bob", mine, {"s1", "tue"}).outcome().code, Code::UnknownAppointment);
  EXPECT_EQ(move("alice", "a0-12345", {"s1", "tue"}).outcome().code, Code::UnknownAppointment);
  const Outcome same = move("alice", mine, {"s1", "mon"}, "a").outcome();
  EXPECT_EQ(same.status, 200);
  EXPECT_EQ(same.appointment->version, 1U);
  EXPECT_EQ(move("alice", mine, {"s1", "mon"}, "x").outcome().code, Code::UnknownProduct);
  story.tick(start_of({}) - milliseconds{1});
  EXPECT_THAT(move("alice", mine, {"s1", "tue"}).effects_of<Reserve>(), SizeIs(1));
  refuse(mine, "alice", Code::SlotFull);
  story.pass(milliseconds{1});
  EXPECT_EQ(move("alice", mine, {"s1", "mon"}).outcome().code, Code::AppointmentNotActive);
}

TEST_F(RescheduleTest, NeedsNeitherAdmissionNorWindowNorEligibility) {
  story.request(EligibilityRevoked{PersonId{"alice"}, ProgrammeId{"flu"}}, by_operator());
  auto settings = flu();
  settings.cohorts.clear();
  settings.products.clear();
  configure(settings);
  EXPECT_THAT(move("alice", mine, {"s1", "tue"}).effects_of<Reserve>(), SizeIs(1));
}

TEST_F(RescheduleTest, MayTakeAnotherProduct) {
  EXPECT_EQ(move("alice", mine, {"s1", "mon"}, "b").effects_of<Reserve>().at(0).product.text, "b");
  grant(mine, "alice", {"s1", "mon", 7, "b"});
  EXPECT_EQ(now_of("alice").product.text, "b");
}

TEST_F(RescheduleTest, IsOverloadedWithoutTouchingAnything) {
  story.room(story.context().home_of(kInventoryTopic, "s2"), 0);
  EXPECT_EQ(move("alice", mine, {"s2", "tue"}).outcome().code, Code::Overloaded);
  EXPECT_FALSE(consumer().view().is_pending(*parse_appointment(mine)));
}

TEST_F(RescheduleTest, WhatIsWithdrawnMeanwhileIsMovedWithoutARight) {
  move("alice", mine, {"s2", "tue"});
  EXPECT_THAT(withdraw(mine, "alice").rows, IsEmpty()) << "it waits for the answer";
  grant(mine, "alice", {"s2", "tue"});
  EXPECT_EQ(now_of("alice").state, AppointmentState::Booked);
  EXPECT_EQ(consumer().view().counts().rights, 0U);
}

TEST_F(RescheduleTest, WhatIsWithdrawnMeanwhileIsLostWhenTheMoveIsRefused) {
  move("alice", mine, {"s2", "tue"});
  withdraw(mine, "alice");
  refuse(mine, "alice", Code::SlotFull);
  EXPECT_EQ(now_of("alice").state, AppointmentState::Cancelled);
  EXPECT_EQ(now_of("alice").cancelled_by, CancelledBy::Withdrawal);
  EXPECT_EQ(consumer().view().counts().rights, 1U);
}

TEST_F(RescheduleTest, AWithdrawalOfAnotherSlotIsIgnored) {
  withdraw(mine, "alice", {"s1", "tue"});
  withdraw(mine, "alice", {"s2", "mon"});
  withdraw("a0-4711", "alice");
  EXPECT_EQ(now_of("alice").state, AppointmentState::Booked);
  cancel("alice", mine);
  withdraw(mine, "alice");
  EXPECT_EQ(now_of("alice").cancelled_by, CancelledBy::Person);
}

using CancelTest = RescheduleTest;

TEST_F(CancelTest, GivesThePlaceBack) {
  const Said& said = cancel("alice", mine);
  const auto released = said.effects_of<Release>();
  ASSERT_THAT(released, SizeIs(1));
  EXPECT_EQ(released[0].slot.text, "mon");
  EXPECT_EQ(said.outcome().status, 200);
  EXPECT_EQ(said.outcome().appointment->state, AppointmentState::Cancelled);
  EXPECT_EQ(said.outcome().appointment->rebook_until, Instant{});
  EXPECT_THAT(said.documents(), SizeIs(1));
}

TEST_F(CancelTest, AgainIsTheSame) {
  cancel("alice", mine);
  const Said& again = cancel("alice", mine);
  EXPECT_EQ(again.outcome().status, 200);
  EXPECT_EQ(again.outcome().appointment->version, 2U);
  EXPECT_THAT(again.effects, IsEmpty());
  EXPECT_THAT(again.documents(), IsEmpty());
}

TEST_F(CancelTest, RefusesWhatIsUnknownOrHasStarted) {
  EXPECT_EQ(cancel("bob", mine).outcome().code, Code::UnknownAppointment);
  EXPECT_EQ(cancel("alice", "a0-999").outcome().code, Code::UnknownAppointment);
  EXPECT_EQ(cancel_by_operator("nonsense").outcome().code, Code::UnknownAppointment);
  story.tick(start_of({}));
  EXPECT_EQ(cancel("alice", mine).outcome().code, Code::AppointmentNotActive);
  EXPECT_EQ(cancel_by_operator(mine).outcome().code, Code::AppointmentNotActive);
}

TEST_F(CancelTest, IsAllOrNothing) {
  story.room(story.context().home_of(kInventoryTopic, "s1"), 0);
  EXPECT_EQ(cancel("alice", mine).outcome().code, Code::Overloaded);
  EXPECT_EQ(now_of("alice").state, AppointmentState::Booked);
  EXPECT_THAT(cancel_by_operator(mine).effects_of<Release>(), SizeIs(1));
}

using AttendanceTest = RescheduleTest;

TEST_F(AttendanceTest, CountsTheDoseFromTheStartOn) {
  story.tick(start_of({}) - milliseconds{1});
  EXPECT_EQ(attend(mine, true).outcome().field, "attended");
  story.pass(milliseconds{1});
  const Said& said = attend(mine, true);
  EXPECT_EQ(said.outcome().appointment->state, AppointmentState::Attended);
  EXPECT_THAT(said.effects, IsEmpty());
  EXPECT_EQ(eligibility_of("alice").doses_done, 1);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(7));
  EXPECT_EQ(eligibility_of("alice").last_product.text, "a");
  EXPECT_EQ(eligibility_of("alice").not_before, day(28));
  EXPECT_EQ(attend(mine, true).outcome().appointment->version, 2U) << "again: the same";
}

TEST_F(AttendanceTest, ACorrectionUndoesIt) {
  eligible("alice", "old", 0, day(-90), "z");
  story.tick(start_of({}));
  attend(mine, true);
  const Said& missed = attend(mine, false);
  EXPECT_THAT(missed.effects_of<DoseReturned>(), SizeIs(1));
  EXPECT_EQ(missed.outcome().appointment->state, AppointmentState::Missed);
  EXPECT_EQ(eligibility_of("alice").doses_done, 0);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(-90));
  EXPECT_EQ(eligibility_of("alice").last_product.text, "z");
  const Said& attended = attend(mine, true);
  EXPECT_THAT(attended.effects_of<DoseTaken>(), SizeIs(1));
  EXPECT_EQ(eligibility_of("alice").doses_done, 1);
}

TEST_F(AttendanceTest, ACorrectionLeavesWhatWasGrantedSince) {
  story.tick(start_of({}));
  attend(mine, true);
  eligible("alice", "old", 1, day(7), "a");
  attend(mine, false);
  EXPECT_EQ(eligibility_of("alice").doses_done, 1);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(7));
}

// The site has withdrawn the slot before it began, and its word comes after who came was recorded.
TEST_F(AttendanceTest, IsUndoneByAWithdrawalThatTheSiteHadDecidedBefore) {
  story.tick(start_of({}));
  attend(mine, true);
  withdraw(mine, "alice");
  EXPECT_EQ(now_of("alice").state, AppointmentState::Cancelled);
  EXPECT_EQ(now_of("alice").cancelled_by, CancelledBy::Withdrawal);
  EXPECT_EQ(eligibility_of("alice").doses_done, 0);
  EXPECT_EQ(consumer().view().counts().rights, 1U);
  EXPECT_EQ(attend(mine, true).outcome().code, Code::AppointmentNotActive);
}

// As above, but corrected back: what was granted since still stands for it.
TEST_F(AttendanceTest, ADoseThatAGrantSpeaksForIsNotCountedAgain) {
  story.tick(start_of({}));
  attend(mine, true);
  eligible("alice", "old", 1, day(7), "a");
  attend(mine, false);
  attend(mine, true);
  EXPECT_EQ(eligibility_of("alice").doses_done, 1);
}

TEST_F(AttendanceTest, CorrectionsInAnyOrderLeaveTheLastDoseThatWasGiven) {
  auto settings = flu();
  settings.active_appointments_max = 2;
  settings.products = {{ProductId{"a"}, 2, 0, kNoLatestDay, {}},
                       {ProductId{"b"}, 2, 0, kNoLatestDay, {ProductId{"a"}}}};
  configure(settings);
  eligible("alice", "old", 0, day(-90), "z");
  admit("alice", 2, 3600 * 24 * 30);
  const std::string second = booked("alice", {"s1", "tue", 8, "b"});
  story.tick(start_of({"s1", "tue", 8}));
  attend(mine, true);
  attend(second, true);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(8));
  attend(mine, false);
  EXPECT_EQ(eligibility_of("alice").doses_done, 1);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(8)) << "the second dose stands";
  attend(second, false);
  EXPECT_EQ(eligibility_of("alice").doses_done, 0);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(-90)) << "the first was not given either";
  EXPECT_EQ(eligibility_of("alice").last_product.text, "z");
  attend(second, true);
  attend(mine, true);
  attend(mine, false);
  EXPECT_EQ(eligibility_of("alice").last_dose_on, day(8));
  EXPECT_EQ(eligibility_of("alice").last_product.text, "b");
}

TEST_F(AttendanceTest, MissedGivesTheDoseBack) {
  story.tick(start_of({}));
  const auto returned = attend(mine, false).effects_of<DoseReturned>();
  ASSERT_THAT(returned, SizeIs(1));
  EXPECT_EQ(returned[0].product.text, "a");
  EXPECT_EQ(returned[0].site.text, "s1");
  EXPECT_EQ(eligibility_of("alice").doses_done, 0);
}

TEST_F(AttendanceTest, IsAnOperatorsAndOfWhatWasNotCancelled) {
  EXPECT_EQ(attend("a0-999", true).outcome().code, Code::UnknownAppointment);
  EXPECT_EQ(
      story.request(AttendanceRecorded{AppointmentId{mine}, true}, by("alice")).outcome().code,
      Code::ScopeRequired);
  cancel("alice", mine);
  story.tick(start_of({}));
  EXPECT_EQ(attend(mine, true).outcome().code, Code::AppointmentNotActive);
}

TEST_F(AttendanceTest, CountsForWhoWasRevokedSince) {
  story.request(EligibilityRevoked{PersonId{"alice"}, ProgrammeId{"flu"}}, by_operator());
  EXPECT_EQ(story.request(EligibilityRevoked{PersonId{"alice"}, ProgrammeId{"flu"}}, by_operator())
                .outcome()
                .status,
            204)
      << "again 204";
  story.tick(start_of({}));
  EXPECT_EQ(attend(mine, true).outcome().status, 200);
  EXPECT_EQ(attend(mine, false).outcome().status, 200);
  EXPECT_EQ(book("alice").outcome().code, Code::NotEligible);
}

TEST_F(AttendanceTest, AnAppointmentBlocksNothingADayAfterItsStart) {
  admit("alice", 2, 3600 * 24 * 30);
  story.tick(start_of({}) + hours{24} - milliseconds{1});
  EXPECT_EQ(book("alice", {"s1", "aug", 35}).outcome().code, Code::AlreadyBooked);
  story.pass(milliseconds{1});
  EXPECT_THAT(book("alice", {"s1", "aug", 35}).effects_of<Reserve>(), SizeIs(1));
}

}  // namespace
}  // namespace jari::appointments
