#include "tests/consumers/together/words.h"

#include <cstdlib>
#include <iostream>

namespace jari::together {
namespace {

constexpr std::string_view kZone = "Asia/Seoul";
constexpr std::int64_t kZoneMs = 9 * 3'600'000;

}  // namespace

int day_of(std::int64_t ms) {
  return static_cast<int>((ms + kZoneMs) / kDayMs);
}

std::uint64_t seed_or(std::uint64_t seed) {
  if (const char* wanted = std::getenv("JARI_SEED"); wanted != nullptr) {
    seed = std::strtoull(wanted, nullptr, 10);
  }
  std::cout << "seed " << seed << " (JARI_SEED=" << seed << " tells it again)\n";
  return seed;
}

std::map<std::string, Programme> two_programmes() {
  const std::int64_t begin = support::kStoryBegins.ms;
  Programme flu;
  flu.queue = "main";
  flu.windows = {{"old", {{begin - kDayMs, begin + 1000 * kDayMs}}}};
  flu.products = {{"a", {2, 0, -1, {"b"}}}, {"b", {2, 0, -1, {"a"}}}};
  flu.most = 2;
  flu.hold_ms = 40'000;
  flu.rebook_ms = 7 * kDayMs;
  Programme walk = flu;
  walk.queue.clear();
  return {{"flu", flu}, {"walk", walk}};
}

void Words::book(const Ask& ask) const {
  town.request(BookingRequested{PersonId{ask.person}, ProgrammeId{ask.programme}, SiteId{ask.site},
                                SlotId{ask.slot}, ProductId{ask.product}, HoldId{}, ask.overrides},
               by);
}

void Words::hold(const Ask& ask) const {
  HoldRequested said;
  said.person = PersonId{ask.person};
  said.programme = ProgrammeId{ask.programme};
  said.site = SiteId{ask.site};
  said.slot = SlotId{ask.slot};
  said.product = ProductId{ask.product};
  town.request(said, by);
}

void Words::confirm(const std::string& person, Id hold) const {
  const std::string id = hold_text(MadeId{hold});
  town.request(BookingRequested{PersonId{person}, {}, {}, {}, {}, HoldId{id}, 0}, by);
}

void Words::release(const std::string& person, Id hold) const {
  const std::string id = hold_text(MadeId{hold});
  town.request(HoldReleaseRequested{HoldId{id}, PersonId{person}, {}}, by);
}

void Words::cancel(const std::string& person, Id appointment) const {
  const std::string id = appointment_text(MadeId{appointment});
  town.request(CancelRequested{AppointmentId{id}, PersonId{person}}, by);
}

void Words::move(const Ask& ask, Id appointment) const {
  const std::string id = appointment_text(MadeId{appointment});
  town.request(RescheduleRequested{AppointmentId{id}, PersonId{ask.person}, SiteId{ask.site},
                                   SlotId{ask.slot}, ProductId{ask.product}, ask.overrides},
               by);
}

void Words::attend(Id appointment, bool attended) const {
  const std::string id = appointment_text(MadeId{appointment});
  town.request(AttendanceRecorded{AppointmentId{id}, attended}, by);
}

void Words::grant(const Contract::Whose& whose, const Standing& standing) const {
  town.request(
      EligibilityGranted{PersonId{whose.first}, ProgrammeId{whose.second},
                         CohortId{standing.cohort}, static_cast<std::uint8_t>(standing.done),
                         Day{standing.last_day}, ProductId{standing.last_product}},
      by);
}

void Words::revoke(const Contract::Whose& whose) const {
  town.request(EligibilityRevoked{PersonId{whose.first}, ProgrammeId{whose.second}}, by);
}

void Words::publish(const std::string& site) const {
  SitePublished said;
  said.site = SiteId{site};
  said.name = "A clinic";
  said.region = "north";
  said.zone = kZone;
  town.request(said, by);
}

void Words::publish(const Contract::Whose& where, const Slot& slot) const {
  town.request(
      SlotPublished{SiteId{where.first}, SlotId{where.second}, Instant{slot.starts_at}, 600,
                    static_cast<std::uint32_t>(slot.capacity), Day{slot.day}, kZone, 0},
      by);
}

void Words::withdraw(const Contract::Whose& where, bool cancels) const {
  town.request(SlotWithdrawn{SiteId{where.first}, SlotId{where.second}, cancels}, by);
}

void Words::change_stock(const Contract::Whose& product, std::int64_t doses, bool is_lost) const {
  town.request(StockChanged{SiteId{product.first}, ProductId{product.second}, doses, is_lost}, by);
}

void configure(Town& town, const std::string& name, const Programme& programme) {
  ProgrammeConfigured said;
  said.programme = ProgrammeId{name};
  said.set = kEveryProgrammeField;
  said.version = 1;
  said.queue = QueueId{programme.queue};
  for (const auto& [cohort, windows] : programme.windows) {
    for (const auto& [opens, closes] : windows) {
      said.cohorts.push_back({CohortId{cohort}, Instant{opens}, Instant{closes}});
    }
  }
  for (const auto& [product, rules] : programme.products) {
    ProductSettings& settings = said.products.emplace_back();
    settings.product = ProductId{product};
    settings.doses = static_cast<std::uint8_t>(rules.doses);
    settings.interval_days_min = rules.days_min;
    settings.interval_days_max = rules.days_max;
    for (const std::string& one : rules.follows) settings.follows.emplace_back(one);
  }
  said.active_appointments_max = static_cast<std::uint32_t>(programme.most);
  said.hold_seconds = static_cast<std::uint32_t>(programme.hold_ms / 1000);
  said.rebook_seconds = static_cast<std::uint32_t>(programme.rebook_ms / 1000);
  town.tell_all(said);
}

void admit(Town& town, const std::string& person, std::uint64_t ticket, std::uint32_t length) {
  town.tell(person,
            Admitted{PersonId{person}, QueueId{"main"}, ticket, ticket, town.time().now, length});
}

}  // namespace jari::together
