#include "consumers/model/outcome.h"

namespace jari {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":\"").append(text).push_back('"');
}
void append_member(std::string& out, std::string_view name, std::uint64_t number) {
  out.append(",\"").append(name).append("\":").append(std::to_string(number));
}
void append_member(std::string& out, std::string_view name, Instant at) {
  out.append(",\"").append(name).append("\":\"");
  append_text(out, at);
  out.push_back('"');
}

}  // namespace

std::string_view to_text(AppointmentState state) {
  switch (state) {
    case AppointmentState::Booked:
      return "booked";
    case AppointmentState::Cancelled:
      return "cancelled";
    case AppointmentState::Attended:
      return "attended";
    case AppointmentState::Missed:
      return "missed";
    case AppointmentState::Unknown:
      break;
  }
  return "unknown";
}

std::string_view to_text(CancelledBy by) {
  switch (by) {
    case CancelledBy::Person:
      return "person";
    case CancelledBy::Operator:
      return "operator";
    case CancelledBy::Withdrawal:
      return "withdrawal";
    case CancelledBy::Nobody:
      break;
  }
  return "nobody";
}

// Ids and zones are of an alphabet that JSON need not escape (is_id; the door checks the zone).
void append_json(std::string& out, const Appointment& appointment, Instant as_of) {
  out.append("{\"appointment\":\"").append(appointment.appointment.text).push_back('"');
  append_member(out, "programme", appointment.programme.text);
  append_member(out, "person", appointment.person.text);
  append_member(out, "site", appointment.site.text);
  append_member(out, "slot", appointment.slot.text);
  append_member(out, "product", appointment.product.text);
  append_member(out, "dose", appointment.dose);
  append_member(out, "starts_at", appointment.starts_at);
  append_member(out, "zone", appointment.zone);
  append_member(out, "state", to_text(appointment.state));
  if (appointment.cancelled_by != CancelledBy::Nobody) {
    append_member(out, "cancelled_by", to_text(appointment.cancelled_by));
  }
  if (appointment.slot_withdrawn) append_member(out, "slot_state", "withdrawn");
  if (appointment.rebook_until.ms != 0) {
    append_member(out, "rebook_until", appointment.rebook_until);
  }
  append_member(out, "version", appointment.version);
  append_member(out, "as_of", as_of);
  out.push_back('}');
}

}  // namespace jari
