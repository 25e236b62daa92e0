// Two that found something in the same records say it in one report.

#include "consumers/audit/report.h"

#include <gmock/gmock.h>

#include "consumers/model/record.h"

namespace jari::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AuditReports : public ::testing::Test {
 protected:
  static LogIdentity identity() {
    LogIdentity one;
    one.topics = {{"queue", 1, false}};
    return one;
  }
  static std::vector<std::string> whys_of(const Report& report) {
    std::vector<std::string> all;
    for (const Violation& one : report.violations()) all.push_back(one.why);
    return all;
  }
  static void read(Report& report, std::size_t records) {
    for (std::size_t i = 0; i < records; ++i) report.add_record({}, {});
  }

  Report ours{identity()};
  Report other{identity()};
};

TEST_F(AuditReports, WhatTheyFoundStandsInTheOrderItWasRead) {
  read(ours, 1);
  ours.expect(false, Rule::I1, {}, "first");
  read(other, 2);
  other.expect(false, Rule::I8, {}, "second");
  read(ours, 1);
  ours.expect(false, Rule::I1, {}, "third, of the same record");
  read(other, 5);
  other.expect(false, Rule::I8, {}, "fourth");
  ours.take_from(other);
  EXPECT_THAT(whys_of(ours), ElementsAre("first", "second", "third, of the same record", "fourth"));
  EXPECT_EQ(ours.records(), 2U);
  EXPECT_EQ(ours.violations_of(Rule::I8), 2U);
  EXPECT_EQ(ours.checks_of(Rule::I1), 2U);
  EXPECT_TRUE(other.is_good());
  EXPECT_EQ(other.records(), 7U);
}

TEST_F(AuditReports, SayWhatStandsWhereARuleIsBroken) {
  At at{{0, 0}, 3};
  ours.expect(false, Rule::Checkpoint, at, "the log ends here");  // nobody has looked
  at.is_opened = true;
  ours.expect(false, Rule::I6, at, "it is none");
  at.kind = RecordKind::Request;
  at.type = kTypeOf<TicketRequested>;
  ours.expect(false, Rule::I6, at, "asked");
  at.kind = RecordKind::Row;
  at.type = kAppointmentRow;
  ours.expect(false, Rule::I6, at, "told");
  std::vector<std::string> lines;
  for (const Violation& one : ours.violations()) lines.push_back(ours.line_of(one));
  EXPECT_THAT(lines, ElementsAre("violation: checkpoint queue 0 3: the log ends here",
                                 "violation: I6 queue 0 3: DeadLetter: it is none",
                                 "violation: I6 queue 0 3: TicketRequested: asked",
                                 "violation: I6 queue 0 3: Appointment: told"));
  EXPECT_THAT(ours.json(), HasSubstr(R"("offset":3,"why":"the log ends here")"));
  at.kind = RecordKind::Tick;
  other.expect(false, Rule::I6, at, "late");
  EXPECT_THAT(other.json(), HasSubstr(R"("offset":3,"type":"Tick","why":"late")"));
  EXPECT_THAT(other.html(), HasSubstr("<code>queue 0 3</code>, a record <code>Tick</code>."));
}

TEST_F(AuditReports, NoMoreIsKeptOfBothThanOfOne) {
  for (std::size_t i = 0; i < Report::kKept; ++i) {
    read(ours, 1);
    read(other, 1);
    ours.expect(false, Rule::I1, {}, "ours");
    other.expect(false, Rule::I8, {}, "other's");
  }
  ours.take_from(other);
  ASSERT_EQ(ours.violations().size(), Report::kKept);
  EXPECT_EQ(ours.violations()[0].why, "other's");
  EXPECT_EQ(ours.violations()[Report::kKept - 1].why, "ours");
  EXPECT_EQ(ours.violations_in_all(), 2 * Report::kKept);
}

TEST_F(AuditReports, WhatOperatorsDidIsListedWhereItWasRead) {
  read(ours, 3);
  ours.list({Kind::Booking, {}, "ann", "by phone", "booked"});
  read(other, 2);
  other.list({Kind::Repair, {}, "ben", "a disk was lost", "repaired"});
  ours.take_from(other);
  ASSERT_EQ(ours.listed().size(), 2U);
  EXPECT_EQ(ours.listed()[0].what, "repaired");
  EXPECT_EQ(ours.listed_of(Kind::Repair), 1U);
}

}  // namespace
}  // namespace jari::audit
