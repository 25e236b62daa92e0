#include "tests/sim/ledger.h"

#include <algorithm>

namespace jari::sim {

void Ledger::take(const Request& request, const Outcome& outcome, std::uint64_t order) {
  answers[request.key] = {outcome.code, std::string(outcome.hold.text)};
  if (request.type == kTypeOf<RescheduleRequested> && outcome.code == Code::OutOfStock) {
    const auto said = request.as<RescheduleRequested>();
    const Names2 where{std::string(said.appointment.text), std::string(said.site.text)};
    if (said.product.empty()) short_moves.push_back(where);
  }
  if (outcome.decision != Decision::Granted) return;
  switch (request.type) {
    case kTypeOf<TicketRequested>:
      return take_ticket(request, outcome);
    case kTypeOf<QueueConfigured>:
      return take_queue(request, outcome);
    case kTypeOf<PrequeueDrawn>: {
      Queue& queue = queues[std::string(outcome.queue.text)];
      queue.version = std::max(queue.version, outcome.version);
      return;
    }
    case kTypeOf<ProgrammeConfigured>:
      return take_programme(request, outcome);
    case kTypeOf<SitePublished>:
      return take_site(request, outcome);
    case kTypeOf<SlotPublished>:
    case kTypeOf<SlotWithdrawn>:
      return take_slot(request, outcome);
    case kTypeOf<StockChanged>: {
      const auto said = request.as<StockChanged>();
      Stock& stock = stocks[{std::string(said.site.text), std::string(said.product.text)}];
      stock.doses += said.doses;
      stock.was_delivered = true;
      stock.was_cut |= said.lost;
      return;
    }
    case kTypeOf<EligibilityGranted>: {
      const auto said = request.as<EligibilityGranted>();
      Standing& standing =
          standings[{std::string(said.person.text), std::string(said.programme.text)}];
      ++standing.grants;
      if (order <= standing.order) return;
      standing.order = order;
      standing.cohort = said.cohort.text;
      standing.doses_done = said.doses_done;
      standing.last_dose_on = said.last_dose_on;
      standing.last_product = said.last_product.text;
      return;
    }
    case kTypeOf<EligibilityRevoked>: {
      const auto said = request.as<EligibilityRevoked>();
      Standing& standing =
          standings[{std::string(said.person.text), std::string(said.programme.text)}];
      if (order <= standing.order) return;
      standing.order = order;
      standing.cohort.clear();
      return;
    }
    case kTypeOf<HoldRequested>: {
      const std::string hold(outcome.hold.text);
      const auto [made, is_new] = made_by_.try_emplace(hold, request.key);
      trace_.expect(is_new, "told", "a hold was told to two requests");
      const auto said = request.as<HoldRequested>();
      holds[hold] = {std::string(said.person.text), std::string(said.programme.text),
                     std::string(said.site.text), std::string(said.slot.text),
                     std::string(said.product.text)};
      return;
    }
    default:
      if (outcome.appointment) take_appointment(request, *outcome.appointment);
  }
}

void Ledger::expect_same_version(const Appointment& told) {
  const auto key = std::pair{std::string(told.appointment.text), told.version};
  const auto [at, is_new] = versions_.try_emplace(key, content_of(told));
  trace_.expect(is_new || at->second == content_of(told), "told",
                "one version of an appointment was told in two ways");
}

void Ledger::take_appointment(const Request& request, const Appointment& told) {
  expect_same_version(told);
  const std::string id(told.appointment.text);
  if (request.type == kTypeOf<BookingRequested>) {
    const auto [made, is_new] = made_by_.try_emplace(id, request.key);
    trace_.expect(is_new, "told", "an appointment was told to two bookings");
    trace_.expect(told.version == 1, "told", "a new appointment has an old version");
    trace_.expect(told.person.text == request.as<BookingRequested>().person.text, "told",
                  "an appointment was told to another person");
  }
  if (request.role == Role::Operator) excepted.insert(std::string(told.person.text));
  // Who was there after all takes the dose again, even where it has gone to another.
  if (request.type == kTypeOf<AttendanceRecorded>) {
    stocks[{std::string(told.site.text), std::string(told.product.text)}].was_cut = true;
    attended.insert(std::string(told.person.text));
  }
  Known& known = appointments[id];
  if (told.version < known.version) return;
  known = {std::string(told.person.text),
           std::string(told.programme.text),
           std::string(told.site.text),
           std::string(told.slot.text),
           std::string(told.product.text),
           told.state,
           told.version,
           content_of(told),
           told.cancelled_by,
           told.dose,
           told.starts_at,
           told.starts_on};
}

void Ledger::take_ticket(const Request& request, const Outcome& outcome) {
  Queue& queue = queues[std::string(outcome.queue.text)];
  const auto [at, is_new] = queue.tickets.try_emplace(outcome.ticket, request.by);
  trace_.expect(at->second == request.by, "told", "a ticket number was given to two people");
}

/// A request names the fields that it sets; the texts are those of the bodies that are kept.
void Ledger::take_queue(const Request& request, const Outcome& outcome) {
  Queue& queue = queues[std::string(outcome.queue.text)];
  queue.settings[outcome.version] = request.body;
  queue.version = std::max(queue.version, outcome.version);
  queue.last = {};
  for (const auto& [version, body] : queue.settings) {
    const auto said = std::get<QueueConfigured>(decode(kTypeOf<QueueConfigured>, bytes_of(body)));
    const auto sets = [&](QueueField field) {
      return (said.set & static_cast<std::uint32_t>(field)) != 0;
    };
    if (sets(QueueField::Programme)) queue.last.programme = said.programme;
    if (sets(QueueField::OpensAt)) queue.last.opens_at = said.opens_at;
    if (sets(QueueField::ClosesAt)) queue.last.closes_at = said.closes_at;
    if (sets(QueueField::Rate)) queue.last.rate_per_second = said.rate_per_second;
    if (sets(QueueField::InsideMax)) queue.last.inside_max = said.inside_max;
    if (sets(QueueField::SessionSeconds)) queue.last.session_seconds = said.session_seconds;
    if (sets(QueueField::Prequeue)) queue.last.prequeue = said.prequeue;
    if (sets(QueueField::Message)) queue.last.message = said.message;
    if (sets(QueueField::Paused)) queue.last.paused = said.paused;
    if (sets(QueueField::Rejoin)) queue.last.rejoin = said.rejoin;
  }
}

void Ledger::take_site(const Request& request, const Outcome& outcome) {
  Site& site = sites[std::string(outcome.site.text)];
  if (outcome.version < site.version) return;
  const auto said = request.as<SitePublished>();
  site = {outcome.version, std::string(said.name), std::string(said.region),
          std::string(said.zone)};
}

void Ledger::take_slot(const Request& request, const Outcome& outcome) {
  Slot& slot = slots[{std::string(outcome.site.text), std::string(outcome.slot.text)}];
  const bool is_latest = outcome.version >= slot.version;
  slot.version = std::max(slot.version, outcome.version);
  if (request.type == kTypeOf<SlotWithdrawn>) {
    slot.was_cancelled |= request.as<SlotWithdrawn>().cancel;
    if (is_latest) slot.is_withdrawn = true;
    return;
  }
  const auto said = request.as<SlotPublished>();
  slot.was_cut |= slot.capacity_max != 0 && said.capacity != slot.capacity_max;
  slot.capacity_max = std::max(slot.capacity_max, said.capacity);
  if (is_latest) slot.is_withdrawn = false;
  if (outcome.version < slot.published) return;
  slot.published = outcome.version;
  slot.capacity = said.capacity;
  slot.length_seconds = said.length_seconds;
  slot.starts_at = said.starts_at;
  slot.starts_on = said.starts_on;
}

void Ledger::take_programme(const Request& request, const Outcome& outcome) {
  Programme& programme = programmes[std::string(outcome.programme.text)];
  programme.settings[outcome.version] = request.body;
  auto said = request.as<ProgrammeConfigured>();
  said.version = outcome.version;
  if (programme.settings.rbegin()->first == outcome.version) programme.last = hash_of_record(said);
  programme.days_min = said.products.front().interval_days_min;
  programme.most = std::max(programme.most, said.active_appointments_max);
}

void Ledger::see(const Appointment& appointment) {
  expect_same_version(appointment);
  std::uint32_t& seen = seen_[std::string(appointment.appointment.text)];
  const auto known = appointments.find(std::string(appointment.appointment.text));
  const std::uint32_t told = known == appointments.end() ? 0 : known->second.version;
  trace_.expect(appointment.version >= std::max(seen, told), "read",
                "an appointment is older than what was told before");
  seen = std::max(seen, appointment.version);
}

void Ledger::see_queue(std::string_view queue, std::uint64_t last_ticket,
                       std::uint64_t now_serving) {
  auto& [last, serving] = seen_queues_[std::string(queue)];
  const auto known = queues.find(std::string(queue));
  const bool has_tickets = known != queues.end() && !known->second.tickets.empty();
  const std::uint64_t told = has_tickets ? known->second.tickets.rbegin()->first : 0;
  trace_.expect(last_ticket >= std::max(last, told) && now_serving >= serving, "read",
                "a queue has gone back");
  last = last_ticket;
  serving = now_serving;
}

}  // namespace jari::sim
