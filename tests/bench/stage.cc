#include "tests/bench/stage.h"

#include <chrono>
#include <thread>

#include "tests/bench/draws.h"

namespace jari::bench {
namespace {

constexpr std::size_t kTogether = 4096;  // requests of the preparation, unanswered at once
constexpr milliseconds kADay{86'400'000};
constexpr std::int32_t kDaysAhead = 30;
constexpr std::string_view kCohort = "everybody";
constexpr std::string_view kZone = "UTC";
constexpr std::string_view kOperator = "bench";
constexpr std::uint32_t kCapacity = 1'000'000;
constexpr std::int64_t kDoses = 10'000'000;
constexpr std::uint32_t kRate = 1'000'000;
constexpr std::uint32_t kInsideMax = 100'000'000;
constexpr std::uint32_t kSessionSeconds = 86'400;
constexpr std::uint32_t kHoldSeconds = 600;

std::string site_text(std::size_t site) {
  return "site-" + std::to_string(site);
}

}  // namespace

std::string person_text(std::size_t person) {
  std::string text = "p";
  for (std::uint64_t left = mixed(person); left != 0; left >>= 4) {
    text.push_back("0123456789abcdef"[left & 15]);
  }
  return text;
}
std::string programme_text(std::size_t person) {
  return "programme-" + std::to_string(person % kProgrammes);
}
std::string line_text(std::size_t person) {
  return "line-" + std::to_string(person % kProgrammes);
}
std::string site_of_slot(std::size_t slot) {
  return site_text(slot / kSlotsOfASite);
}
std::string slot_text(std::size_t slot) {
  return "slot-" + std::to_string(slot);
}

Stage::Stage(BenchWorld& world, ClosedLoop& loop)
    : world_(world), loop_(loop), begins_(world.engine().identity().begins) {}

template <class Body>
void Stage::fill(Ask& ask, TopicNo topic, std::string_view key, const Body& body) const {
  thread_local Encoder encoder;
  ask.where = world_.view().home_of(topic, key);
  ask.type = kTypeOf<Body>;
  ask.body = text_of(encoder.encode(body));
}

template <class Body>
void Stage::fill_operators(Ask& ask, TopicNo topic, std::string_view key, const Body& body) const {
  ask.role = Role::Operator;
  ask.by = kOperator;
  fill(ask, topic, key, body);
}

void Stage::publish() {
  publish_programmes();
  publish_lines();
  publish_sites();
  publish_slots();
}

void Stage::publish_programmes() {
  loop_.run(kProgrammes, {1}, [&](std::size_t number, Ask& ask) {
    const std::string name = programme_text(number);
    const std::string line = line_text(number);
    ProgrammeConfigured programme;
    programme.programme = ProgrammeId{name};
    programme.set = kEveryProgrammeField;
    programme.name = name;
    programme.queue = QueueId{line};
    programme.cohorts = {{CohortId{kCohort}, begins_ - kADay, begins_ + kADay}};
    programme.products = {{ProductId{kProduct}, 1, 0, kNoLatestDay, {}}};
    programme.hold_seconds = kHoldSeconds;
    fill_operators(ask, kProgrammesTopic, name, programme);
  });
}

/// One for each programme, and one that names a programme which is not there: it admits nobody.
void Stage::publish_lines() {
  loop_.run(kProgrammes + 1, {1}, [&](std::size_t number, Ask& ask) {
    const bool is_of_tickets = number == kProgrammes;
    const std::string name = is_of_tickets ? std::string{kTicketLine} : line_text(number);
    const std::string programme = is_of_tickets ? "none" : programme_text(number);
    QueueConfigured line;
    line.queue = QueueId{name};
    line.set = kEveryQueueField;
    line.programme = ProgrammeId{programme};
    line.opens_at = begins_ - kADay;
    line.closes_at = begins_ + kADay;
    line.rate_per_second = kRate;
    line.inside_max = kInsideMax;
    line.session_seconds = kSessionSeconds;
    fill_operators(ask, kQueueTopic, name, line);
  });
}

void Stage::publish_sites() {
  loop_.run(kSites, {kTogether}, [&](std::size_t number, Ask& ask) {
    const std::string name = site_text(number);
    SitePublished site;
    site.site = SiteId{name};
    site.name = name;
    site.region = "region";
    site.zone = kZone;
    fill_operators(ask, kInventoryTopic, name, site);
  });
  loop_.run(kSites, {kTogether}, [&](std::size_t number, Ask& ask) {
    const std::string site = site_text(number);
    fill_operators(ask, kInventoryTopic, site,
                   StockChanged{SiteId{site}, ProductId{kProduct}, kDoses, false});
  });
}

void Stage::publish_slots() {
  loop_.run(kSlots + 1, {kTogether}, [&](std::size_t number, Ask& ask) {
    const std::string site = site_of_slot(number);
    const std::string name = slot_text(number);
    SlotPublished slot;
    slot.site = SiteId{site};
    slot.slot = SlotId{name};
    slot.starts_on = {static_cast<std::int32_t>(begins_.ms / kADay.count()) + kDaysAhead};
    slot.starts_at = {slot.starts_on.count * kADay.count()};
    slot.length_seconds = 600;
    slot.capacity = kCapacity;
    slot.zone = kZone;
    fill_operators(ask, kInventoryTopic, site, slot);
  });
}

void Stage::admit(std::size_t first, std::size_t count) {
  make_eligible(first, count);
  let_in(first, count);
}

void Stage::make_eligible(std::size_t first, std::size_t count) {
  loop_.run(count, {kTogether}, [&](std::size_t number, Ask& ask) {
    const std::string person = person_text(first + number);
    const std::string programme = programme_text(first + number);
    EligibilityGranted grant;
    grant.person = PersonId{person};
    grant.programme = ProgrammeId{programme};
    grant.cohort = CohortId{kCohort};
    fill_operators(ask, kBookingsTopic, person, grant);
  });
}

void Stage::let_in(std::size_t first, std::size_t count) {
  loop_.run(count, {kTogether}, [&](std::size_t number, Ask& ask) {
    ask_ticket(ask, first + number, line_text(first + number));
  });
  wait_for_admission();
}

void Stage::wait_for_admission() {
  const auto waiting = [&](Turn& turn) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kProgrammes; ++i) {
      const std::string line = line_text(i);
      const PartitionRef where = world_.view().home_of(kQueueTopic, line);
      sum += world_.view().queue_at(where).view(QueueId{line}, turn.time(where))->waiting;
    }
    return sum;
  };
  while (world_.ask(waiting) > 0) std::this_thread::sleep_for(milliseconds{20});
}

void Stage::ask_ticket(Ask& ask, std::size_t person, std::string_view line) const {
  ask.by = person_text(person);
  fill(ask, kQueueTopic, line, TicketRequested{QueueId{line}, PersonId{ask.by}});
}

void Stage::ask_booking(Ask& ask, std::size_t person, std::size_t slot) const {
  const std::string programme = programme_text(person);
  const std::string site = site_of_slot(slot);
  const std::string slot_name = slot_text(slot);
  ask.by = person_text(person);
  BookingRequested booking;
  booking.person = PersonId{ask.by};
  booking.programme = ProgrammeId{programme};
  booking.site = SiteId{site};
  booking.slot = SlotId{slot_name};
  booking.product = ProductId{kProduct};
  fill(ask, kBookingsTopic, ask.by, booking);
}

void Stage::ask_hold(Ask& ask, std::size_t person, std::size_t slot) const {
  const std::string programme = programme_text(person);
  const std::string site = site_of_slot(slot);
  const std::string slot_name = slot_text(slot);
  ask.by = person_text(person);
  HoldRequested hold;
  hold.person = PersonId{ask.by};
  hold.programme = ProgrammeId{programme};
  hold.site = SiteId{site};
  hold.slot = SlotId{slot_name};
  hold.product = ProductId{kProduct};
  fill(ask, kBookingsTopic, ask.by, hold);
}

void Stage::ask_cancel(Ask& ask, std::size_t person, const std::string& appointment) const {
  ask.by = person_text(person);
  const CancelRequested cancel{AppointmentId{appointment}, PersonId{ask.by}};
  fill(ask, kBookingsTopic, ask.by, cancel);
  ask.where = {kBookingsTopic, parse_appointment(appointment)->partition()};
}

std::vector<std::string> Stage::appointments_of(const std::vector<std::size_t>& people) {
  return world_.ask([&](Turn&) {
    std::vector<std::string> texts;
    for (const std::size_t person : people) {
      const std::string name = person_text(person);
      const PartitionRef home = world_.view().home_of(kBookingsTopic, name);
      world_.view().bookings_at(home).view().appointments_of(PersonId{name}, [&](const auto& one) {
        texts.emplace_back(one.appointment.text);
        return false;
      });
    }
    CHECK(texts.size() == people.size());
    return texts;
  });
}

std::size_t Stage::booked() {
  return world_.ask([&](Turn&) {
    std::size_t sum = 0;
    for (std::size_t number = 0; number < kSites; ++number) {
      const std::string site = site_text(number);
      const auto view = world_.view().site_at(world_.view().home_of(kInventoryTopic, site)).view();
      for (const auto& slot : view.slots(SiteId{site}, {{}, kNever}, {}, kSlotsOfASite)) {
        sum += slot.places.booked;
      }
    }
    return sum;
  });
}

std::size_t Stage::tickets(std::string_view line) {
  return world_.ask([&](Turn& turn) {
    const PartitionRef where = world_.view().home_of(kQueueTopic, line);
    return world_.view().queue_at(where).view(QueueId{line}, turn.time(where))->last_ticket;
  });
}

}  // namespace jari::bench
