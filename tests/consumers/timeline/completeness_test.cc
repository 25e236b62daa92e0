// Every record of a day stands in the timelines that it belongs to, and in no others.

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "consumers/timeline/named.h"
#include "consumers/timeline/reading.h"
#include "consumers/timeline/timeline.h"
#include "tests/consumers/audit/audit_world.h"

namespace jari::timeline {
namespace {

const std::vector<std::string> kPeople{"p1", "p2", "p3", "p4", "p5", "p6"};

std::vector<Line> lines_of(const Subject& subject) {
  return timeline(audit::whole_day().log(), subject, [] {}).value();
}

/// Where its lines stand, and the outcomes that they tell.
std::set<At> told_by(const Subject& subject) {
  std::set<At> places;
  for (const Line& line : lines_of(subject)) {
    places.insert(line.at);
    if (line.decided_at) places.insert(*line.decided_at);
  }
  return places;
}

std::map<std::string, std::set<At>> told_of_people() {
  std::map<std::string, std::set<At>> told;
  for (const std::string& person : kPeople) {
    told[person] = told_by({SubjectKind::Person, person, {}, 0});
  }
  return told;
}

template <class Visit>
void for_each_record(Visit&& visit) {
  Reading reading(audit::whole_day().log(), [] {});
  ASSERT_TRUE(reading.each([&](const LogRecord&, const Seen& seen) { visit(seen); }).has_value());
}

/// The appointment that a record is about, if it names one.
std::string appointment_in(const Seen& seen) {
  if (seen.is_document()) {
    const std::string_view json = jari::text_of(seen.envelope.body);
    constexpr std::string_view kBefore = R"({"appointment":")";
    return std::string(
        json.substr(kBefore.size(), json.find('"', kBefore.size()) - kBefore.size()));
  }
  return std::string(named_in(seen.body).appointment);
}

TEST(Timeline, HasEachRequestOnceOfWhoAsked) {
  const auto of_people = told_of_people();
  const auto of_ann = told_by({SubjectKind::Operator, "ann", {}, 0});
  std::size_t requests = 0;
  for_each_record([&](const Seen& seen) {
    if (!seen.is_request()) return;
    ++requests;
    const Asked& asked = *seen.envelope.asked;
    const bool is_anns = asked.role == Role::Operator;
    EXPECT_EQ(of_ann.contains(seen.at), is_anns) << asked.request;
    const std::string_view named = named_in(seen.body).person;
    for (const auto& [person, told] : of_people) {
      const bool is_theirs = asked.by == person || named == person;
      EXPECT_EQ(told.contains(seen.at), is_theirs) << asked.request << " of " << person;
    }
  });
  EXPECT_GT(requests, 25U);
}

TEST(Timeline, OfAPersonHasWhateverNamesTheirAppointments) {
  const auto of_people = told_of_people();
  std::map<std::string, std::string> whose;
  for_each_record([&](const Seen& seen) {
    const auto* booking = seen.as<BookingRequested>();
    if (booking == nullptr) return;
    whose[appointment_text(make_id(seen.at.where.partition, seen.at.offset))] =
        booking->person.text;
  });
  std::size_t records = 0;
  for_each_record([&](const Seen& seen) {
    const std::string appointment = appointment_in(seen);
    if (appointment.empty()) return;
    ++records;
    ASSERT_TRUE(whose.contains(appointment)) << appointment;
    for (const auto& [person, told] : of_people) {
      EXPECT_EQ(told.contains(seen.at), whose[appointment] == person)
          << seen.at.where.topic << '/' << seen.at.where.partition << '@' << seen.at.offset;
    }
  });
  EXPECT_GT(records, 30U);
}

TEST(Timeline, OfASiteHasAllThatStandsInItsPartitionAndNamesIt) {
  const auto told = told_by({SubjectKind::Site, "north", {}, 0});
  for_each_record([&](const Seen& seen) {
    const bool is_at_site = seen.at.where.topic == kInventoryTopic;
    if (is_at_site && named_in(seen.body).site == "north") {
      EXPECT_TRUE(told.contains(seen.at)) << seen.at.offset;
    }
  });
}

TEST(Timeline, TellsACauseBeforeWhatItCaused) {
  for (const std::string& person : kPeople) {
    std::set<At> told;
    const auto lines = lines_of({SubjectKind::Person, person, {}, 0});
    std::set<At> all;
    for (const Line& line : lines) all.insert(line.at);
    for (const Line& line : lines) {
      EXPECT_TRUE(!line.cause || !all.contains(*line.cause) || told.contains(*line.cause));
      told.insert(line.at);
    }
  }
}

TEST(Timeline, OfWhoIsNotInTheLogIsEmpty) {
  EXPECT_TRUE(lines_of({SubjectKind::Person, "p7", {}, 0}).empty());
  EXPECT_TRUE(lines_of({SubjectKind::Ticket, "line", {}, 6}).empty());
  EXPECT_TRUE(lines_of({SubjectKind::Ticket, "other", {}, 1}).empty());
  EXPECT_TRUE(lines_of({SubjectKind::Slot, "north", "noon", 0}).empty());
  EXPECT_TRUE(lines_of({SubjectKind::Site, "south", {}, 0}).empty());
  EXPECT_TRUE(lines_of({SubjectKind::Operator, "bob", {}, 0}).empty());
}

}  // namespace
}  // namespace jari::timeline
