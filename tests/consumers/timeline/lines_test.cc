// The day of tests/consumers/audit/small_day.cc, as it is told of each kind of subject.

#include <gmock/gmock.h>

#include "consumers/timeline/timeline.h"
#include "tests/consumers/audit/audit_world.h"

namespace jari::timeline {
namespace {

using ::testing::ElementsAre;

/// Without the date, which is one all day.
std::vector<std::string> told(const Subject& subject) {
  Log& log = audit::whole_day().log();
  std::vector<std::string> lines;
  const std::vector<Line> all = timeline(log, subject, [] {}).value();
  for (const Line& line : all) {
    lines.push_back(to_text_line(log.identity(), line).substr(11));
  }
  return lines;
}

TEST(Lines, Print) {
  for (const Subject& subject :
       {Subject{SubjectKind::Person, "p1", {}, 0}, Subject{SubjectKind::Person, "p3", {}, 0},
        Subject{SubjectKind::Person, "p6", {}, 0}, Subject{SubjectKind::Ticket, "line", {}, 2},
        Subject{SubjectKind::Slot, "north", "late", 0}, Subject{SubjectKind::Site, "north", {}, 0},
        Subject{SubjectKind::Operator, "ann", {}, 0}}) {
    printf("--- %s\n", to_text(subject).c_str());
    for (const auto& line : told(subject)) printf("%s\n", line.c_str());
  }
}

}  // namespace
}  // namespace jari::timeline
