#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/stories.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

/// A line of an export with another `time`.
std::string dated(const std::string& line, std::string_view time) {
  const std::size_t at = line.find("\"time\":\"") + 8;
  return line.substr(0, at) + std::string(time) + line.substr(line.find('"', at));
}

std::string time_in(const std::string& line) {
  const std::size_t at = line.find("\"time\":\"") + 8;
  return line.substr(at, line.find('"', at) - at);
}

Texts lines_in(const std::string& text) {
  Texts lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string text_of_lines(const Texts& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The first thing that is read in a line, and both auditors passed over it.
TEST(AuditLineTimes, NamesTheLineWhoseTimeIsAnother) {
  const Texts good = lines_in(exported(whole_day().log()));
  for (std::size_t at = 0; at < good.size(); ++at) {
    const std::string said = time_in(good[at]);
    const Instant time = *parse_instant(said);
    for (const Instant other : {time - std::chrono::hours{1}, time + milliseconds{1}}) {
      Texts lines = good;
      lines[at] = dated(good[at], to_text(other));
      const auto report = audit_export(text_of_lines(lines));
      ASSERT_FALSE(report.has_value()) << lines[at];
      EXPECT_EQ(report.error().detail, "export.jsonl:" + std::to_string(at + 1) + ": time is " +
                                           to_text(other) + ", and by the ticks of the log it is " +
                                           said + ": the line was altered");
    }
  }
}

// Then it has the time of what is still to come, or what was told of it by then, and no other.
TEST(AuditLineTimes, JudgesTheTimeOfARowThatStandsBeforeItsCause) {
  Texts lines = lines_in(exported(whole_day().log()));
  const auto is_of_source = [](const std::string& line) {
    return line.find("\"topic\":\"sync\"") != 1 && line.find("\"topic\":\"outcomes\"") != 1;
  };
  const auto behind_genesis = std::find_if(lines.begin(), lines.end(), [](const auto& line) {
    return line.find("\"offset\":0,") == std::string::npos;
  });
  const auto sources = std::stable_partition(
      behind_genesis, lines.end(), [&](const std::string& line) { return !is_of_source(line); });
  ASSERT_NE(behind_genesis, sources);
  const auto report = audit_export(text_of_lines(lines));
  ASSERT_TRUE(report.has_value()) << report.error().detail;
  EXPECT_TRUE(report->is_good()) << lines_of(*report);
  *behind_genesis = dated(*behind_genesis, "2001-01-01T00:00:00.000Z");
  const auto number = std::to_string(behind_genesis - lines.begin() + 1);
  const auto late = audit_export(text_of_lines(lines));
  ASSERT_FALSE(late.has_value());
  EXPECT_THAT(late.error().detail, HasSubstr("export.jsonl:" + number + ": time is 2001-01-01"));
  lines.erase(sources, lines.end());
  const auto never = audit_export(text_of_lines(lines));
  ASSERT_FALSE(never.has_value());
  EXPECT_THAT(never.error().detail, HasSubstr("and by the ticks of the log it is not known"));
}

}  // namespace
}  // namespace jari::audit
