#include "consumers/audit/audit.h"

#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "consumers/audit/auditor.h"
#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/breaks.h"
#include "tests/consumers/audit/stories.h"
#include "tests/consumers/proof/unseen.h"
#include "tests/engine/log/log_writer.h"
#include "tests/support/shown_log.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The log as one that is read partition by partition, as an archive and a log in Kafka are.
Report audit_in_any_order(Log& log) {
  Records records = records_in_any_order(log, [] {});
  records.block_records = 16;
  return audit(records).value();
}

/// Whatever the order they were found in.
Texts sorted_lines_of(const Report& report) {
  Texts all;
  for (const auto& one : report.violations()) all.push_back(report.line_of(one));
  std::sort(all.begin(), all.end());
  return all;
}

std::set<Rule> rules_of(const Report& report) {
  std::set<Rule> all;
  for (const auto& one : report.violations()) all.insert(one.rule);
  return all;
}

TEST(Audit, TheDayWentAsTold) {
  EXPECT_EQ(whole_day().code("book-2"), to_text(Code::None));
  EXPECT_EQ(whole_day().code("book-3"), "slot-full");
  EXPECT_EQ(whole_day().code("book-held"), to_text(Code::None));
  EXPECT_EQ(whole_day().code("call-centre"), to_text(Code::None));
  EXPECT_EQ(whole_day().code("book-4"), "out-of-stock");
  EXPECT_EQ(whole_day().code("cancel-1"), to_text(Code::None));
  EXPECT_EQ(whole_day().code("rebook-6"), to_text(Code::None));
}

// Found by the simulator: the second was taken for one that had no right.
TEST(Audit, FindsNothingWhereABookingByRightIsAskedTwice) {
  SmallDay day;
  const std::string second = day.made("book-2");
  day.ask({kBookingsTopic, parse_appointment(second)->partition()},
          CancelRequested{AppointmentId{second}, PersonId{"p2"}}, person_with("p2", "cancel-2"));
  BookingRequested booking;  // p3 has lost the hold's appointment to the withdrawal
  booking.person = PersonId{"p3"};
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"north"};
  booking.slot = SlotId{"early"};
  booking.product = ProductId{"vax"};
  day.ask_twice(day.home(kBookingsTopic, "p3"), booking, person_with("p3", "twice"));
  EXPECT_EQ(day.code("twice"), to_text(Code::None));
  day.pass(milliseconds{12'000});
  const Report report = audit(records_of(day.log())).value();
  EXPECT_TRUE(report.is_good()) << lines_of(report);
}

// Whoever may append requests could else make a good log look broken.
TEST(Audit, PassesOverWhatNobodyMayAskForThere) {
  SmallDay day;
  const Asked asked = person_with("p9", "forged");
  Reserve reserve;
  reserve.appointment = AppointmentId{"a0-9999"};
  reserve.person = PersonId{"p8"};
  reserve.site = SiteId{"north"};
  day.ask(day.home(kInventoryTopic, "north"), reserve, asked);
  Admitted admitted;
  admitted.person = PersonId{"p8"};
  day.ask(day.home(kBookingsTopic, "p8"), admitted, asked);
  day.ask(day.home(kBookingsTopic, "p8"), TicketRequested{QueueId{"line"}, PersonId{"p8"}}, asked);
  HoldRequested hold;
  hold.hold = HoldId{"h0-9999"};
  hold.site = SiteId{"north"};
  day.ask(day.home(kInventoryTopic, "north"), hold, asked);
  day.pass(milliseconds{12'000});
  const Report report = audit(records_of(day.log())).value();
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  keep_story("RequestsThatNobodyMaySend", exported(day.log()), report);
}

TEST(Audit, FindsNothingInAGoodLog) {
  const Report report = audit(records_of(whole_day().log())).value();
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  for (std::uint8_t rule = 1; rule <= kRules; ++rule) {
    EXPECT_GT(report.checks_of(Rule{rule}), 0U) << to_text(Rule{rule});
  }
  EXPECT_THAT(report.json(), HasSubstr("\"ok\":true"));
  EXPECT_THAT(report.json(), Not(HasSubstr("first_violation")));
  EXPECT_THAT(report.html(), HasSubstr("Every rule holds."));
}

TEST(Audit, FindsAnOffsetThatNoRecordHas) {
  const PartitionRef where{kBookingsTopic, 0};
  ShownLog log = hollow(whole_day().log(), {where, 5});
  for (const Report& report : {audit(records_of(log)).value(), audit_in_any_order(log)}) {
    EXPECT_FALSE(report.is_good());
    EXPECT_THAT(lines_of(report), HasSubstr("offset 5 was next: a record is missing or doubled"));
  }
}

// Whoever watches a log that goes on learns of it before the end.
TEST(Audit, SaysABrokenPlaceOnceItIsRead) {
  ShownLog log = hollow(whole_day().log(), {{kBookingsTopic, 0}, 5});
  const Records records = records_of(log);
  Report report(records.identity);
  Auditor auditor(records.identity, report);
  const auto take = [&](const LogRecord& record) {
    auditor.take(record);
    return true;
  };
  records.read(take).value();
  EXPECT_THAT(lines_of(report), HasSubstr("offset 5 was next: a record is missing or doubled"));
}

// Or a table of breaks would prove only that the forger is clumsy.
TEST(Audit, FindsNothingInAGoodLogChainedAnew) {
  Tale tale(whole_day().log());
  tale.chain_anew();
  const auto log = tale.log();
  const Report report = audit(records_of(*log)).value();
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  keep_story("AGoodLogChainedAnew", exported(*log), report);
}

TEST(Audit, FindsTheSameInAnyOrder) {
  const Report in_order = audit(records_of(whole_day().log())).value();
  const Report in_any = audit_in_any_order(whole_day().log());
  EXPECT_TRUE(in_any.is_good()) << lines_of(in_any);
  EXPECT_EQ(in_any.records(), in_order.records());
  for (std::uint8_t rule = 1; rule <= kRules; ++rule) {
    EXPECT_EQ(in_any.checks_of(Rule{rule}), in_order.checks_of(Rule{rule})) << int{rule};
  }
}

TEST(Audit, FindsTheSameInAnExport) {
  const Report of_log = audit(records_of(whole_day().log())).value();
  const Report of_export = audit_export(exported(whole_day().log())).value();
  EXPECT_TRUE(of_export.is_good()) << lines_of(of_export);
  EXPECT_EQ(of_export.json(), of_log.json());
  EXPECT_EQ(of_export.html(), of_log.html());
  keep_story("AGoodDay", exported(whole_day().log()), of_export);
}

// Its identity is the newest: another incarnation, and it begins when the copy was made.
TEST(Audit, AuditsABackupsCopy) {
  Tale tale(whole_day().log());
  LogIdentity copy = whole_day().log().identity();
  copy.copy_of = copy.incarnation;
  copy.incarnation = {8, 8};
  copy.begins = copy.begins + std::chrono::hours{1};
  tale.add_genesis(copy);
  const auto log = tale.log();
  Records records = records_of(*log);
  records.identity = copy;
  const Report report = audit(records).value();
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  const Report of_export = audit_export(exported(*log, copy)).value();
  EXPECT_TRUE(of_export.is_good()) << lines_of(of_export);
  keep_story("ABackupsCopy", exported(*log, copy), of_export);
}

TEST(Audit, ListsWhatOperatorsDid) {
  const Report report = audit(records_of(whole_day().log())).value();
  EXPECT_EQ(report.listed_of(Kind::Booking), 1U);
  EXPECT_EQ(report.listed_of(Kind::NoBeacon), 1U);
  EXPECT_THAT(report.json(), HasSubstr("\"what\":\"booked slot late of site north for p6\""));
  EXPECT_THAT(report.html(), HasSubstr("the operator could choose the order"));
}

TEST(Audit, ListsALostSeed) {
  Tale tale(whole_day().log());
  Page& draw = tale.find<PrequeueDrawn>([](const PrequeueDrawn&, const Envelope&) { return true; });
  Envelope envelope = draw.envelope();
  QueueConfigured dropped;
  dropped.queue = QueueId{"line"};
  dropped.set = static_cast<std::uint32_t>(QueueField::Prequeue);
  Encoder encoder;
  envelope.type = kTypeOf<QueueConfigured>;
  const std::string body(text_of(encoder.encode(dropped)));
  envelope.body = bytes_of(body);
  draw.write(envelope);
  const auto log = tale.log();
  const Report report = audit(records_of(*log)).value();
  EXPECT_EQ(report.listed_of(Kind::SeedLost), 1U);
}

// A reason that an operator wrote, and a name that a token gave them, are only text.
TEST(Audit, WritesNobodysMarkup) {
  Tale tale(whole_day().log());
  tale.alter<BookingRequested>([](BookingRequested&, Envelope& asked) {
    if (asked.asked->role != Role::Operator) return false;
    asked.asked->reason = "<script>alert('why')</script>";
    asked.asked->by = "ann\"><img src=x>";
    return true;
  });
  tale.alter<Outcome>([](Outcome& said, Envelope&) {
    said.request = "x";
    return said.asked == kTypeOf<TicketRequested>;
  });
  tale.alter<SlotPublished>([](SlotPublished& said, Envelope&) {
    if (said.slot.text != "early") return false;
    said.slot = SlotId{"<b>early</b>"};
    return true;
  });
  tale.chain_anew();
  const auto log = tale.log();
  const Report report = audit(records_of(*log)).value();
  EXPECT_FALSE(report.is_good());
  EXPECT_THAT(report.html(), HasSubstr("&lt;script&gt;alert(&#39;why&#39;)&lt;/script&gt;"));
  EXPECT_THAT(report.html(), HasSubstr("ann&quot;&gt;&lt;img src=x&gt;"));
  EXPECT_THAT(report.html(), Not(HasSubstr("<script")));
  EXPECT_THAT(report.html(), Not(HasSubstr("<img")));
  EXPECT_THAT(report.html(), Not(HasSubstr("<b>")));
}

TEST(Audit, SaysTheLineThatIsNoRecord) {
  const std::string good = exported(whole_day().log());
  const auto detail = [](const std::string& text) {
    const auto report = audit_export(text);
    return report ? std::string("audited") : report.error().detail;
  };
  EXPECT_EQ(detail(""), "export.jsonl:0: there is no record in it");
  EXPECT_THAT(detail("no json\n"), HasSubstr("export.jsonl:1: "));
  const auto lines = static_cast<std::size_t>(std::count(good.begin(), good.end(), '\n'));
  const std::string next = "export.jsonl:" + std::to_string(lines + 1) + ": ";
  EXPECT_THAT(detail(good + "{\"topic\":\"queue\"\n"), HasSubstr(next));
  EXPECT_THAT(detail(good + R"({"topic":"queue","partition":0,"offset":9999999,)"
                            R"("type":"AdmissionHeld","body":{}})"),
              HasSubstr(next + "offset 9999999 of queue 0 stands where"));
  EXPECT_THAT(
      detail(good + R"({"topic":"queue","partition":0,"offset":1,"type":"Nothing","body":{}})"),
      HasSubstr(next + "there is no type Nothing"));
  EXPECT_THAT(detail(good + R"({"topic":"queue","partition":0,"offset":1,"type":"Tick",)"
                            R"("body":{"epoch":"one"}})"),
              HasSubstr(next + "body: epoch"));
  std::string astray = good;
  const std::string cause = R"("cause":{"topic":"bookings","partition":)";
  astray[astray.find(cause) + cause.size()] ^= 1;
  EXPECT_THAT(detail(astray), HasSubstr("cause is no place in the partition that the stream"));
  EXPECT_THAT(detail(good + R"({"topic":"tickets","partition":0,"offset":1,"type":"Tick",)"
                            R"("body":{}})"),
              HasSubstr(next + "topic and partition are none of this log"));
}

TEST(Audit, AsksForAWholeExport) {
  const std::string good = exported(whole_day().log());
  std::istringstream in(good);
  std::string of_queues;
  std::string from_1;
  for (std::string line; std::getline(in, line);) {
    if (line.find("{\"topic\":\"queue\"") == 0) of_queues += line + "\n";
    if (line.find("\"offset\":0,") == std::string::npos) from_1 += line + "\n";
  }
  const auto topic = audit_export(of_queues);
  ASSERT_FALSE(topic.has_value());
  EXPECT_THAT(topic.error().detail, HasSubstr("without --topic and --from"));
  const auto from = audit_export(from_1);
  ASSERT_FALSE(from.has_value());
  EXPECT_THAT(from.error().detail, HasSubstr("without --topic and --from"));
}

class AuditBreak : public ::testing::TestWithParam<const Break*> {};

std::vector<const Break*> all_breaks() {
  std::vector<const Break*> all;
  for (const auto* some : {&breaks_of_sales(), &breaks_of_lines(), &breaks_of_records(),
                           &breaks_of_answers(), &breaks_of_bytes()}) {
    for (const Break& one : *some) all.push_back(&one);
  }
  return all;
}

TEST_P(AuditBreak, IsFoundWhereItIs) {
  const Break& broken = *GetParam();
  Tale tale(whole_day().log());
  const At at = broken.breaks(tale);
  if (broken.is_chained_anew) tale.chain_anew();
  const auto log = tale.log();
  const Report report = audit(records_of(*log)).value();
  const bool is_found = std::any_of(report.violations().begin(), report.violations().end(),
                                    [&](const Violation& one) {
                                      return one.rule == broken.rule && one.at == at &&
                                             one.why.find(broken.why) != std::string::npos;
                                    });
  EXPECT_TRUE(is_found) << to_text(broken.rule) << " " << report.place_of(at) << ": " << broken.why
                        << " is not among\n"
                        << lines_of(report);
  for (const Violation& one : report.violations()) {
    EXPECT_FALSE(Report::type_of(one.at).empty()) << report.line_of(one);
  }
  // And it is found in whatever order the partitions are read, but for what is said of the order.
  const Report in_any = audit_in_any_order(*log);
  EXPECT_EQ(rules_of(in_any), rules_of(report));
  const std::string lines = lines_of(report);
  const bool is_of_order = lines.find("had been read") != std::string::npos ||
                           lines.find("than in other partitions") != std::string::npos;
  if (!is_of_order) {
    EXPECT_EQ(sorted_lines_of(in_any), sorted_lines_of(report));
  }
  Records ahead = records_of(*log);
  ahead.is_read_ahead = true;
  EXPECT_EQ(lines_of(audit(ahead).value()), lines_of(report));
  // And what is exported of the broken log is found as broken as the log itself.
  const std::string text = exported(*log);
  const auto of_export = audit_export(text);
  ASSERT_TRUE(of_export.has_value()) << of_export.error().detail;
  EXPECT_EQ(lines_of(*of_export), lines_of(report));
  keep_story(broken.name, text, report);
}

class AuditUnseen : public ::testing::TestWithParam<const proof::Unseen*> {};

// Only a checkpoint tells (tests/consumers/proof), in an export, too.
TEST_P(AuditUnseen, FindsNothing) {
  const auto log = GetParam()->log();
  const Report report = audit(records_of(*log)).value();
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  const std::string text = exported(*log);
  const Report of_export = audit_export(text).value();
  EXPECT_TRUE(of_export.is_good()) << lines_of(of_export);
  keep_story(GetParam()->name, text, report);
}

std::vector<const proof::Unseen*> all_unseen() {
  std::vector<const proof::Unseen*> all;
  for (const proof::Unseen& one : proof::only_a_checkpoint_tells()) all.push_back(&one);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Unseen, AuditUnseen, ::testing::ValuesIn(all_unseen()),
                         [](const auto& one) { return std::string(one.param->name); });

INSTANTIATE_TEST_SUITE_P(Breaks, AuditBreak, ::testing::ValuesIn(all_breaks()),
                         [](const auto& one) { return std::string(one.param->name); });

}  // namespace
}  // namespace jari::audit
