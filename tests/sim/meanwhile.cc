#include "tests/sim/meanwhile.h"

#include "consumers/appointments/appointments.h"
#include "consumers/inventory/inventory.h"
#include "consumers/model/topics.h"
#include "consumers/programmes/programmes.h"
#include "consumers/queue/queue.h"
#include "tests/sim/as_told.h"

namespace jari::sim {

Meanwhile::Meanwhile(Scene& scene, const Company& company)
    : scene_(scene), company_(company), ledger_(company.ledger) {}

void Meanwhile::compare() {
  read_open();
  places_.clear();
  compare_people();
  compare_sites();
  compare_slots();
  compare_stocks();
  compare_queues();
  compare_programmes();
}

void Meanwhile::read_open() {
  open_ = {};
  company_.clients.for_each_open([this](const Request& request) { add_open(request); });
}

void Meanwhile::add_open(const Request& request) {
  const auto names = [](const auto& first, const auto& second) {
    return Names2{std::string(first.text), std::string(second.text)};
  };
  const auto slot_of = [&](const auto& said) { open_.slots.insert(names(said.site, said.slot)); };
  const auto standing_of = [&](const auto& said) {
    open_.standings.insert(names(said.person, said.programme));
  };
  switch (request.type) {
    case kTypeOf<BookingRequested>:
      ++open_.bookings[std::string(request.as<BookingRequested>().person.text)];
      return;
    case kTypeOf<RescheduleRequested>: {
      const auto said = request.as<RescheduleRequested>();
      return add_change_of(said.appointment.text, said.site.text);
    }
    case kTypeOf<CancelRequested>:
      return add_change_of(request.as<CancelRequested>().appointment.text);
    case kTypeOf<AttendanceRecorded>:
      return add_change_of(request.as<AttendanceRecorded>().appointment.text);
    case kTypeOf<EligibilityGranted>:
      return standing_of(request.as<EligibilityGranted>());
    case kTypeOf<EligibilityRevoked>:
      return standing_of(request.as<EligibilityRevoked>());
    case kTypeOf<SitePublished>:
      open_.sites.emplace(request.as<SitePublished>().site.text);
      return;
    case kTypeOf<SlotPublished>:
      return slot_of(request.as<SlotPublished>());
    case kTypeOf<SlotWithdrawn>:
      return slot_of(request.as<SlotWithdrawn>());
    case kTypeOf<StockChanged>: {
      const auto said = request.as<StockChanged>();
      open_.stocks.insert(names(said.site, said.product));
      return;
    }
    case kTypeOf<TicketRequested>:
      ++open_.tickets[std::string(request.as<TicketRequested>().queue.text)];
      return;
    case kTypeOf<QueueConfigured>:
      open_.queues.emplace(request.as<QueueConfigured>().queue.text);
      return;
    case kTypeOf<PrequeueDrawn>:
      open_.queues.emplace(request.as<PrequeueDrawn>().queue.text);
      return;
    case kTypeOf<ProgrammeConfigured>:
      open_.programmes.emplace(request.as<ProgrammeConfigured>().programme.text);
      return;
    default:  // changes no row of the ledger
      return;
  }
}

void Meanwhile::add_change_of(std::string_view appointment, std::string_view to_site) {
  const auto known = ledger_.appointments.find(*open_.appointments.emplace(appointment).first);
  if (known == ledger_.appointments.end()) return;
  // Who was there after all takes the dose again, even where it has gone to another.
  for (const std::string& site : {known->second.site, std::string(to_site)}) {
    for (const std::string& product : Workload::products()) open_.stocks.insert({site, product});
  }
}

void Meanwhile::compare_people() {
  std::size_t told = 0;
  for (std::size_t i = 0; i < scene_.plan.people; ++i) {
    told += compare_person(company_.workload.person(i));
  }
  expect(told == ledger_.appointments.size(), "an appointment that was answered is gone");
}

std::size_t Meanwhile::compare_person(const std::string& person) {
  const PartitionRef where = scene_.home(kBookingsTopic, person);
  const auto view = consumer_of<appointments::Appointments>(where).view();
  std::size_t told = 0;
  std::size_t untold = 0;
  view.appointments_of(PersonId{person}, [&](const Appointment& one) {
    const std::string id(one.appointment.text);
    if (!ledger_.appointments.contains(id)) {
      ++untold;
      return true;
    }
    ++told;
    if (!open_.appointments.contains(id)) {
      expect(is_told(one), id + " is not as it was answered");
    }
    return true;
  });
  const auto asked = open_.bookings.find(person);
  expect(untold <= (asked == open_.bookings.end() ? 0 : asked->second),
         person + " has more appointments than were answered or asked for");
  const auto shown = view.eligibility_of(PersonId{person}, company_.watch.replayed(where).time());
  const std::string wrong = wrong_standing(ledger_, person, shown, open_.standings);
  expect(wrong.empty(), person + " " + wrong);
  return told;
}

/// A withdrawal reaches it some time after it was answered, or before.
bool Meanwhile::is_told(const Appointment& one) const {
  const Ledger::Known& told = ledger_.appointments.find(std::string(one.appointment.text))->second;
  if (one.version == told.version) return hash_of_record(one) == told.content;
  const Names2 key{told.site, told.slot};
  const auto slot = ledger_.slots.find(key);
  const bool may_be_withdrawn =
      open_.slots.contains(key) || (slot != ledger_.slots.end() && slot->second.was_cancelled);
  return may_be_withdrawn && one.version == told.version + 1 &&
         told.state != AppointmentState::Cancelled && one.cancelled_by == CancelledBy::Withdrawal;
}

void Meanwhile::compare_sites() {
  for (const auto& [name, told] : ledger_.sites) {
    if (open_.sites.contains(name)) continue;
    const auto& sites = consumer_of<inventory::Inventory>(scene_.home(kInventoryTopic, name));
    expect(is_as_told(told, sites.view().site(SiteId{name})),
           "site " + name + " is not as it was answered");
  }
}

void Meanwhile::compare_slots() {
  for (const auto& [id, told] : ledger_.appointments) {
    const bool stands = told.state != AppointmentState::Cancelled;
    if (stands && !open_.appointments.contains(id)) ++places_[{told.site, told.slot}];
  }
  for (const auto& [key, told] : ledger_.slots) {
    if (open_.slots.contains(key)) continue;
    const auto view =
        consumer_of<inventory::Inventory>(scene_.home(kInventoryTopic, key.first)).view();
    const auto slot = view.slot(SiteId{key.first}, SlotId{key.second});
    const std::string name = "slot " + key.first + "/" + key.second;
    if (!slot) return expect(false, name + " is gone");
    expect(is_as_told(told, slot), name + " is not as it was answered");
    expect(told.was_cancelled || slot->places.booked >= places_[key],
           name + " has fewer booked than were told so");
    expect(told.was_cut || slot->places.taken() <= told.capacity_max,
           name + " has more taken than it ever had");
  }
}

void Meanwhile::compare_stocks() {
  for (const auto& [key, told] : ledger_.stocks) {
    if (open_.stocks.contains(key)) continue;
    const auto view =
        consumer_of<inventory::Inventory>(scene_.home(kInventoryTopic, key.first)).view();
    const std::string name = "the stock of " + key.second + " at " + key.first;
    const auto stands = stock_of(view, key);
    expect(is_as_told(told, stands), name + " is not the sum of what was answered");
    expect(told.was_cut || !stands || stands->doses.taken() <= stands->doses.total,
           name + " is sold beyond itself");
  }
}

void Meanwhile::compare_queues() {
  for (const auto& [name, told] : ledger_.queues) {
    const PartitionRef where = scene_.home(kQueueTopic, name);
    const auto view =
        consumer_of<queue::Queue>(where).view(QueueId{name}, company_.watch.replayed(where).time());
    if (!view) return expect(false, "queue " + name + " is gone");
    const auto asked = open_.tickets.find(name);
    const std::size_t most =
        told.tickets.size() + (asked == open_.tickets.end() ? 0 : asked->second);
    expect(view->last_ticket >= told.tickets.size() && view->last_ticket <= most,
           "queue " + name + " has other tickets than were answered or asked for");
    expect(open_.queues.contains(name) || is_as_told(told, *view),
           "queue " + name + " is not set as was answered");
  }
}

void Meanwhile::compare_programmes() {
  const auto& all = consumer_of<programmes::Programmes>({kProgrammesTopic, 0});
  for (const auto& [name, told] : ledger_.programmes) {
    if (open_.programmes.contains(name)) continue;
    expect(is_as_told(told, all.settings(ProgrammeId{name})),
           "programme " + name + " is not set as was answered");
  }
}

}  // namespace jari::sim
