// A person's appointments: booked, shown, rescheduled, cancelled; and what they may book.
#include "consumers/api/bookings.h"
#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

constexpr std::string_view kOne = "/v1/appointments/{appointment}";

PersonId who(const Call& call) {
  return PersonId{call.caller.name};
}

std::optional<Fault> book(Asking& asking) {
  Form form(*asking.body);
  read_booking(form, asking, who(asking.call), 0);
  return form.fault();
}

std::optional<Fault> reschedule(Asking& asking) {
  Form form(*asking.body);
  read_reschedule(form, asking, who(asking.call), 0);
  return form.fault();
}

std::optional<Fault> cancel(Asking& asking) {
  add_cancel(asking, who(asking.call));
  return std::nullopt;
}

void look_at_one(const World& world, const Turn& turn, Call& call) {
  const PersonId person = who(call);
  const PartitionRef own = world.home_of(kBookingsTopic, person.text);
  touch(call.reply, turn, own);
  const auto id = parse_appointment(call.captures[0]);
  std::string body;
  if (id && id->partition() == own.partition) {
    world.bookings_at(own).view().appointment(*id, [&](const Appointment& appointment) {
      if (appointment.person == person) append_shown(body, world, appointment, turn.time(own).now);
      return true;
    });
  }
  if (body.empty()) return refuse(call.reply, Code::UnknownAppointment);
  show(call.reply, std::move(body));
}

void list(const World& world, const Turn& turn, Call& call) {
  const PartitionRef home = world.home_of(kBookingsTopic, call.caller.name);
  touch(call.reply, turn, home);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  append_appointments(json, world, turn, who(call));
  json.field("as_of", text_at(turn.time(home).now)).end_object();
  show(call.reply, std::move(body));
}

void look_at_eligibility(const World& world, const Turn& turn, Call& call) {
  const PartitionRef home = world.home_of(kBookingsTopic, call.caller.name);
  touch(call.reply, turn, home);
  std::string body;
  http::JsonWriter json(body);
  json.begin_object();
  append_eligibility(json, world, turn, who(call));
  json.field("as_of", text_at(turn.time(home).now)).end_object();
  show(call.reply, std::move(body));
}

}  // namespace

void add_appointment_routes(std::vector<Route>& to) {
  to.push_back({.method = http::Method::Post,
                .pattern = "/v1/appointments",
                .access = Access::Person,
                .key = KeyRule::Required,
                .takes_body = true,
                .prepare = book,
                .amend = refuse_unknown});
  to.push_back({.method = http::Method::Post,
                .pattern = "/v1/appointments/{appointment}/reschedule",
                .access = Access::Person,
                .key = KeyRule::Required,
                .takes_body = true,
                .prepare = reschedule,
                .amend = refuse_unknown});
  to.push_back({.pattern = kOne, .access = Access::Person, .look = look_at_one});
  to.push_back({.method = http::Method::Delete,
                .pattern = kOne,
                .access = Access::Person,
                .key = KeyRule::Required,
                .prepare = cancel,
                .amend = refuse_unknown});
  to.push_back({.pattern = "/v1/me/appointments", .access = Access::Person, .look = list});
  to.push_back(
      {.pattern = "/v1/me/eligibility", .access = Access::Person, .look = look_at_eligibility});
}

}  // namespace jari::api
