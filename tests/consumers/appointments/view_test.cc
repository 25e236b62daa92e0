#include "tests/consumers/appointments/booking_story.h"

namespace jari::appointments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ViewTest : public BookingStory {
 protected:
  std::vector<std::string> day_list(const DayQuery& query, std::size_t limit = 100) {
    std::vector<std::string> out;
    consumer().view().day_list(query, [&](const Appointment& one) {
      out.push_back(std::string{one.person.text} + "@" + std::string{one.slot.text});
      return out.size() < limit;
    });
    return out;
  }
  std::string in(std::string_view person, const SlotAt& at) {
    enter(person);
    return booked(person, at);
  }
};

TEST_F(ViewTest, TheDayListIsInTheOrderOfTimesAndSlots) {
  in("anna", {"s1", "zz", 7});
  in("bert", {"s1", "aa", 7});
  in("carl", {"s1", "late", 8});
  const std::string dora = in("dora", {"s1", "aa", 7});
  in("emil", {"s2", "aa", 7});
  DayQuery query;
  query.site = SiteId{"s1"};
  EXPECT_THAT(day_list(query), ElementsAre("bert@aa", "dora@aa", "anna@zz", "carl@late"));
  query.to = start_of({"s1", "late", 8});
  EXPECT_THAT(day_list(query), ElementsAre("bert@aa", "dora@aa", "anna@zz"));
  query.from = query.to;
  query.to = kNever;
  EXPECT_THAT(day_list(query), ElementsAre("carl@late"));
  query.from = {};
  query.slot = SlotId{"aa"};
  cancel("dora", dora);
  EXPECT_THAT(day_list(query), ElementsAre("bert@aa", "dora@aa"));
  query.state = AppointmentState::Booked;
  EXPECT_THAT(day_list(query), ElementsAre("bert@aa"));
  query.site = SiteId{"s9"};
  EXPECT_THAT(day_list(query), IsEmpty());
}

TEST_F(ViewTest, TheDayListGoesOnBehindAPlaceThatIsAnotherPartitions) {
  in("anna", {"s1", "zz", 7});
  in("bert", {"s1", "aa", 7});
  DayQuery query;
  query.site = SiteId{"s1"};
  query.is_after = true;
  query.after = {start_of({"s1", "mm", 7}), "mm", MadeId{77}};
  EXPECT_THAT(day_list(query), ElementsAre("anna@zz"));
  query.after.slot = "aa";
  query.after.appointment = *parse_appointment(appointments_of("bert")[0].appointment.text);
  EXPECT_THAT(day_list(query), ElementsAre("anna@zz"));
}

TEST_F(ViewTest, ThePersonsAppointmentsAreNewestFirst) {
  std::uint64_t ticket = 0;
  eligible("alice");
  for (const std::string_view slot : {"one", "two", "three"}) {
    for (const Appointment& one : appointments_of("alice")) {
      cancel("alice", std::string{one.appointment.text});
    }
    admit("alice", ++ticket);
    booked("alice", {"s1", slot});
  }
  const auto all = appointments_of("alice");
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].slot.text, "three");
  EXPECT_EQ(all[1].slot.text, "two");
  EXPECT_EQ(all[2].slot.text, "one");
  EXPECT_THAT(appointments_of("nobody"), IsEmpty());
}

TEST_F(ViewTest, AMovedAppointmentIsListedWhereItIsNow) {
  const std::string mine = in("alice", {"s1", "mon", 7});
  move("alice", mine, {"s2", "tue"});
  grant(mine, "alice", {"s2", "tue", 8});
  DayQuery query;
  query.site = SiteId{"s1"};
  EXPECT_THAT(day_list(query), IsEmpty());
  query.site = SiteId{"s2"};
  EXPECT_THAT(day_list(query), ElementsAre("alice@tue"));
}

TEST_F(ViewTest, EligibilityShowsWhetherOneMayBookAndWhyNot) {
  EXPECT_EQ(eligibility_of("alice").programme.text, "");
  eligible("alice", "later");
  EligibilityView seen = eligibility_of("alice");
  EXPECT_EQ(seen.programme.text, "flu");
  EXPECT_EQ(seen.cohort.text, "later");
  EXPECT_EQ(seen.code, Code::CohortNotOpen);
  EXPECT_EQ(seen.opens_at, support::kStoryBegins + hours{1});
  EXPECT_FALSE(seen.may_book);
  eligible("alice");
  seen = eligibility_of("alice");
  EXPECT_EQ(seen.code, Code::NotAdmitted);
  EXPECT_EQ(seen.opens_at, support::kStoryBegins - hours{24});
  EXPECT_EQ(seen.closes_at, support::kStoryBegins + hours{24 * 100});
  admit("alice");
  EXPECT_TRUE(eligibility_of("alice").may_book);
  booked("alice");
  EXPECT_EQ(eligibility_of("alice").code, Code::AlreadyBooked);
  EXPECT_EQ(eligibility_of("alice").not_before, day(28)) << "the earliest of a and c";
  EXPECT_FALSE(eligibility_of("alice").not_after.is_known()) << "c has no latest day";
}

TEST_F(ViewTest, EligibilityIsGrantedAndRevokedInKnownProgrammesOnly) {
  EXPECT_EQ(eligible("alice").outcome().status, 200);
  const EligibilityGranted other{
      PersonId{"alice"}, ProgrammeId{"no-such"}, CohortId{"old"}, 0, {}, {}};
  EXPECT_EQ(story.request(other, by_operator()).outcome().code, Code::UnknownProgramme);
  EXPECT_EQ(
      story.request(EligibilityRevoked{PersonId{"alice"}, ProgrammeId{"no-such"}}, by_operator())
          .outcome()
          .code,
      Code::UnknownProgramme);
  EXPECT_EQ(story.request(other, by("alice")).outcome().code, Code::ScopeRequired);
  story.request(EligibilityRevoked{PersonId{"alice"}, ProgrammeId{"flu"}}, by_operator());
  EXPECT_EQ(eligibility_of("alice").programme.text, "");
}

TEST_F(ViewTest, OneAppointmentIsShownByItsId) {
  const std::string mine = in("alice", {});
  std::string seen;
  const auto visit = [&](const Appointment& one) {
    seen = one.appointment.text;
    return true;
  };
  EXPECT_TRUE(consumer().view().appointment(*parse_appointment(mine), visit));
  EXPECT_EQ(seen, mine);
  EXPECT_FALSE(consumer().view().appointment(*parse_appointment("a0-4711"), visit));
}

TEST_F(ViewTest, ARememberedOutcomeIsWholeAlsoOfAHold) {
  enter("alice");
  const Asked asked = by("alice");
  story.request(holding("alice"), asked);
  const std::string mine = hold_text(make_id(0, story.offset()));
  grant_hold(mine, "alice");
  IdTexts texts;
  const auto again = consumer().view().outcome_again(requests::key_of(asked), asked.request, texts);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->hold.text, mine);
  EXPECT_EQ(again->slot.text, "mon");
  EXPECT_EQ(again->until, now() + minutes{5});
  EXPECT_EQ(again->request, asked.request);
}

/// A reissue is no step of a story: this one is not told again.
class ReissueTest : public ViewTest {
 protected:
  void TearDown() override {}
};

TEST_F(ReissueTest, SendsTheDocumentsOfOnePartitionOfTheSinkAsTheyAreNow) {
  for (int i = 0; i < 8; ++i) in("p" + std::to_string(i), {});
  const std::string cancelled = in("zoe", {});
  cancel("zoe", cancelled);
  std::size_t sent = 0;
  for (PartitionNo sink = 0; sink < 4; ++sink) {
    consumer().reissue({kSyncTopic, sink}, 1, story.context());
    EXPECT_EQ(consumer().next_deadline(story.time()), now());
    const Said& said = story.pass(seconds{1});
    for (const auto& row : said.rows) {
      EXPECT_EQ(row.to.partition, sink);
      const char* version = row.key == cancelled ? "\"version\":2" : "\"version\":1";
      EXPECT_THAT(row.body, HasSubstr(version));
    }
    sent += said.rows.size();
    EXPECT_THAT(story.pass(seconds{1}).rows, IsEmpty()) << "the job is done";
  }
  EXPECT_EQ(sent, 9U);
  consumer().reissue({kOutcomesTopic, 0}, 1, story.context());
  EXPECT_THAT(story.pass(seconds{1}).rows, IsEmpty());
}

}  // namespace
}  // namespace jari::appointments
