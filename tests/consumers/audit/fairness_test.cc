// Whether it was fair: what the report says, what it takes back, and what the pictures show.

#include <algorithm>
#include <regex>

#include <gmock/gmock.h>

#include "consumers/audit/audit.h"
#include "tests/consumers/audit/audit_world.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kYes = "<strong>Yes, as far as a log can show.</strong>";
const std::string kYesBut = "<strong>Yes, but:</strong>";
const std::string kNo = "<strong class=\"bad\">No, not as far as this log shows.</strong>";

Report report_of(SmallDay& day) {
  return audit(records_of(day.log())).value();
}

/// The day with a beacon that nobody could know before, on which everybody booked for themselves.
DayPlan fair_plan() {
  DayPlan plan;
  plan.beacon_name = "the lottery of that evening";
  plan.beacon = "4 8 15 16 23 42";
  plan.has_operators_booking = false;
  return plan;
}
const Report& fair_day() {
  static const Report one = [] {
    SmallDay day(fair_plan());
    return report_of(day);
  }();
  return one;
}

TEST(AuditFairness, IsSaidWhereAllHoldsAndNobodyCouldChooseTheOrder) {
  ASSERT_TRUE(fair_day().is_good());
  EXPECT_THAT(fair_day().html(), HasSubstr(kYes));
}

TEST(AuditFairness, IsNotWholeWhereADrawHadNoBeacon) {
  const Report report = report_of(whole_day());
  ASSERT_TRUE(report.is_good());
  const std::string html = report.html();
  EXPECT_THAT(html, Not(HasSubstr(kYes)));
  EXPECT_THAT(html, HasSubstr(kYesBut));
  EXPECT_THAT(html, HasSubstr("<li>Pre-queues drawn without a beacon: the operator could choose "
                              "the order: 1</li>"));
}

TEST(AuditFairness, IsNotWholeWhereASeedWasLost) {
  Report report = fair_day();
  report.list({Kind::SeedLost, {}, "ann", "the paper is gone", "never drawn"});
  const std::string html = report.html();
  EXPECT_THAT(html, HasSubstr(kYesBut));
  EXPECT_THAT(html, HasSubstr("<li>Pre-queues that were never drawn: 1</li>"));
}

// The rules let operators book without an admission: people should know how often they did.
TEST(AuditFairness, IsNotWholeWhereAnOperatorBooked) {
  DayPlan plan = fair_plan();
  plan.has_operators_booking = true;
  SmallDay day(plan);
  const Report report = report_of(day);
  ASSERT_TRUE(report.is_good());
  const std::string html = report.html();
  EXPECT_THAT(html, Not(HasSubstr(kYes)));
  EXPECT_THAT(html, HasSubstr(kYesBut));
  EXPECT_THAT(html, HasSubstr("<li>Booked or held by an operator for somebody, whatever their "
                              "place in the line: 1</li>"));
  EXPECT_THAT(report.json(), HasSubstr(R"("fair":{"verdict":"yes-but","why":[{"what":)"
                                       R"("operator-booking","times":1,)"));
}

TEST(AuditFairness, IsNotWholeWhereAnOperatorOverrodeARule) {
  SmallDay day(fair_plan());
  BookingRequested booking;
  booking.person = PersonId{"p6"};
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"north"};
  booking.slot = SlotId{"early"};
  booking.product = ProductId{"vax"};
  booking.overrides = static_cast<std::uint32_t>(Override::CohortNotOpen);
  day.ask(day.home(kBookingsTopic, "p6"), booking, operator_with("friend"));
  day.pass(milliseconds{12'000});
  ASSERT_EQ(day.code("friend"), to_text(Code::None));
  const Report report = report_of(day);
  ASSERT_TRUE(report.is_good());
  const std::string html = report.html();
  EXPECT_THAT(html, HasSubstr(kYesBut));
  EXPECT_THAT(html, HasSubstr("<li>Booked, held or moved by an operator who overrode a rule: 1"
                              "</li>"));
  EXPECT_THAT(report.json(), HasSubstr(R"("why":[{"what":"override","times":1,)"));
}

// Nor of a log that was altered, or in which anything was sold twice, lost or not signed.
TEST(AuditFairness, IsNotSaidWhereAnythingIsBroken) {
  for (std::uint8_t number = 1; number <= kRules + 1; ++number) {
    Report report = fair_day();
    report.expect(false, Rule{number}, {}, "wrong");
    const std::string html = report.html();
    EXPECT_THAT(html, HasSubstr(kNo)) << to_text(Rule{number});
    EXPECT_THAT(html, Not(HasSubstr("<strong>Yes"))) << to_text(Rule{number});
    EXPECT_THAT(html, HasSubstr("<li>Broken once: " + to_text(Rule{number}) + ". "));
  }
}

TEST(AuditFairness, IsInTheJson) {
  EXPECT_THAT(fair_day().json(), HasSubstr(R"("fair":{"verdict":"yes","why":[]})"));
  Report report = report_of(whole_day());
  EXPECT_THAT(report.json(),
              HasSubstr(R"("fair":{"verdict":"yes-but","why":[{"what":"draw-without-beacon",)"
                        R"("times":1,"meaning":"Pre-queues drawn without a beacon)"));
  report.expect(false, Rule::Checkpoint, {}, "altered");
  report.expect(false, Rule::Checkpoint, {}, "altered");
  EXPECT_THAT(report.json(),
              HasSubstr(R"("fair":{"verdict":"no","why":[{"what":"checkpoint","times":2,)"));
}

using Places = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// What the bars of the picture show.
Places places_in(const std::string& html) {
  static const std::regex kBar{"data-lowest=\"([0-9]+)\" data-highest=\"([0-9]+)\""};
  Places all;
  for (std::sregex_iterator at(html.begin(), html.end(), kBar), end; at != end; ++at) {
    all.emplace_back(std::stoull((*at)[1]), std::stoull((*at)[2]));
  }
  return all;
}

TEST(AuditTurns, APictureShowsWhatTheJsonSays) {
  const Report& report = fair_day();
  EXPECT_THAT(report.html(), HasSubstr("<figure class=\"turns\">"));
  EXPECT_EQ(places_in(report.html()), (Places{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}));
  EXPECT_THAT(report.json(), HasSubstr(R"("turns":{"step_admissions":1,)"
                                       R"("places":[[1,1],[2,2],[3,3],[4,4],[5,5]]})"));
}

// One of a million, and the picture is as large as that of a hundred.
TEST(AuditTurns, WhoJumpedTheLineStandsOutHoweverLongItIs) {
  constexpr std::uint64_t kPeople = 1'000'000;
  constexpr std::uint64_t kJumper = 900'001;
  constexpr std::uint64_t kBefore = 250'000;
  Report report(whole_day().log().identity());
  LineFigures& line = report.figures().lines["line"];
  line.admitted = kPeople;
  for (std::uint64_t place = 1; place <= kPeople; ++place) {
    if (place == kBefore) line.turns.add(kJumper);
    if (place != kJumper) line.turns.add(place);
    ASSERT_LE(line.turns.steps().size(), Turns::kMost);
  }
  EXPECT_EQ(line.turns.admitted(), kPeople);
  const std::string html = report.html();
  EXPECT_LT(html.size(), 60'000U);
  const Places places = places_in(html);
  ASSERT_EQ(places.size(), line.turns.steps().size());
  const auto jumped = std::find_if(places.begin(), places.end(),
                                   [](const auto& one) { return one.second == kJumper; });
  ASSERT_NE(jumped, places.end());
  EXPECT_EQ(static_cast<std::uint64_t>(jumped - places.begin()),
            (kBefore - 1) / line.turns.step_length());
  std::uint64_t steps_that_overlap = 0;
  for (std::size_t i = 1; i < places.size(); ++i) {
    steps_that_overlap += places[i].first <= places[i - 1].second;
  }
  EXPECT_EQ(steps_that_overlap, 1U);
}

TEST(AuditTurns, StepsDoubleAndKeepTheirEnds) {
  Turns turns;
  for (std::uint64_t place = 1; place <= Turns::kMost + 1; ++place) turns.add(place);
  EXPECT_EQ(turns.step_length(), 2U);
  ASSERT_EQ(turns.steps().size(), Turns::kMost / 2 + 1);
  EXPECT_EQ(turns.steps()[0].lowest, 1U);
  EXPECT_EQ(turns.steps()[0].highest, 2U);
  EXPECT_EQ(turns.steps().back().lowest, Turns::kMost + 1);
  EXPECT_EQ(turns.highest(), Turns::kMost + 1);
}

}  // namespace
}  // namespace jari::audit
