#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using BookingTest = BookingStory;

TEST_F(BookingTest, AsksTheSiteAndMakesAnAppointmentOfItsAnswer) {
  enter("alice");
  const Said& asked = book("alice");
  const auto reserves = asked.effects_of<Reserve>();
  ASSERT_THAT(reserves, SizeIs(1));
  EXPECT_EQ(reserves[0].appointment.text, id);
  EXPECT_EQ(reserves[0].slot.text, "mon");
  EXPECT_FALSE(reserves[0].not_before.is_known());
  EXPECT_THAT(asked.told, IsEmpty());
  EXPECT_THAT(appointments_of("alice"), IsEmpty()) << "a pending one is not listed";

  const Said& answered = grant(id, "alice");
  const Outcome outcome = answered.outcome();
  EXPECT_EQ(outcome.status, 201);
  EXPECT_EQ(outcome.programme_version, 1U);
  ASSERT_TRUE(outcome.appointment.has_value());
  EXPECT_EQ(outcome.appointment->dose, 1);
  EXPECT_EQ(outcome.appointment->version, 1U);
  EXPECT_EQ(outcome.appointment->zone, "Asia/Seoul");
  EXPECT_THAT(answered.documents(), ElementsAre(HasSubstr("\"state\":\"booked\"")));
  EXPECT_THAT(appointments_of("alice"), SizeIs(1));
  EXPECT_EQ(story.context().counted("decisions", "BookingRequested granted"), 1U);
}

TEST_F(BookingTest, EndsTheSessionWithTheLastAppointmentAllowed) {
  enter("alice");
  book("alice");
  const auto ended = grant(id, "alice").effects_of<SessionEnded>();
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].ticket, 1U);
  EXPECT_EQ(ended[0].queue.text, "main");
  EXPECT_FALSE(is_inside("alice"));
  EXPECT_EQ(book("alice").outcome().code, Code::AlreadyBooked);
}

TEST_F(BookingTest, KeepsTheSessionWhileMoreAppointmentsAreAllowed) {
  auto settings = flu();
  settings.active_appointments_max = 2;
  configure(settings);
  enter("alice");
  booked("alice");
  EXPECT_TRUE(is_inside("alice"));
  booked("alice", {"s1", "aug", 30});
  EXPECT_FALSE(is_inside("alice"));
  EXPECT_EQ(book("alice", {"s1", "sep", 60}).outcome().code, Code::AlreadyBooked);
}

TEST_F(BookingTest, OneDoseIsBookedOnceAndTheSecondTimeSaysSo) {
  enter("alice");
  booked("alice", {"s1", "jul", 1, "b"});
  eligible("alice");
  EXPECT_EQ(book("alice", {"s1", "aug", 30, "b"}).outcome().code, Code::AlreadyBooked);
  EXPECT_EQ(eligibility_of("alice").code, Code::AlreadyBooked);
}

/// Each subset of what can be wrong in the person's partition: the first in the order is said.
enum Wrong : unsigned {
  kProgramme = 1,
  kProduct = 2,
  kEligible = 4,
  kBooked = 8,
  kWindow = 16,
  kAdmitted = 32,
  kEverything = 64,
};
constexpr std::pair<Wrong, Code> kOrder[]{
    {kProgramme, Code::UnknownProgramme}, {kProduct, Code::UnknownProduct},
    {kEligible, Code::NotEligible},       {kBooked, Code::AlreadyBooked},
    {kWindow, Code::CohortNotOpen},       {kAdmitted, Code::NotAdmitted},
};

TEST_F(BookingTest, RefusesInTheOrderOfTheContract) {
  for (unsigned wrong = 0; wrong < kEverything; ++wrong) {
    const std::string person = "p" + std::to_string(wrong);
    if ((wrong & kBooked) != 0) {
      enter(person);
      booked(person);
    }
    eligible(person, (wrong & kWindow) != 0 ? "later" : "old");
    if ((wrong & kEligible) != 0) {
      story.request(EligibilityRevoked{PersonId{person}, ProgrammeId{"flu"}}, by_operator());
    }
    if ((wrong & kAdmitted) == 0) admit(person, 1000);
    BookingRequested request = booking(person);
    if ((wrong & kProgramme) != 0) request.programme = ProgrammeId{"no-such"};
    if ((wrong & kProduct) != 0) request.product = ProductId{"no-such"};
    Code expected = Code::None;
    for (auto at = std::rbegin(kOrder); at != std::rend(kOrder); ++at) {
      if ((wrong & at->first) != 0) expected = at->second;
    }
    const Said& said = story.request(request, by(person));
    EXPECT_EQ(said.outcome().code, expected) << "wrong: " << wrong;
    EXPECT_THAT(said.effects_of<Reserve>(), SizeIs(expected == Code::None ? 1 : 0));
    if (expected == Code::CohortNotOpen) {
      EXPECT_EQ(said.outcome().opens_at, support::kStoryBegins + hours{1});
    }
  }
}

TEST_F(BookingTest, HandsOnWhatTheSiteSays) {
  const Code codes[]{Code::UnknownSite,        Code::UnknownSlot,         Code::SlotWithdrawn,
                     Code::SlotStarted,        Code::TooEarlyForNextDose, Code::SlotFull,
                     Code::TooLateForNextDose, Code::OutOfStock};
  enter("alice");
  for (const Code code : codes) {
    book("alice");
    const Outcome outcome = refuse(id, "alice", code).outcome();
    EXPECT_EQ(outcome.code, code);
    EXPECT_EQ(outcome.status, status_of(code));
  }
  EXPECT_TRUE(is_inside("alice")) << "a refusal costs no session";
  EXPECT_THAT(appointments_of("alice"), IsEmpty());
}

TEST_F(BookingTest, ShowsTheDaysOfADoseIntervalThatTheSiteRefusedBy) {
  eligible("alice", "old", 1, day(-10), "a");
  admit("alice");
  book("alice");
  const Said& said = story.effect(ReservationRefused{AppointmentId{id}, PersonId{"alice"},
                                                     Code::TooEarlyForNextDose, day(11), day(32)});
  EXPECT_EQ(said.outcome().not_before, day(11));
  EXPECT_EQ(said.outcome().not_after, day(32));
}

TEST_F(BookingTest, AnswersARepeatedKeyAsItWasDecided) {
  enter("alice");
  const Asked asked = by("alice");
  story.request(booking("alice"), asked);
  const std::string appointment = appointment_text(make_id(0, story.offset()));
  EXPECT_THAT(story.request(booking("alice"), asked).told, IsEmpty())
      << "pending: told once decided";
  grant(appointment, "alice");
  cancel("alice", appointment);

  const Said& again = story.request(booking("alice"), asked);
  EXPECT_THAT(again.rows, IsEmpty()) << "a repeat is no new outcome";
  EXPECT_EQ(again.outcome().status, 201);
  EXPECT_EQ(again.outcome().person.text, "alice");
  ASSERT_TRUE(again.outcome().appointment.has_value());
  EXPECT_EQ(again.outcome().appointment->state, AppointmentState::Booked) << "as it was decided";
  EXPECT_EQ(again.outcome().appointment->version, 1U);
  EXPECT_EQ(appointments_of("alice")[0].version, 2U);
}

TEST_F(BookingTest, RefusesAKeyWithAnotherContentAndForgetsNothing) {
  enter("alice");
  const Asked asked = by("alice");
  EXPECT_EQ(story.request(booking("alice", {"s1", "mon", 7, "x"}), asked).outcome().code,
            Code::UnknownProduct);
  EXPECT_EQ(story.request(booking("alice"), asked).outcome().code, Code::IdempotencyKeyReused);
  EXPECT_EQ(story.request(booking("alice", {"s1", "mon", 7, "x"}), asked).outcome().code,
            Code::UnknownProduct);
}

TEST_F(BookingTest, ForgetsAKeyAfterADayAndItsFormerVersionsWithIt) {
  enter("alice");
  const Asked asked = by("alice");
  story.request(booking("alice", {"s1", "mon", 40}), asked);
  const std::string appointment = appointment_text(make_id(0, story.offset()));
  grant(appointment, "alice", {"s1", "mon", 40});
  cancel("alice", appointment);
  story.pass(hours{24});
  IdTexts texts;
  EXPECT_FALSE(consumer().view().outcome_again(requests::key_of(asked), asked.request, texts));
  EXPECT_EQ(story.request(booking("alice"), asked).outcome().code, Code::NotAdmitted);
}

TEST_F(BookingTest, IsOverloadedWhereTheSiteCannotBeAskedAndRemembersNothing) {
  enter("alice");
  const PartitionRef site = story.context().home_of(kInventoryTopic, "s1");
  story.room(site, 0);
  const Asked asked = by("alice");
  const Said& said = story.request(booking("alice"), asked);
  EXPECT_EQ(said.outcome().code, Code::Overloaded);
  EXPECT_THAT(said.effects, IsEmpty());
  story.room(site, 1);
  EXPECT_THAT(story.request(booking("alice"), asked).effects_of<Reserve>(), SizeIs(1));
}

TEST_F(BookingTest, AppliesWhatAnOperatorAsksEvenThen) {
  eligible("alice");
  story.room(story.context().home_of(kInventoryTopic, "s1"), 0);
  EXPECT_THAT(book_for("alice", 0).effects_of<Reserve>(), SizeIs(1));
}

TEST_F(BookingTest, RefusesWhatIsNotInFormBeforeItLooksAtTheKey) {
  enter("alice");
  const Asked asked = by("alice");
  story.request(booking("alice", {"s1", "mon", 7, "x"}), asked);
  const auto said = [&](const BookingRequested& request) {
    return story.request(request, asked).outcome();
  };
  EXPECT_EQ(said(booking("alice", {"no site"})).field, "site");
  EXPECT_EQ(said({PersonId{"alice"}, ProgrammeId{"flu"}, {}, {}, {}, HoldId{"h0-1"}, 0}).field,
            "hold");
  BookingRequested overriding = booking("alice");
  overriding.overrides = 1;
  EXPECT_EQ(said(overriding).field, "override") << "an operator's only";
  EXPECT_EQ(said(booking("bob")).code, Code::ScopeRequired) << "for somebody else";
  EXPECT_EQ(said(booking("alice", {"s1", "mon", 7, "x"})).code, Code::UnknownProduct)
      << "the key was not forgotten";
  EXPECT_EQ(
      story.request(booking("alice"), support::an_operator("ann", new_key(), "")).outcome().field,
      "reason");
  constexpr std::string_view kTwoNames{"an\0n", 4};
  EXPECT_EQ(
      story.request(booking("alice"), support::an_operator(kTwoNames, new_key())).outcome().field,
      "by");
}

TEST_F(BookingTest, TurnsAwayMoreLiveKeysThanAPersonMayHave) {
  enter("alice");
  for (std::uint32_t i = 1; i < requests::kLiveKeysMax; ++i) {
    book("alice", {"s1", "mon", 7, "x"});
  }
  EXPECT_EQ(book("alice").outcome().code, Code::SlowDown);
  EXPECT_TRUE(is_inside("alice"));
}

TEST_F(BookingTest, CountsAnswersThatNobodyWaitsFor) {
  grant("a0-77", "alice");
  grant_hold("h0-77", "alice");
  EXPECT_EQ(story.context().counted("bookings", "answer nobody waits for"), 2U);
}

TEST_F(BookingTest, RefusesARequestInTheWrongPartition) {
  const Said& said =
      story.request(CancelRequested{AppointmentId{"a3-1"}, PersonId{"alice"}}, by("alice"));
  EXPECT_EQ(said.outcome().code, Code::InvalidRequest);
  EXPECT_EQ(said.outcome().field, "partition");
}

TEST_F(BookingTest, TakesNoRecordOfAnotherKindThanItsOwn) {
  Encoder encoder;
  const Asked asked = by("alice");
  EXPECT_EQ(
      story.deliver(RecordKind::Request, kTypeOf<Admitted>, encoder.encode(Admitted{}), &asked)
          .applied,
      Applied::DeadLetter)
      << "nobody admits themself";
  EXPECT_EQ(story
                .deliver(RecordKind::Effect, kTypeOf<BookingRequested>,
                         encoder.encode(BookingRequested{}), nullptr)
                .applied,
            Applied::DeadLetter);
  EXPECT_EQ(story.deliver(RecordKind::Own, kTypeOf<Admitted>, encoder.encode(Admitted{}), nullptr)
                .applied,
            Applied::DeadLetter);
}

}  // namespace
}  // namespace jari::appointments
