// The figures of the report, and that its pictures show what its JSON says.

#include "consumers/audit/figures.h"

#include <numeric>
#include <regex>

#include <gmock/gmock.h>

#include "consumers/audit/audit.h"
#include "engine/http/json_reader.h"
#include "tests/consumers/audit/audit_world.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Numbers = std::vector<std::uint64_t>;

const Report& report() {
  static const Report one = audit(records_of(whole_day().log())).value();
  return one;
}

/// What each bar of a part of the page shows.
Numbers bars_in(const std::string& text) {
  static const std::regex kBar{"data-count=\"([0-9]+)\""};
  Numbers all;
  for (std::sregex_iterator at(text.begin(), text.end(), kBar), end; at != end; ++at) {
    all.push_back(std::stoull((*at)[1]));
  }
  return all;
}

/// From the nth `begin` to the first `end` behind it.
std::string part_of(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  EXPECT_NE(from, std::string::npos) << begin;
  return text.substr(from, text.find(end, from) - from);
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

http::JsonValue member(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  EXPECT_TRUE(value.has_value()) << name;
  return *value;
}

TEST(AuditFigures, CountWhatHappened) {
  const Figures& figures = report().figures();
  const LineFigures& line = figures.lines.at("line");
  EXPECT_EQ(line.tickets, 5U);
  EXPECT_EQ(line.admitted, 5U);
  EXPECT_EQ(line.most_in_a_second, 2U);
  EXPECT_EQ(line.rate_then, 2U);
  ASSERT_EQ(line.rates.size(), 1U);
  EXPECT_EQ(line.rates[0].per_second, 2U);
  EXPECT_EQ(std::accumulate(line.waits.counts().begin(), line.waits.counts().end(), 0ULL), 5U);
  EXPECT_EQ(figures.slots, 2U);
  EXPECT_EQ(figures.places, 5U);
  EXPECT_EQ(figures.refusals().at(Code::SlotFull), 1U);
  EXPECT_EQ(figures.refusals().at(Code::OutOfStock), 1U);
}

TEST(AuditFigures, TheDrawsPlacesAreThoseThatWereAdmitted) {
  const Figures& figures = report().figures();
  ASSERT_EQ(figures.draws.size(), 1U);
  EXPECT_EQ(figures.draws[0].queue, "line");
  Numbers first = figures.draws[0].first;
  EXPECT_EQ(first.size(), figures.draws[0].tickets);
  std::sort(first.begin(), first.end());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], i + 1);
}

// A forger who chooses another seed has another line (tests/consumers/proof/unseen.cc).
TEST(AuditFigures, AnotherSeedDrawsAnotherLine) {
  DayPlan plan;
  plan.seed.assign(64, '8');
  SmallDay other(plan);
  const Report forged = audit(records_of(other.log())).value();
  ASSERT_EQ(forged.figures().draws.size(), 1U);
  const DrawFigures& honest = report().figures().draws[0];
  EXPECT_NE(forged.figures().draws[0].commitment, honest.commitment);
  EXPECT_NE(forged.figures().draws[0].first, honest.first);
  EXPECT_EQ(forged.figures().draws[0].tickets, honest.tickets);
}

TEST(AuditFigures, ActsOfOneReasonStandTogether) {
  const Figures& figures = report().figures();
  const auto granted = figures.acts.find({kTypeOf<EligibilityGranted>, "ann", "the plan"});
  ASSERT_NE(granted, figures.acts.end());
  EXPECT_EQ(granted->second.times, 6U);
  std::uint64_t sum = figures.acts_unlisted;
  for (const auto& [act, acts] : figures.acts) sum += acts.times;
  EXPECT_EQ(sum, figures.acts_in_all);
}

/// An operator's booking, for who has none.
void book_for_six(SmallDay& day, const char* slot, const Asked& asked) {
  BookingRequested booking;
  booking.person = PersonId{"p6"};
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"north"};
  booking.slot = SlotId{slot};
  booking.product = ProductId{"vax"};
  day.ask(day.home(kBookingsTopic, "p6"), booking, asked);
}
DayPlan plan_without_operators_booking() {
  DayPlan plan;
  plan.has_operators_booking = false;
  return plan;
}

// The site says so later: what it refused is no act.
TEST(AuditFigures, AnActThatASiteRefusedIsNotCounted) {
  SmallDay day(plan_without_operators_booking());
  book_for_six(day, "no-such-slot", operator_with("refused"));
  ASSERT_EQ(day.code("refused"), "unknown-slot");
  const Report one = audit(records_of(day.log())).value();
  ASSERT_TRUE(one.is_good());
  EXPECT_FALSE(one.figures().acts.contains({kTypeOf<BookingRequested>, "ann", "the plan"}));
  EXPECT_EQ(one.figures().acts_in_all + 1, report().figures().acts_in_all);  // the call centre's
}

// Where it was asked for, however often it was.
TEST(AuditFigures, AnActThatASiteGrantedIsCountedOnce) {
  SmallDay day(plan_without_operators_booking());
  book_for_six(day, "early", operator_with("granted"));
  day.pass(milliseconds{1'000});
  book_for_six(day, "early", operator_with("granted"));
  ASSERT_EQ(day.code("granted"), to_text(Code::None));
  const Report one = audit(records_of(day.log())).value();
  ASSERT_TRUE(one.is_good());
  const auto booked = one.figures().acts.find({kTypeOf<BookingRequested>, "ann", "the plan"});
  ASSERT_NE(booked, one.figures().acts.end());
  EXPECT_EQ(booked->second.times, 1U);
  const MadeId made = parse_appointment(day.made("granted")).value();
  EXPECT_EQ(booked->second.first.where, (PartitionRef{kBookingsTopic, made.partition()}));
  EXPECT_EQ(booked->second.first.offset, made.offset());
  EXPECT_EQ(booked->second.first_at, booked->second.last_at);
}

std::vector<std::string> changes_of(SmallDay& day) {
  const Report one = audit(records_of(day.log())).value();
  EXPECT_TRUE(one.is_good());
  std::vector<std::string> all;
  for (const Change& change : one.figures().changes) all.push_back(change.what);
  return all;
}
/// The slot of the withdrawal, in which nobody is any more.
SlotChanged late_slot() {
  SlotChanged slot;
  slot.site = SiteId{"north"};
  slot.slot = SlotId{"late"};
  slot.starts_at = Instant{1'626'087'600'000} + std::chrono::hours{30};
  slot.length_seconds = 600;
  slot.capacity = 3;
  slot.starts_on = *parse_day("2021-07-13");
  slot.zone = "UTC";
  return slot;
}

TEST(AuditChanges, DosesThatCameLaterAreListed) {
  SmallDay day;
  const auto before = changes_of(day);
  const auto add = [&](const char* product, std::int32_t doses, const char* request) {
    day.ask(day.home(kInventoryTopic, "north"),
            StockChanged{SiteId{"north"}, ProductId{product}, doses, false},
            operator_with(request));
    ASSERT_EQ(day.code(request), to_text(Code::None));
  };
  add("vax", 20, "more");
  add("other", 5, "another");  // the first is no change
  auto expected = before;
  expected.push_back("20 doses of vax at site north came, where 4 were");
  EXPECT_EQ(changes_of(day), expected);
}

TEST(AuditChanges, AnotherTimeOrLengthOfASlotIsListed) {
  SmallDay day;
  auto expected = changes_of(day);
  const auto change = [&](const SlotChanged& slot, const char* request) {
    day.ask(day.home(kInventoryTopic, "north"), slot, operator_with(request));
    ASSERT_EQ(day.code(request), to_text(Code::None));
  };
  SlotChanged slot = late_slot();
  change(slot, "again");
  expected.push_back("slot late of site north was opened again with 3 places");
  slot.starts_at = slot.starts_at + std::chrono::hours{1};
  change(slot, "later");
  expected.push_back(
      "slot late of site north starts at 2021-07-13T18:00:00.000Z, was 2021-07-13T17:00:00.000Z");
  slot.length_seconds = 900;
  slot.capacity = 2;
  change(slot, "longer");
  expected.push_back("slot late of site north lasts 900 s, was 600 s; went from 3 to 2 places");
  change(slot, "same");  // is no change
  EXPECT_EQ(changes_of(day), expected);
}

TEST(AuditPage, SaysThatALogCannotShowWhatABeaconWas) {
  const std::string says =
      "The log cannot show that this is the value that the named source published: compare it "
      "there.";
  EXPECT_THAT(report().html(), Not(HasSubstr(says)));
  DayPlan plan;
  plan.beacon_name = "the lottery of that evening";
  plan.beacon = "4 8 15 16 23 42";
  SmallDay day(plan);
  const std::string html = audit(records_of(day.log())).value().html();
  EXPECT_THAT(part_of(html, "<caption>The draw of queue line", "</table>"), HasSubstr(says));
}

TEST(AuditFigures, APictureShowsWhatTheJsonSays) {
  const std::string html = report().html();
  const auto json = http::parse_json(report().json());
  ASSERT_TRUE(json.has_value());
  const auto figures = member(json->root(), "figures");
  const auto line = *member(figures, "queues").elements().begin();
  Numbers admissions;
  for (const auto one : member(member(line, "admissions"), "counts").elements()) {
    admissions.push_back(static_cast<std::uint64_t>(one.integer().value()));
  }
  EXPECT_EQ(bars_in(part_of(html, "<figure>", "</figure>")), admissions);
  EXPECT_EQ(std::accumulate(admissions.begin(), admissions.end(), 0ULL), 5U);
  Numbers waits;
  for (const auto one : member(line, "waits").elements()) {
    waits.push_back(static_cast<std::uint64_t>(member(one, "people").integer().value()));
  }
  while (!waits.empty() && waits.back() == 0) waits.pop_back();  // the page ends with the last
  EXPECT_EQ(bars_in(part_of(html, "<caption>How long people waited", "</table>")), waits);
  Numbers refusals;
  for (const auto one : member(figures, "decided").elements()) {
    if (member(one, "decision").text() != "refused") continue;
    refusals.push_back(static_cast<std::uint64_t>(member(one, "times").integer().value()));
  }
  Numbers shown = bars_in(part_of(html, "<caption>Refusals that stand", "</table>"));
  EXPECT_EQ(std::accumulate(shown.begin(), shown.end(), 0ULL),
            std::accumulate(refusals.begin(), refusals.end(), 0ULL));
}

TEST(AuditPage, AsksForNothingElsewhere) {
  const std::string html = report().html();
  for (const char* what : {"http:", "https:", "//", "src=", "href=", "url(", "@import", "<script",
                           "<link", "<img", "<iframe", "<object", "<form", "<base"}) {
    EXPECT_THAT(html, Not(HasSubstr(what)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(AuditPage, CanBeHeard) {
  const std::string html = report().html();
  EXPECT_EQ(count_of(html, "<table>"), count_of(html, "<caption>"));
  EXPECT_EQ(count_of(html, "role=\"img\"><title>"), count_of(html, "role=\"img\""));
  EXPECT_GT(count_of(html, "role=\"img\""), 0U);
  EXPECT_EQ(count_of(html, "<figcaption><strong>"), count_of(html, "role=\"img\""));
  EXPECT_EQ(count_of(html, "<th>"), 0U) << "each says what it is a heading of";
}

TEST(AuditPage, StaysSmallHoweverMuchOperatorsDid) {
  Report one(whole_day().log().identity());
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const At at{{0, 0}, i};
    const std::string why = "reason " + std::to_string(i);
    one.figures().add_act({kTypeOf<SlotChanged>, "ann", why}, at, {});
    one.figures().add_change({at, {}, "ann", why, "slot s went from 2 to 1 places"});
    one.list({Kind::Override, at, "ann", why, "booked"});
    one.figures().lines["queue-" + std::to_string(i)].admitted = 1;
    one.expect(false, Rule::I4, at, "wrong");
  }
  const std::string html = one.html();
  EXPECT_LT(html.size(), 1'000'000U);
  EXPECT_THAT(html, HasSubstr("And 19,500 more"));
  EXPECT_THAT(html, HasSubstr("(--json)"));
}

// Of each kind the page sends people to the JSON, which has more.
TEST(AuditPage, NamesTheJsonWhereThatHasMore) {
  constexpr std::uint64_t kAll = 20'000;
  constexpr std::size_t kShown = 500;
  Report one(whole_day().log().identity());
  for (std::uint64_t i = 0; i < kAll; ++i) {
    const std::string name = "queue-" + std::to_string(i);
    one.figures().add_act({kTypeOf<SlotChanged>, "ann", name}, {{0, 0}, i}, {});
    one.figures().add_change({{{0, 0}, i}, {}, "ann", "why", name + " changed"});
    DrawFigures draw;
    draw.queue = name;
    one.figures().add_draw(draw);
  }
  const std::string html = one.html();
  EXPECT_EQ(count_of(html, "<caption>The draw of queue "), kShown);
  EXPECT_EQ(count_of(html, " changed</td>"), kShown);
  EXPECT_EQ(count_of(part_of(html, "<caption>Acts of operators", "</table>"), "<tr><td"), kShown);
  EXPECT_EQ(count_of(html, "And 19,500 more"), 3U);
  const auto json = http::parse_json(one.json());
  ASSERT_TRUE(json.has_value());
  const auto figures = member(json->root(), "figures");
  for (const char* kind : {"acts", "changes", "draws"}) {
    std::uint64_t listed = 0;
    for (const auto each : member(figures, kind).elements()) listed += each.is_object();
    EXPECT_EQ(listed, 10'000U) << kind;
  }
}

TEST(AuditSeries, KeepsEachCountHoweverLongItGets) {
  Series series;
  std::uint64_t added = 0;
  for (std::int64_t second = 1'000'003; second < 3'000'000; second += 1 + second % 977) {
    series.add({second * 1000 + 999});
    ++added;
    const auto& counts = series.counts();
    ASSERT_LE(counts.size(), Series::kMost);
    ASSERT_EQ(std::accumulate(counts.begin(), counts.end(), 0ULL), added);
    ASSERT_LE(series.begins().ms, 1'000'003'000);
    const auto length = static_cast<std::int64_t>(counts.size()) * series.step_seconds();
    ASSERT_GT(series.begins().ms + length * 1000, second * 1000);
  }
}

TEST(AuditSeries, StepsDoubleFromWhereTheyBegan) {
  Series series;
  for (std::int64_t second = 7; second < 7 + 121; ++second) series.add({second * 1000});
  EXPECT_EQ(series.step_seconds(), 2);
  EXPECT_EQ(series.begins().ms, 6'000);
  EXPECT_EQ(series.counts().front(), 1U);
  EXPECT_EQ(series.counts()[1], 2U);
}

TEST(AuditWaits, AreCountedUpToTheirBound) {
  Waits waits;
  for (const std::int64_t ms : {0, 1'000, 1'001, 15'000, 86'400'000, 86'400'001}) {
    waits.add(milliseconds{ms});
  }
  EXPECT_EQ(waits.counts()[0], 2U);
  EXPECT_EQ(waits.counts()[1], 1U);
  EXPECT_EQ(waits.counts()[2], 1U);
  EXPECT_EQ(waits.counts()[Waits::kUpToSeconds.size() - 1], 1U);
  EXPECT_EQ(waits.counts().back(), 1U);
  EXPECT_EQ(waits.longest(), milliseconds{86'400'001});
}

}  // namespace
}  // namespace jari::audit
