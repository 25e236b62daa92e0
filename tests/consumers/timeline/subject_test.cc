#include "consumers/timeline/subject.h"

#include <gmock/gmock.h>

namespace jari::timeline {
namespace {

using Words = std::vector<std::string>;

std::string read_as(const std::string& kind, const Words& words) {
  const auto subject = parse_subject(kind, words);
  return subject ? to_text(*subject) : "wrong: " + subject.error().detail;
}

TEST(Subject, IsNamedByOneWordOrTwo) {
  EXPECT_EQ(read_as("person", {"p1"}), "person p1");
  EXPECT_EQ(read_as("ticket", {"line/17"}), "ticket 17 of line");
  EXPECT_EQ(read_as("ticket", {"line", "17"}), "ticket 17 of line");
  EXPECT_EQ(read_as("slot", {"north/early"}), "slot early of north");
  EXPECT_EQ(read_as("slot", {"north", "early"}), "slot early of north");
  EXPECT_EQ(read_as("site", {"north"}), "site north");
  EXPECT_EQ(read_as("operator", {"Ann O'Brien 자리"}), "operator Ann O'Brien 자리");
}

TEST(Subject, ThatCannotBeIsSaidInWords) {
  EXPECT_EQ(read_as("ticket", {"line"}), "wrong: a ticket is named QUEUE/NUMBER");
  EXPECT_EQ(read_as("ticket", {"line/0"}), "wrong: a ticket's number counts from 1, and is not 0");
  EXPECT_EQ(read_as("ticket", {"line/1x"}),
            "wrong: a ticket's number counts from 1, and is not 1x");
  EXPECT_EQ(read_as("ticket", {"line/-1"}),
            "wrong: a ticket's number counts from 1, and is not -1");
  EXPECT_EQ(read_as("slot", {"north"}), "wrong: a slot is named SITE/SLOT");
  EXPECT_EQ(read_as("slot", {"north/"}), "wrong: a slot is named SITE/SLOT");
  EXPECT_EQ(read_as("person", {"p 1"}), "wrong: an id has 1 to 64 of A-Z a-z 0-9 . _ : -");
  EXPECT_EQ(read_as("site", {"a", "b"}), "wrong: name one site");
  EXPECT_EQ(read_as("operator", {""}), "wrong: an operator has a name");
  EXPECT_EQ(read_as("queue", {"line"}),
            "wrong: neither a person, ticket, slot, site nor operator: queue");
}

}  // namespace
}  // namespace jari::timeline
