// What one record of bookings may cause at once: an appointment, and what waited for it.

#include "consumers/audit/audit.h"
#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/stories.h"

namespace jari::audit {
namespace {

const PersonId kWho{"p5"};  // was admitted, and has not booked yet

BookingRequested booking_of(const char* slot) {
  BookingRequested booking;
  booking.person = kWho;
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"south"};
  booking.slot = SlotId{slot};
  booking.product = ProductId{"vax"};
  return booking;
}

/// A site with a place today and one in some weeks, and a programme of two doses.
void publish_south(SmallDay& day) {
  const PartitionRef home = day.home(kInventoryTopic, "south");
  SitePublished site;
  site.site = SiteId{"south"};
  site.name = "South";
  site.region = "s";
  site.zone = "UTC";
  day.ask(home, site, operator_with("south"));
  for (const int days : {1, 30}) {
    SlotPublished slot;
    slot.site = site.site;
    slot.slot = SlotId{days == 1 ? "first" : "second"};
    slot.starts_at = Instant{1'626'087'600'000} + std::chrono::hours{24 * days + 6};
    slot.length_seconds = 600;
    slot.capacity = 1;
    slot.starts_on = *parse_day(days == 1 ? "2021-07-13" : "2021-08-11");
    slot.zone = "UTC";
    day.ask(home, slot, operator_with(slot.slot.text));
  }
  day.ask(home, StockChanged{site.site, ProductId{"vax"}, 2, false}, operator_with("south-stock"));
  ProgrammeConfigured programme;
  programme.programme = ProgrammeId{"flu"};
  programme.set = static_cast<std::uint32_t>(ProgrammeField::Products) |
                  static_cast<std::uint32_t>(ProgrammeField::ActiveMax);
  ProductSettings product;
  product.product = ProductId{"vax"};
  product.doses = 2;
  programme.products = {product};
  programme.active_appointments_max = 2;
  day.ask(day.home(kProgrammesTopic, "flu"), programme, operator_with("two-doses"));
}

/// Requests that change nothing, until the next one's appointment has its document there.
void fill_up_to(SmallDay& day, PartitionNo partition) {
  const PartitionRef where = day.home(kBookingsTopic, kWho.text);
  const auto next = [&] {
    return "a" + std::to_string(where.partition) + "-" + std::to_string(day.log().end(where));
  };
  for (int i = 0; day.home(kSyncTopic, next()).partition != partition; ++i) {
    ASSERT_LT(i, 100);
    EligibilityGranted again;
    again.person = kWho;
    again.programme = ProgrammeId{"flu"};
    again.cohort = CohortId{"all"};
    day.ask(where, again, operator_with("fill-" + next()));
  }
}

// The second booking uses the session up; that the first is cancelled in the same moment, as it
// waited for the second to be decided, comes after it. The document of either may be read first.
TEST(AuditOfOneRecord, ABookingComesBeforeWhatWaitedForIt) {
  for (const PartitionNo first : {PartitionNo{0}, PartitionNo{1}}) {
    SmallDay day;
    publish_south(day);
    const PartitionRef home = day.home(kBookingsTopic, kWho.text);
    fill_up_to(day, first);
    day.ask(home, booking_of("first"), person_with(kWho.text, "one"));
    ASSERT_NE(day.made("one"), "") << day.code("one");
    fill_up_to(day, 1 - first);
    const std::string one = day.made("one");
    day.ask_both(home, booking_of("second"), person_with(kWho.text, "two"),
                 CancelRequested{AppointmentId{one}, kWho}, person_with(kWho.text, "cancel-one"));
    ASSERT_NE(day.made("two"), "") << day.code("two");
    ASSERT_NE(day.home(kSyncTopic, one), day.home(kSyncTopic, day.made("two")));
    day.pass(milliseconds{12'000});
    const Report report = audit(records_of(day.log())).value();
    EXPECT_TRUE(report.is_good()) << lines_of(report);
    keep_story("ABookingAndWhatWaitedForIt" + std::to_string(first), exported(day.log()), report);
  }
}

}  // namespace
}  // namespace jari::audit
