#include "consumers/model/outcome.h"

#include <array>
#include <charconv>

namespace jari {
namespace {

constexpr std::size_t kJsonBytesMost = 1024;  // with the ids that there can be; a longer one grows

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
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
  out.reserve(out.size() + kJsonBytesMost);
  out.append(R"({"appointment":")").append(appointment.appointment.text);
  out.append(R"(","programme":")").append(appointment.programme.text);
  out.append(R"(","person":")").append(appointment.person.text);
  out.append(R"(","site":")").append(appointment.site.text);
  out.append(R"(","slot":")").append(appointment.slot.text);
  out.append(R"(","product":")").append(appointment.product.text);
  out.append(R"(","dose":)");
  append_number(out, appointment.dose);
  out.append(R"(,"starts_at":")");
  append_text(out, appointment.starts_at);
  out.append(R"(","zone":")").append(appointment.zone);
  out.append(R"(","state":")").append(to_text(appointment.state));
  if (appointment.cancelled_by != CancelledBy::Nobody) {
    out.append(R"(","cancelled_by":")").append(to_text(appointment.cancelled_by));
  }
  if (appointment.slot_withdrawn) out.append(R"(","slot_state":"withdrawn)");
  if (appointment.rebook_until.ms != 0) {
    out.append(R"(","rebook_until":")");
    append_text(out, appointment.rebook_until);
  }
  out.append(R"(","version":)");
  append_number(out, appointment.version);
  out.append(R"(,"as_of":")");
  append_text(out, as_of);
  out.append(R"("})");
}

}  // namespace jari
