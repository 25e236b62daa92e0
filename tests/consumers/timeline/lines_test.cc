// The day of tests/consumers/audit/small_day.cc, as it is told of each kind of subject.

#include <gmock/gmock.h>

#include "consumers/timeline/timeline.h"
#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/tale.h"

namespace jari::timeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Without the date, which is one all day.
std::vector<std::string> told(const Subject& subject, Log& log = audit::whole_day().log()) {
  std::vector<std::string> lines;
  const std::vector<Line> all = timeline(log, subject, [] {}).value();
  for (const Line& line : all) {
    lines.push_back(to_text_line(log.identity(), line).substr(11));
  }
  return lines;
}

TEST(Lines, OfAPersonWhoBooksAndCancels) {
  EXPECT_THAT(
      told({SubjectKind::Person, "p1", {}, 0}),
      ElementsAre(
          "11:00:00.000Z  queue/1@4  ticket 1 of line, place 1, asked by p1 (request ticket-p1)",
          "11:00:00.000Z  bookings/0@3  p1 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p1): \"the plan\"",
          "11:00:04.000Z  bookings/0@11  p1 admitted by line: ticket 1, place 1, 300 s to act, "
          "until 2021-07-12T11:05:04.000Z, caused by queue/1@14",
          "11:00:08.400Z  bookings/0@21  booking of slot early at north, vax of flu for p1: "
          "appointment a0-21, dose 1, version 1, asked by p1 (request book-1)",
          "11:00:08.400Z  inventory/0@11  north asked for a place in slot early and a dose of "
          "vax for a0-21 of p1, caused by bookings/0@21",
          "11:00:08.400Z  bookings/0@22  north gives a0-21 a place in slot early at "
          "2021-07-13T17:00:00.000Z and a dose of vax, caused by inventory/0@11",
          "11:00:08.400Z  queue/1@29  session of ticket 1 of line of p1 over: all is booked "
          "that may be, caused by bookings/0@22",
          "11:00:08.400Z  sync/0@1  appointment a0-21 is booked: slot early at north, "
          "2021-07-13T17:00:00.000Z, vax, dose 1, version 1, caused by bookings/0@22",
          "11:00:09.400Z  bookings/0@35  cancellation of appointment a0-21: version 2, asked "
          "by p1 (request cancel-1)",
          "11:00:09.400Z  inventory/0@20  place of a0-21 in slot early given back to north, "
          "caused by bookings/0@35",
          "11:00:09.400Z  sync/0@3  appointment a0-21 is cancelled (by person): slot early at "
          "north, 2021-07-13T17:00:00.000Z, vax, dose 1, version 2, caused by bookings/0@35"));
}

TEST(Lines, OfAPersonWhoHoldsAndLosesIt) {
  EXPECT_THAT(
      told({SubjectKind::Person, "p3", {}, 0}),
      ElementsAre(
          "11:00:00.000Z  queue/1@6  ticket 3 of line, place 5, asked by p3 (request ticket-p3)",
          "11:00:00.000Z  bookings/0@5  p3 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p3): \"the plan\"",
          "11:00:06.000Z  bookings/0@19  p3 admitted by line: ticket 3, place 5, 300 s to act, "
          "until 2021-07-12T11:05:06.000Z, caused by queue/1@26",
          "11:00:08.400Z  bookings/0@25  booking of slot early at north, vax of flu for p3: "
          "refused, slot-full: The slot has no free place, asked by p3 (request book-3)",
          "11:00:08.400Z  inventory/0@13  north asked for a place in slot early and a dose of "
          "vax for a0-25 of p3, caused by bookings/0@25",
          "11:00:08.400Z  bookings/0@26  no place for a0-25: slot-full: The slot has no free "
          "place, caused by inventory/0@13",
          "11:00:08.400Z  bookings/0@27  hold of slot late at north, vax of flu, for p3: hold "
          "h0-27 until 2021-07-12T11:01:08.400Z, asked by p3 (request hold-3)",
          "11:00:08.400Z  inventory/0@14  north asked to hold a place in slot late and a dose "
          "of vax for p3 as h0-27, caused by bookings/0@27",
          "11:00:08.400Z  bookings/0@28  hold h0-27 begins, for 60 s, caused by inventory/0@14",
          "11:00:08.400Z  bookings/0@29  booking of hold h0-27 for p3: appointment a0-29, dose "
          "1, version 1, asked by p3 (request book-held)",
          "11:00:08.400Z  inventory/0@15  north asked to make appointment a0-29 of hold h0-27 "
          "of p3, caused by bookings/0@29",
          "11:00:08.400Z  bookings/0@30  north gives a0-29 a place in slot late at "
          "2021-07-13T17:00:00.000Z and a dose of vax, caused by inventory/0@15",
          "11:00:08.400Z  queue/1@31  session of ticket 3 of line of p3 over: all is booked "
          "that may be, caused by bookings/0@30",
          "11:00:08.400Z  sync/1@1  appointment a0-29 is booked: slot late at north, "
          "2021-07-13T17:00:00.000Z, vax, dose 1, version 1, caused by bookings/0@30",
          "11:00:08.400Z  bookings/0@33  appointment a0-29 of p3 lost: slot late of north was "
          "withdrawn, caused by inventory/0@18",
          "11:00:08.400Z  sync/1@3  appointment a0-29 is cancelled (by withdrawal): slot late "
          "at north, 2021-07-13T17:00:00.000Z, vax, dose 1, version 2, its slot is withdrawn, "
          "may be booked anew until 2021-07-19T11:00:08.400Z, caused by bookings/0@33"));
}

TEST(Lines, OfAPersonWhoIsBookedForAndBooksByRight) {
  EXPECT_THAT(
      told({SubjectKind::Person, "p6", {}, 0}),
      ElementsAre(
          "11:00:00.000Z  bookings/1@3  p6 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p6): \"the plan\"",
          "11:00:08.400Z  bookings/1@8  booking of slot late at north, vax of flu for p6: "
          "appointment a1-8, dose 1, version 1, asked by ann (request call-centre): \"the "
          "plan\"",
          "11:00:08.400Z  inventory/0@16  north asked for a place in slot late and a dose of "
          "vax for a1-8 of p6, caused by bookings/1@8",
          "11:00:08.400Z  bookings/1@9  north gives a1-8 a place in slot late at "
          "2021-07-13T17:00:00.000Z and a dose of vax, caused by inventory/0@16",
          "11:00:08.400Z  sync/1@2  appointment a1-8 is booked: slot late at north, "
          "2021-07-13T17:00:00.000Z, vax, dose 1, version 1, caused by bookings/1@9",
          "11:00:08.400Z  bookings/1@10  appointment a1-8 of p6 lost: slot late of north was "
          "withdrawn, caused by inventory/0@18",
          "11:00:08.400Z  sync/1@4  appointment a1-8 is cancelled (by withdrawal): slot late "
          "at north, 2021-07-13T17:00:00.000Z, vax, dose 1, version 2, its slot is withdrawn, "
          "may be booked anew until 2021-07-19T11:00:08.400Z, caused by bookings/1@10",
          "11:00:09.400Z  bookings/1@12  booking of slot early at north, vax of flu for p6: "
          "appointment a1-12, dose 1, version 1, by the right to rebook, asked by p6 (request "
          "rebook-6)",
          "11:00:09.400Z  inventory/0@21  north asked for a place in slot early and a dose of "
          "vax for a1-12 of p6, caused by bookings/1@12",
          "11:00:09.400Z  bookings/1@13  north gives a1-12 a place in slot early at "
          "2021-07-13T17:00:00.000Z and a dose of vax, caused by inventory/0@21",
          "11:00:09.400Z  sync/1@5  appointment a1-12 is booked: slot early at north, "
          "2021-07-13T17:00:00.000Z, vax, dose 1, version 1, caused by bookings/1@13"));
}

TEST(Lines, OfATicketThatWasDrawn) {
  EXPECT_THAT(
      told({SubjectKind::Ticket, "line", {}, 2}),
      ElementsAre(
          "11:00:00.000Z  queue/1@5  ticket 2 of line, place 4, asked by p2 (request ticket-p2)",
          "11:00:02.400Z  queue/1@13  the places of line drawn with seed "
          "7777777777777777777777777777777777777777777777777777777777777777: the ticket's place "
          "is 4, asked by ann (request draw): \"the plan\"",
          "11:00:05.400Z  bookings/0@17  p2 admitted by line: ticket 2, place 4, 300 s to act, "
          "until 2021-07-12T11:05:05.400Z, caused by queue/1@23",
          "11:00:08.400Z  queue/1@30  session of ticket 2 of line of p2 over: all is booked "
          "that may be, caused by bookings/0@24"));
}

TEST(Lines, OfASlotThatIsWithdrawn) {
  EXPECT_THAT(
      told({SubjectKind::Slot, "north", "late", 0}),
      ElementsAre(
          "11:00:00.000Z  inventory/0@5  slot late of north published: "
          "2021-07-13T17:00:00.000Z for 600 s, 3 places, version 1 [then slot late: 0 booked, "
          "0 held of 3], asked by ann (request late): \"the plan\"",
          "11:00:08.400Z  inventory/0@14  north asked to hold a place in slot late and a dose "
          "of vax for p3 as h0-27: granted [then slot late: 0 booked, 1 held of 3], caused by "
          "bookings/0@27",
          "11:00:08.400Z  inventory/0@15  north asked to make appointment a0-29 of hold h0-27 "
          "of p3: granted [then slot late: 1 booked, 0 held of 3], caused by bookings/0@29",
          "11:00:08.400Z  inventory/0@16  north asked for a place in slot late and a dose of "
          "vax for a1-8 of p6: granted [then slot late: 2 booked, 0 held of 3], caused by "
          "bookings/1@8",
          "11:00:08.400Z  inventory/0@17  north asked for a place in slot late and a dose of "
          "vax for a0-31 of p4: refused, out-of-stock: The site has no free dose of this "
          "product [then slot late: 2 booked, 0 held of 3], caused by bookings/0@31",
          "11:00:08.400Z  inventory/0@18  slot late of north withdrawn, who is booked loses "
          "the appointment, version 2 [then slot late: 0 booked, 0 held of 3], asked by ann "
          "(request withdraw): \"the plan\"",
          "11:00:08.400Z  bookings/0@33  appointment a0-29 of p3 lost: slot late of north was "
          "withdrawn, caused by inventory/0@18",
          "11:00:08.400Z  bookings/1@10  appointment a1-8 of p6 lost: slot late of north was "
          "withdrawn, caused by inventory/0@18"));
}

TEST(Lines, OfASite) {
  EXPECT_THAT(
      told({SubjectKind::Site, "north", {}, 0}),
      ElementsAre(
          "11:00:00.000Z  inventory/0@3  site north published: North, region n, zone UTC, "
          "version 1, asked by ann (request site): \"the plan\"",
          "11:00:00.000Z  inventory/0@4  slot early of north published: "
          "2021-07-13T17:00:00.000Z for 600 s, 2 places, version 1 [then slot early: 0 booked, "
          "0 held of 2], asked by ann (request early): \"the plan\"",
          "11:00:00.000Z  inventory/0@5  slot late of north published: "
          "2021-07-13T17:00:00.000Z for 600 s, 3 places, version 1 [then slot late: 0 booked, "
          "0 held of 3], asked by ann (request late): \"the plan\"",
          "11:00:00.000Z  inventory/0@6  4 doses of vax at north added [then vax: 0 taken of 4 "
          "doses], asked by ann (request stock): \"the plan\"",
          "11:00:08.400Z  inventory/0@11  north asked for a place in slot early and a dose of "
          "vax for a0-21 of p1: granted [then slot early: 1 booked, 0 held of 2; vax: 1 taken "
          "of 4 doses], caused by bookings/0@21",
          "11:00:08.400Z  inventory/0@12  north asked for a place in slot early and a dose of "
          "vax for a0-23 of p2: granted [then slot early: 2 booked, 0 held of 2; vax: 2 taken "
          "of 4 doses], caused by bookings/0@23",
          "11:00:08.400Z  inventory/0@13  north asked for a place in slot early and a dose of "
          "vax for a0-25 of p3: refused, slot-full: The slot has no free place [then slot "
          "early: 2 booked, 0 held of 2; vax: 2 taken of 4 doses], caused by bookings/0@25",
          "11:00:08.400Z  inventory/0@14  north asked to hold a place in slot late and a dose "
          "of vax for p3 as h0-27: granted [then slot late: 0 booked, 1 held of 3; vax: 3 "
          "taken of 4 doses], caused by bookings/0@27",
          "11:00:08.400Z  inventory/0@15  north asked to make appointment a0-29 of hold h0-27 "
          "of p3: granted [then slot late: 1 booked, 0 held of 3; vax: 3 taken of 4 doses], "
          "caused by bookings/0@29",
          "11:00:08.400Z  inventory/0@16  north asked for a place in slot late and a dose of "
          "vax for a1-8 of p6: granted [then slot late: 2 booked, 0 held of 3; vax: 4 taken of "
          "4 doses], caused by bookings/1@8",
          "11:00:08.400Z  inventory/0@17  north asked for a place in slot late and a dose of "
          "vax for a0-31 of p4: refused, out-of-stock: The site has no free dose of this "
          "product [then slot late: 2 booked, 0 held of 3; vax: 4 taken of 4 doses], caused by "
          "bookings/0@31",
          "11:00:08.400Z  inventory/0@18  slot late of north withdrawn, who is booked loses "
          "the appointment, version 2 [then slot late: 0 booked, 0 held of 3; vax: 2 taken of "
          "4 doses], asked by ann (request withdraw): \"the plan\"",
          "11:00:08.400Z  bookings/0@33  appointment a0-29 of p3 lost: slot late of north was "
          "withdrawn, caused by inventory/0@18",
          "11:00:08.400Z  bookings/1@10  appointment a1-8 of p6 lost: slot late of north was "
          "withdrawn, caused by inventory/0@18",
          "11:00:09.400Z  inventory/0@20  place of a0-21 in slot early given back to north "
          "[then slot early: 1 booked, 0 held of 2; vax: 1 taken of 4 doses], caused by "
          "bookings/0@35",
          "11:00:09.400Z  inventory/0@21  north asked for a place in slot early and a dose of "
          "vax for a1-12 of p6: granted [then slot early: 2 booked, 0 held of 2; vax: 2 taken "
          "of 4 doses], caused by bookings/1@12"));
}

TEST(Lines, OfAnOperator) {
  EXPECT_THAT(
      told({SubjectKind::Operator, "ann", {}, 0}),
      ElementsAre(
          "11:00:00.000Z  queue/1@3  settings of queue line, programme flu, opens "
          "2021-07-12T11:00:04.000Z, closes at no time, 2 a second, at most 10 inside, "
          "sessions of 300 s, pre-queue from 2021-07-12T11:00:00.000Z to "
          "2021-07-12T11:00:02.000Z, no message, not paused, who is over may join again, "
          "version 1, asked by ann (request queue): \"the plan\"",
          "11:00:00.000Z  bookings/0@3  p1 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p1): \"the plan\"",
          "11:00:00.000Z  bookings/0@4  p2 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p2): \"the plan\"",
          "11:00:00.000Z  bookings/0@5  p3 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p3): \"the plan\"",
          "11:00:00.000Z  bookings/0@6  p4 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p4): \"the plan\"",
          "11:00:00.000Z  bookings/0@7  p5 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p5): \"the plan\"",
          "11:00:00.000Z  bookings/1@3  p6 may book in flu: cohort all, 0 doses before, asked "
          "by ann (request may-p6): \"the plan\"",
          "11:00:00.000Z  inventory/0@3  site north published: North, region n, zone UTC, "
          "version 1, asked by ann (request site): \"the plan\"",
          "11:00:00.000Z  inventory/0@4  slot early of north published: "
          "2021-07-13T17:00:00.000Z for 600 s, 2 places, version 1, asked by ann (request "
          "early): \"the plan\"",
          "11:00:00.000Z  inventory/0@5  slot late of north published: "
          "2021-07-13T17:00:00.000Z for 600 s, 3 places, version 1, asked by ann (request "
          "late): \"the plan\"",
          "11:00:00.000Z  inventory/0@6  4 doses of vax at north added, asked by ann (request "
          "stock): \"the plan\"",
          "11:00:00.000Z  programmes/0@2  settings of programme flu, named Flu, queue line, "
          "cohort all from 2021-07-12T11:00:00.000Z to never, product vax, at most 1 at a "
          "time, holds of 60 s, rights to rebook of 604800 s, version 1, asked by ann (request "
          "programme): \"the plan\"",
          "11:00:02.400Z  queue/1@13  the places of line drawn with seed "
          "7777777777777777777777777777777777777777777777777777777777777777, asked by ann "
          "(request draw): \"the plan\"",
          "11:00:08.400Z  bookings/1@8  booking of slot late at north, vax of flu for p6: "
          "appointment a1-8, dose 1, version 1, asked by ann (request call-centre): \"the "
          "plan\"",
          "11:00:08.400Z  inventory/0@18  slot late of north withdrawn, who is booked loses "
          "the appointment, version 2, asked by ann (request withdraw): \"the plan\""));
}

TEST(Lines, AsJson) {
  Log& log = audit::whole_day().log();
  const std::vector<Line> all =
      timeline(log, {SubjectKind::Slot, "north", "late", 0}, [] {}).value();
  ASSERT_GT(all.size(), 4U);
  EXPECT_EQ(
      to_json_line(log.identity(), all[0]),
      R"({"time":"2021-07-12T11:00:00.000Z","topic":"inventory","partition":0,"offset":5,)"
      R"("type":"SlotPublished","request":"late","by":"ann","reason":"the plan",)"
      R"("words":"slot late of north published: 2021-07-13T17:00:00.000Z for 600 s, 3 places, )"
      R"(version 1","outcome":{"topic":"outcomes","partition":0,"offset":3,"decision":"granted"},)"
      R"("after":{"slots":[{"slot":"late","booked":0,"held":0,"capacity":3}],"stock":[]}})");
  EXPECT_EQ(to_json_line(log.identity(), all[4]),
            R"({"time":"2021-07-12T11:00:08.400Z","topic":"inventory","partition":0,"offset":17,)"
            R"("type":"Reserve","cause":{"topic":"bookings","partition":0,"offset":31},)"
            R"("words":"north asked for a place in slot late and a dose of vax for a0-31 of p4: )"
            R"(refused, out-of-stock: The site has no free dose of this product",)"
            R"("answer":{"topic":"bookings","partition":0,"offset":32},)"
            R"("after":{"slots":[{"slot":"late","booked":2,"held":0,"capacity":3}],"stock":[]}})");
}

/// Somebody's booking of the slot that was withdrawn, once it is open again.
BookingRequested booking_for(std::string_view person) {
  BookingRequested booking;
  booking.person = PersonId{person};
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"north"};
  booking.slot = SlotId{"late"};
  booking.product = ProductId{"vax"};
  return booking;
}

void open_again(audit::SmallDay& day) {
  SlotPublished slot;
  slot.site = SiteId{"north"};
  slot.slot = SlotId{"late"};
  slot.starts_at = Instant{1'626'087'600'000} + std::chrono::hours{30};
  slot.length_seconds = 600;
  slot.capacity = 3;
  slot.starts_on = *parse_day("2021-07-13");
  slot.zone = "UTC";
  day.ask(day.home(kInventoryTopic, "north"), slot, audit::operator_with("again"));
}

// A key belongs to whoever asks: p4's own was refused, the operator's was granted, and p4's asked
// again was answered as before, of which the log says nothing.
TEST(Lines, TellTwoThatUseOneKeyApart) {
  audit::SmallDay day;
  open_again(day);
  const PartitionRef home = day.home(kBookingsTopic, "p4");
  day.ask(home, booking_for("p4"), audit::operator_with("book-4"));
  day.ask(home, booking_for("p4"), audit::person_with("p4", "book-4"));
  const auto of_key = [&](const Subject& subject) {
    std::vector<std::string> lines;
    for (const std::string& line : told(subject, day.log())) {
      const bool is_its = line.find("(request book-4)") != std::string::npos;
      if (is_its) lines.push_back(line.substr(line.find("booking of")));
    }
    return lines;
  };
  const std::string anns =
      "booking of slot late at north, vax of flu for p4: appointment a0-45, dose 1, version 1, "
      "asked by ann (request book-4): \"the plan\"";
  EXPECT_THAT(of_key({SubjectKind::Person, "p4", {}, 0}),
              ElementsAre("booking of slot late at north, vax of flu for p4: refused, "
                          "out-of-stock: The site has no free dose of this product, asked by p4 "
                          "(request book-4)",
                          anns,
                          "booking of slot late at north, vax of flu for p4: asked again, and "
                          "answered as before, asked by p4 (request book-4)"));
  EXPECT_THAT(of_key({SubjectKind::Operator, "ann", {}, 0}), ElementsAre(anns));
}

// The draw tells each place, also of who waits: nobody was admitted yet.
TEST(Lines, TellTheDrawnPlaceOfWhoStillWaits) {
  const std::vector<std::string> admitted =
      told({SubjectKind::Ticket, "line", {}, 2}, audit::whole_day().log());
  audit::Tale tale(audit::whole_day().log());
  for (std::uint64_t place = 1; place <= 5; ++place) {
    audit::Tale::silence(tale.find<Admitted>(
        [&](const Admitted& one, const Envelope&) { return one.place == place; }));
  }
  const auto log = tale.log();
  const std::vector<std::string> waiting = told({SubjectKind::Ticket, "line", {}, 2}, *log);
  ASSERT_GE(waiting.size(), 2U);
  EXPECT_EQ(waiting[0], admitted[0]);
  EXPECT_THAT(waiting[0], HasSubstr("ticket 2 of line, place 4,"));
  EXPECT_THAT(waiting[1], HasSubstr("the ticket's place is 4"));
}

}  // namespace
}  // namespace jari::timeline
