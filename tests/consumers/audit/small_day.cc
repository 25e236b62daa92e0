// A day of a small programme: five people, a line, holds, a withdrawal, an operator's bookings.

#include "tests/consumers/audit/audit_world.h"

namespace jari::audit {
namespace {

constexpr Instant kNow{1'626'087'600'000};

}  // namespace

Asked operator_with(std::string_view request) {
  Asked asked;
  asked.request = request;
  asked.role = Role::Operator;
  asked.by = "ann";
  asked.reason = "the plan";
  return asked;
}

Asked person_with(std::string_view person, std::string_view request) {
  Asked asked;
  asked.request = request;
  asked.role = Role::Person;
  asked.by = person;
  return asked;
}

SmallDay& whole_day() {
  static SmallDay day;
  return day;
}

SmallDay::SmallDay(const DayPlan& plan) : World(plan.process) {
  set_up(plan);
  line_up(plan);
  book(plan);
  pass(milliseconds{12'000});
}

void SmallDay::publish_programme(const DayPlan& plan) {
  ProgrammeConfigured programme;
  programme.programme = ProgrammeId{"flu"};
  programme.set = kEveryProgrammeField;
  programme.name = "Flu";
  programme.queue = QueueId{"line"};
  programme.cohorts = {{CohortId{"all"}, kNow, kNever}};
  ProductSettings product;
  product.product = ProductId{"vax"};
  programme.products = {product};
  programme.hold_seconds = 60;
  ask(home(kProgrammesTopic, "flu"), programme, operator_with("programme"));
  QueueConfigured queue;
  queue.queue = QueueId{"line"};
  queue.set = kEveryQueueField;
  queue.programme = ProgrammeId{"flu"};
  queue.opens_at = kNow + seconds{4};
  queue.rate_per_second = 2;
  queue.inside_max = 10;
  queue.session_seconds = 300;
  const std::string commitment = to_hex(Bytes(sha256(bytes_of(*from_hex(plan.seed)))));
  queue.prequeue = PrequeueSettings{kNow, kNow + seconds{2}, commitment, plan.beacon_name};
  ask(home(kQueueTopic, "line"), queue, operator_with("queue"));
}

void SmallDay::publish_slot(const char* slot, std::uint32_t capacity) {
  SlotPublished said;
  said.site = SiteId{"north"};
  said.slot = SlotId{slot};
  said.starts_at = kNow + std::chrono::hours{30};
  said.length_seconds = 600;
  said.capacity = capacity;
  said.starts_on = *parse_day("2021-07-13");
  said.zone = "UTC";
  ask(home(kInventoryTopic, "north"), said, operator_with(slot));
}

void SmallDay::set_up(const DayPlan& plan) {
  publish_programme(plan);
  SitePublished site;
  site.site = SiteId{"north"};
  site.name = "North";
  site.region = "n";
  site.zone = "UTC";
  ask(home(kInventoryTopic, "north"), site, operator_with("site"));
  publish_slot("early", 2);
  publish_slot("late", 3);
  ask(home(kInventoryTopic, "north"), StockChanged{SiteId{"north"}, ProductId{"vax"}, 4, false},
      operator_with("stock"));
  for (const char* who : {"p1", "p2", "p3", "p4", "p5", "p6"}) {
    EligibilityGranted eligible;
    eligible.person = PersonId{who};
    eligible.programme = ProgrammeId{"flu"};
    eligible.cohort = CohortId{"all"};
    ask(home(kBookingsTopic, who), eligible, operator_with(std::string("may-") + who));
  }
}

void SmallDay::line_up(const DayPlan& plan) {
  for (const char* who : plan.line) {
    ask(home(kQueueTopic, "line"), TicketRequested{QueueId{"line"}, PersonId{who}},
        person_with(who, std::string("ticket-") + who));
  }
  pass(milliseconds{2'400});
  ask(home(kQueueTopic, "line"), PrequeueDrawn{QueueId{"line"}, plan.seed, plan.beacon},
      operator_with("draw"));
  pass(milliseconds{6'000});
}

void SmallDay::book_slot(const char* who, const char* slot, const Asked& asked) {
  BookingRequested booking;
  booking.person = PersonId{who};
  booking.programme = ProgrammeId{"flu"};
  booking.site = SiteId{"north"};
  booking.slot = SlotId{slot};
  booking.product = ProductId{"vax"};
  ask(home(kBookingsTopic, who), booking, asked);
}

void SmallDay::book(const DayPlan& plan) {
  book_slot("p1", "early", person_with("p1", "book-1"));
  if (plan.has_second_booking) book_slot("p2", "early", person_with("p2", "book-2"));
  book_slot("p3", "early", person_with("p3", "book-3"));  // slot-full
  HoldRequested hold;
  hold.person = PersonId{"p3"};
  hold.programme = ProgrammeId{"flu"};
  hold.site = SiteId{"north"};
  hold.slot = SlotId{"late"};
  hold.product = ProductId{"vax"};
  ask(home(kBookingsTopic, "p3"), hold, person_with("p3", "hold-3"));
  BookingRequested held;
  held.person = PersonId{"p3"};
  const std::string id = made("hold-3");
  held.hold = HoldId{id};
  ask(home(kBookingsTopic, "p3"), held, person_with("p3", "book-held"));
  if (plan.has_operators_booking) book_slot("p6", "late", operator_with("call-centre"));
  book_slot("p4", "late", person_with("p4", "book-4"));  // out-of-stock
  ask(home(kInventoryTopic, "north"), SlotWithdrawn{SiteId{"north"}, SlotId{"late"}, true},
      operator_with("withdraw"));
  pass(milliseconds{1'000});
  const std::string first = made("book-1");
  ask({kBookingsTopic, parse_appointment(first)->partition()},
      CancelRequested{AppointmentId{first}, PersonId{"p1"}}, person_with("p1", "cancel-1"));
  book_slot("p6", "early", person_with("p6", "rebook-6"));  // by right
  if (!plan.has_second_cancelled) return;
  const std::string second = made("book-2");
  ask({kBookingsTopic, parse_appointment(second)->partition()},
      CancelRequested{AppointmentId{second}, PersonId{"p2"}}, person_with("p2", "cancel-2"));
}

}  // namespace jari::audit
