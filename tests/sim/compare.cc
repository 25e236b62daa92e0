// At rest the ledger, the state, the log and the sinks must say the same.

#include <algorithm>

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/model/topics.h"
#include "consumers/programmes/programmes.h"
#include "consumers/queue/queue.h"
#include "tests/sim/as_told.h"
#include "tests/sim/world.h"

namespace jari::sim {
namespace {

// By which partitions may differ in time: while nobody speaks for one its time stands still, and
// whoever does not hear themselves waits three seconds more before they take over.
constexpr milliseconds kSessionMargin{5'000};

}  // namespace

void World::compare_all() {
  trace_.note("at rest");
  service_->compare();
  service_->compare_at_rest();
  watch_.expect_all_delivered();
  company_.clients.check_outcomes();
  compare_people();
  compare_sites();
  compare_lines();
}

void World::compare_people() {
  std::size_t shown = 0;
  std::map<Ledger::Names2, std::size_t> active;
  DoseDays booked;
  for (std::size_t i = 0; i < plan_.people; ++i) {
    const std::string person = company_.workload.person(i);
    const PartitionRef where = scene_.home(kBookingsTopic, person);
    const auto view = consumer_of<appointments::Appointments>(where).view();
    view.appointments_of(PersonId{person}, [&](const Appointment& one) {
      ++shown;
      compare_appointment(one);
      if (one.state == AppointmentState::Booked && time_of(where).now < one.starts_at) {
        ++active[{person, std::string(one.programme.text)}];
        booked[{person, std::string(one.programme.text)}].push_back({one.dose, one.starts_on});
      }
      return true;
    });
    compare_standings(person, view.eligibility_of(PersonId{person}, time_of(where)));
  }
  trace_.expect(shown == ledger_.appointments.size(), "ledger",
                "there are " + std::to_string(shown) + " appointments, and " +
                    std::to_string(ledger_.appointments.size()) + " were answered");
  for (const auto& [whose, count] : active) {
    trace_.expect(count <= ledger_.programmes[whose.second].most, "ledger",
                  whose.first + " has more appointments than are ever allowed");
  }
  compare_doses(booked);
  compare_moves();
  for (PartitionNo no = 0; no < plan_.partitions; ++no) {
    const auto counts =
        consumer_of<appointments::Appointments>({kBookingsTopic, no}).view().counts();
    trace_.expect(counts.pending + counts.waiting == 0, "liveness",
                  "a request waits where all were answered");
  }
}

void World::compare_standings(const std::string& person,
                              const std::vector<appointments::EligibilityView>& shown) {
  const std::string wrong = wrong_standing(ledger_, person, shown, {});
  trace_.expect(wrong.empty(), "ledger", person + " " + wrong);
  for (const auto& one : shown) {
    const auto told = ledger_.standings.find({person, std::string(one.programme.text)});
    // Whoever came has a dose more than was granted.
    const bool is_as_granted =
        told == ledger_.standings.end() || (one.doses_done == told->second.doses_done &&
                                            one.last_dose_on == told->second.last_dose_on);
    trace_.expect(is_as_granted || ledger_.attended.contains(person), "ledger",
                  person + " has other doses than were granted");
  }
}

/// Days lie between doses, where settings, what was granted, and operators left it at that.
void World::compare_doses(const DoseDays& booked) {
  for (const auto& [whose, all] : booked) {
    const auto standing = ledger_.standings.find(whose);
    const Ledger::Programme& programme = ledger_.programmes[whose.second];
    const bool is_plain = standing != ledger_.standings.end() && standing->second.grants == 1 &&
                          programme.settings.size() == 1 && !ledger_.excepted.contains(whose.first);
    if (!is_plain) continue;
    const Day before = standing->second.last_dose_on;
    for (const DoseDay& one : all) {
      const bool is_late = !before.is_known() || one.day.count >= before.count + programme.days_min;
      trace_.expect(is_late, "ledger", whose.first + " has a dose too early after the last one");
    }
  }
}

/// Who moves within a site takes the dose along, unless a withdrawal has taken it before.
void World::compare_moves() {
  for (const auto& [id, site] : ledger_.short_moves) {
    const auto document = watch_.documents().find(id);
    const bool stayed = document != watch_.documents().end() &&
                        document->second.sites == std::set<std::string>{site};
    const bool was_cancelled = std::any_of(
        ledger_.slots.begin(), ledger_.slots.end(),
        [&](const auto& one) { return one.first.first == site && one.second.was_cancelled; });
    trace_.expect(!stayed || was_cancelled, "ledger", id + " found no dose where it has one");
  }
}

/// As it was answered last, unless a withdrawal has taken it since.
void World::compare_appointment(const Appointment& one) {
  const std::string id(one.appointment.text);
  const auto known = ledger_.appointments.find(id);
  if (known == ledger_.appointments.end()) {
    return trace_.fail("ledger", id + " stands, and nobody was told");
  }
  const Ledger::Known& told = known->second;
  const bool is_as_told = one.version == told.version && hash_of_record(one) == told.content;
  const auto slot = ledger_.slots.find({told.site, told.slot});
  const bool is_withdrawn = one.version == told.version + 1 &&
                            told.state != AppointmentState::Cancelled &&
                            one.cancelled_by == CancelledBy::Withdrawal &&
                            slot != ledger_.slots.end() && slot->second.was_cancelled;
  trace_.expect(is_as_told || is_withdrawn, "ledger", id + " is not as it was answered");
  const auto document = watch_.documents().find(id);
  const bool is_in_sync =
      document != watch_.documents().end() && document->second.version == one.version &&
      document->second.json.find(std::string(to_text(one.state))) != std::string::npos &&
      document->second.json.find("\"slot\":\"" + std::string(one.slot.text)) != std::string::npos;
  trace_.expect(is_in_sync, "sync", id + " is another in sync");
  taken_[{std::string(one.site.text), std::string(one.slot.text)}] +=
      one.state == AppointmentState::Cancelled ? 0 : 1;
  const bool has_dose =
      one.state == AppointmentState::Booked || one.state == AppointmentState::Attended;
  doses_[{std::string(one.site.text), std::string(one.product.text)}] += has_dose ? 1 : 0;
}

void World::compare_sites() {
  for (PartitionNo no = 0; no < plan_.partitions; ++no) {
    trace_.expect(consumer_of<inventory::Inventory>({kInventoryTopic, no}).balances(), "balance",
                  "the counts of a partition of sites do not balance");
  }
  compare_what_sites_have();
  for (const auto& [key, told] : ledger_.slots) {
    const auto view =
        consumer_of<inventory::Inventory>(scene_.home(kInventoryTopic, key.first)).view();
    const auto slot = view.slot(SiteId{key.first}, SlotId{key.second});
    if (!slot) {
      trace_.fail("ledger", "a slot is gone");
      return;
    }
    const std::string name = key.first + "/" + key.second;
    trace_.expect(is_as_told(told, slot), "ledger",
                  "slot " + name + " is at version " + std::to_string(slot->version) + " with " +
                      std::to_string(slot->places.total) + " places from " +
                      to_text(slot->starts_at) + ", and was answered as " +
                      std::to_string(told.version) + " with " + std::to_string(told.capacity) +
                      " from " + to_text(told.starts_at));
    trace_.expect(slot->places.booked == taken_[key], "ledger",
                  "slot " + name + " counts " + std::to_string(slot->places.booked) +
                      " booked, and " + std::to_string(taken_[key]) + " are");
    trace_.expect(told.was_cut || slot->places.taken() <= told.capacity_max, "ledger",
                  "slot " + name + " has more taken than it ever had");
  }
  for (const auto& [key, told] : ledger_.stocks) {
    const auto view =
        consumer_of<inventory::Inventory>(scene_.home(kInventoryTopic, key.first)).view();
    const std::string name = key.second + " at " + key.first;
    const auto stands = stock_of(view, key);
    trace_.expect(is_as_told(told, stands), "ledger",
                  "the stock of " + name + " is not the sum of what was answered");
    const auto doses = stands ? stands->doses : inventory::Balance{};
    trace_.expect(doses.booked == doses_[key], "ledger",
                  "the booked doses of " + name + " are not those of the appointments");
    trace_.expect(told.was_cut || doses.taken() <= doses.total, "ledger",
                  "more doses of " + name + " are taken than there are");
  }
  taken_.clear();
  doses_.clear();
}

/// Every site as it was answered, and of sites, slots and products none that was not.
void World::compare_what_sites_have() {
  std::size_t sites = 0;
  for (PartitionNo no = 0; no < plan_.partitions; ++no) {
    const auto view = consumer_of<inventory::Inventory>({kInventoryTopic, no}).view();
    for (const auto& site : view.sites({}, {}, plan_.sites + 1)) {
      ++sites;
      const std::string name(site.site.text);
      const auto told = ledger_.sites.find(name);
      trace_.expect(told != ledger_.sites.end() && is_as_told(told->second, site), "ledger",
                    "site " + name + " is not as it was answered");
      for (const auto& slot : view.slots(site.site, {Instant{}, kNever}, {}, plan_.slots + 1)) {
        trace_.expect(ledger_.slots.contains({name, std::string(slot.slot.text)}), "ledger",
                      "a slot of " + name + " stands, and nobody was told");
      }
      for (const auto& stock : view.stock(site.site)) {
        trace_.expect(ledger_.stocks.contains({name, std::string(stock.product.text)}), "ledger",
                      "a product of " + name + " stands, and nobody was told");
      }
    }
  }
  trace_.expect(sites == ledger_.sites.size(), "ledger", "a site that was answered is gone");
}

void World::compare_lines() {
  for (const auto& [name, told] : ledger_.queues) {
    const PartitionRef where = scene_.home(kQueueTopic, name);
    const auto view = consumer_of<queue::Queue>(where).view(QueueId{name}, time_of(where));
    if (!view) return trace_.fail("ledger", "a queue is gone");
    trace_.expect(is_as_told(told, *view), "ledger",
                  "queue " + name + " is not set as was answered");
    const bool is_dense =
        told.tickets.empty() || told.tickets.rbegin()->first == told.tickets.size();
    trace_.expect(is_dense && view->last_ticket == told.tickets.size(), "ledger",
                  "the tickets of " + name + " are not those that were answered");
  }
  // A partition that stood still alone counts its time otherwise than the queue.
  for (const std::string& name : Workload::queues()) {
    if (plan_.counts_time_alike()) compare_sessions(name);
  }
  for (const auto& [name, told] : ledger_.programmes) {
    const auto version = told.settings.rbegin()->first;
    trace_.expect(told.settings.size() == version, "ledger", "a version of a programme is missing");
    const auto& all = consumer_of<programmes::Programmes>({kProgrammesTopic, 0});
    trace_.expect(is_as_told(told, all.settings(ProgrammeId{name})), "ledger",
                  "programme " + name + " is not set as was answered");
    for (PartitionNo no = 0; no < plan_.partitions; ++no) {
      compare_heard(consumer_of<appointments::Appointments>({kBookingsTopic, no}).view(), name);
      compare_heard(consumer_of<inventory::Inventory>({kInventoryTopic, no}).view(), name);
    }
  }
}

/// A partition of bookings or of sites has heard the programme's last settings.
template <class View>
void World::compare_heard(const View& view, const std::string& name) {
  const settings::ProgrammeTable& heard = view.programmes();
  const auto at = heard.by_text().find(name);
  const bool is_heard = at != heard.by_text().end() &&
                        is_as_told(ledger_.programmes.at(name),
                                   heard.settings_of(at->second, *heard.find(at->second)));
  trace_.expect(is_heard, "ledger", "a partition has not heard the programme's last settings");
}

/// Whoever counts as inside may act: a session that is used up or given back frees its place.
void World::compare_sessions(const std::string& name) {
  const PartitionRef line = scene_.home(kQueueTopic, name);
  const LogTime now = time_of(line);
  for (std::size_t i = 0; i < plan_.people; ++i) {
    const std::string person_name = company_.workload.person(i);
    const PersonId person{person_name};
    const auto ticket = consumer_of<queue::Queue>(line).ticket(QueueId{name}, person, now);
    const PartitionRef where = scene_.home(kBookingsTopic, person_name);
    // An outage begins where each partition's last tick was: after one they count apart.
    const bool is_inside = ticket && ticket->admitted_until && now.outages.count() == 0 &&
                           time_of(where).outages.count() == 0 &&
                           *ticket->admitted_until > now.now + kSessionMargin;
    if (!is_inside) continue;
    const auto session = consumer_of<appointments::Appointments>(where).view().session(
        person, QueueId{name}, time_of(where));
    trace_.expect(session && session->ticket == ticket->ticket, "ledger",
                  person_name + " counts as inside and may not act");
  }
}

}  // namespace jari::sim
