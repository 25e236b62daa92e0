#include "tests/sim/workload.h"

#include "consumers/model/topics.h"

namespace jari::sim {
namespace {

constexpr std::uint64_t kBarrierAfter = 100;  // acts

}  // namespace

Workload::Workload(const Plan& plan, const LogIdentity& identity, const SimClock& clock,
                   Ledger& ledger, Clients& clients, Chance& chance)
    : plan_(plan),
      identity_(identity),
      clock_(clock),
      ledger_(ledger),
      clients_(clients),
      chance_(chance),
      seed_(to_text(chance.hash()) + to_text(chance.hash())),
      commitment_(to_hex(Bytes(sha256(bytes_of(*from_hex(seed_)))))) {}

void Workload::prepare_settings(SimNode& node) {
  for (const std::string& one : programmes()) set_programme(node, one);
  for (const std::string& one : queues()) set_queue(node, one);
  for (std::size_t site = 0; site < plan_.sites; ++site) {
    const std::string name = "s" + std::to_string(site);
    SitePublished said;
    said.site = SiteId{name};
    said.name = "A clinic";
    said.region = "north";
    said.zone = kZone;
    ask_as_operator(node, home(kInventoryTopic, name), said);
  }
}

void Workload::prepare_people(SimNode& node) {
  for (std::size_t site = 0; site < plan_.sites; ++site) {
    const std::string name = "s" + std::to_string(site);
    for (std::size_t slot = 0; slot < plan_.slots; ++slot) {
      publish_slot(node, name, "t" + std::to_string(slot));
    }
    for (const std::string& product : products()) {
      const StockChanged stock{SiteId{name}, ProductId{product}, chance_.between(1, 12), false};
      ask_as_operator(node, home(kInventoryTopic, name), stock);
    }
  }
  for (std::size_t i = 0; i < plan_.people; ++i) {
    for (const std::string& programme : programmes()) grant(node, person(i), programme);
  }
}

void Workload::act(SimNode& node) {
  // Where many serve, the first to come may know no more than that it is to be refused.
  ++acts_;
  const bool is_again = plan_.cluster.nodes > 0 && acts_ % kBarrierAfter == 0;
  if (plan_.has_barrier && (acts_ == kBarrierAfter || is_again)) raise_barrier(node);
  const Act act = plan_.draw_act(chance_);
  switch (act) {
    case Act::Repeat:
      return clients_.repeat(node);
    case Act::ReuseKey:
      return clients_.reuse_key(node);
    case Act::Read:
      return clients_.look(node, anybody(), chance_.pick(queues()));
    case Act::TakeTicket:
    case Act::GiveTicketBack:
    case Act::SetQueue:
    case Act::Draw:
    case Act::HoldAdmissions:
      return act_on_line(node, act);
    case Act::PublishSite:
    case Act::PublishSlot:
    case Act::WithdrawSlot:
    case Act::ChangeStock:
      return act_on_site(node, act);
    case Act::SetProgramme:
    case Act::Grant:
    case Act::Revoke:
    case Act::RecordAttendance:
    case Act::BookFor:
    case Act::CancelFor:
    case Act::RescheduleFor:
    case Act::Garbage:
    case Act::Reissue:
      return act_as_operator(node, act);
    default:
      return act_as_person(node, act);
  }
}

void Workload::act_on_line(SimNode& node, Act act) {
  const std::string queue = chance_.one_in(4) ? "side" : "main";
  const std::string who = anybody();
  const PartitionRef line = home(kQueueTopic, queue);
  if (act == Act::TakeTicket) {
    ask(node, line, TicketRequested{QueueId{queue}, PersonId{who}}, Role::Person, who);
  } else if (act == Act::GiveTicketBack) {
    ask(node, line, TicketReturned{QueueId{queue}, PersonId{who}}, Role::Person, who);
  } else if (act == Act::SetQueue) {
    change_queue(node, queue);
  } else if (act == Act::Draw) {
    draw(node, queue);
  } else {
    hold_admissions(node);
  }
}

void Workload::act_as_person(SimNode& node, Act act) {
  switch (act) {
    case Act::Book:
      return book(node, Role::Person);
    case Act::Hold:
      return hold(node);
    case Act::Cancel:
      return cancel(node, Role::Person);
    case Act::Reschedule:
      return reschedule(node, Role::Person);
    default:
      break;
  }
  const std::string id = any_of(ledger_.holds);
  if (id.empty()) return;
  const std::string who = chance_.one_in(12) ? anybody() : ledger_.holds.at(id).person;
  const PartitionRef where{kBookingsTopic, parse_hold(id)->partition()};
  if (act == Act::BookByHold) {
    BookingRequested said;
    said.person = PersonId{who};
    said.hold = HoldId{id};
    return ask(node, where, said, Role::Person, who);
  }
  ask(node, where, HoldReleaseRequested{HoldId{id}, PersonId{who}, {}}, Role::Person, who);
}

void Workload::act_as_operator(SimNode& node, Act act) {
  switch (act) {
    case Act::SetProgramme:
      return set_programme(node, chance_.pick(programmes()));
    case Act::Grant:
      return grant(node, anybody(), chance_.pick(programmes()));
    case Act::BookFor:
      return book(node, Role::Operator);
    case Act::CancelFor:
      return cancel(node, Role::Operator);
    case Act::RescheduleFor:
      return reschedule(node, Role::Operator);
    case Act::Reissue:
      return reissue(node);
    default:
      break;
  }
  if (act == Act::Revoke) {
    const std::string who = anybody();
    const std::string programme = chance_.pick(programmes());
    const EligibilityRevoked said{PersonId{who}, ProgrammeId{programme}};
    return ask_as_operator(node, home(kBookingsTopic, who), said);
  }
  if (act == Act::Garbage) {
    std::string bytes(1 + chance_.below(40), 'x');
    for (char& one : bytes) one = static_cast<char>(chance_.below(256));
    const PartitionRef where{static_cast<TopicNo>(chance_.below(3)),
                             static_cast<PartitionNo>(chance_.below(plan_.partitions))};
    return clients_.append(node, where, std::move(bytes));
  }
  const std::string id = any_of(ledger_.appointments);
  if (id.empty()) return;
  const PartitionRef where{kBookingsTopic, parse_appointment(id)->partition()};
  ask_as_operator(node, where, AttendanceRecorded{AppointmentId{id}, !chance_.one_in(3)});
}

void Workload::act_on_site(SimNode& node, Act act) {
  const std::string site = any_site();
  const std::string slot = any_slot();
  const PartitionRef where = home(kInventoryTopic, site);
  if (act == Act::PublishSlot) {
    publish_slot(node, site, slot);
  } else if (act == Act::WithdrawSlot) {
    ask_as_operator(node, where, SlotWithdrawn{SiteId{site}, SlotId{slot}, chance_.one_in(2)});
  } else if (act == Act::ChangeStock) {
    change_stock(node, site);
  } else {
    SitePublished said;
    said.site = SiteId{site};
    said.name = "Another name";
    said.region = "south";
    said.zone = kZone;
    ask_as_operator(node, where, said);
  }
}

Workload::Wish Workload::any_wish() {
  Wish wish{anybody(), any_site(), any_slot(), {}, {}};
  wish.product = chance_.one_in(4) ? "b" : "a";
  wish.programme = chance_.one_in(3) ? "flu" : "walk";
  return wish;
}

void Workload::book(SimNode& node, Role role) {
  const Wish wish = any_wish();
  auto said = wish.as<BookingRequested>();
  if (role == Role::Operator) said.overrides = static_cast<std::uint32_t>(chance_.below(16));
  ask(node, home(kBookingsTopic, wish.who), said, role, role == Role::Person ? wish.who : "ann");
}

void Workload::hold(SimNode& node) {
  const Wish wish = any_wish();
  ask(node, home(kBookingsTopic, wish.who), wish.as<HoldRequested>(), Role::Person, wish.who);
}

void Workload::reschedule(SimNode& node, Role role) {
  const std::string id = any_of(ledger_.appointments);
  if (id.empty()) return;
  const Ledger::Known& known = ledger_.appointments.at(id);
  const std::string who = role == Role::Operator ? std::string{} : known.person;
  const std::string site = chance_.one_in(2) ? known.site : any_site();
  const std::string slot = any_slot();
  const std::string product = chance_.one_in(4) ? "b" : "";
  RescheduleRequested said;
  said.appointment = AppointmentId{id};
  said.person = PersonId{who};
  said.site = SiteId{site};
  said.slot = SlotId{slot};
  said.product = ProductId{product};
  if (role == Role::Operator) said.overrides = static_cast<std::uint32_t>(chance_.below(16));
  const PartitionRef where{kBookingsTopic, parse_appointment(id)->partition()};
  ask(node, where, said, role, role == Role::Person ? known.person : "ann");
}

void Workload::cancel(SimNode& node, Role role) {
  const std::string id = any_of(ledger_.appointments);
  if (id.empty()) return;
  const std::string person = ledger_.appointments.at(id).person;
  const std::string who = role == Role::Operator ? std::string{}
                          : chance_.one_in(12)   ? anybody()
                                                 : person;
  const PartitionRef where{kBookingsTopic, parse_appointment(id)->partition()};
  ask(node, where, CancelRequested{AppointmentId{id}, PersonId{who}}, role,
      role == Role::Person ? who : "ann");
}

}  // namespace jari::sim
