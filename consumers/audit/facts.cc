#include "consumers/audit/facts.h"

#include <array>

#include "engine/http/json_reader.h"

namespace jari::audit {
namespace {

std::string_view text_in(const http::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  return value ? value->text().value_or(std::string_view{}) : std::string_view{};
}

Instant instant_in(const http::JsonValue& object, std::string_view name) {
  return parse_instant(text_in(object, name)).value_or(Instant{});
}

template <class Enum, std::size_t N>
Enum enum_in(const http::JsonValue& object, std::string_view name, const std::array<Enum, N>& all) {
  const auto text = text_in(object, name);
  for (const Enum one : all) {
    if (to_text(one) == text) return one;
  }
  return Enum{};
}

Said fact_of(Names& names, const Outcome& outcome) {
  Said said;
  said.request = hash_of_request(outcome.request);
  said.asked = outcome.asked;
  said.decision = outcome.decision;
  said.code = outcome.code;
  said.used_rebook_right = outcome.used_rebook_right;
  said.ticket = outcome.ticket;
  said.person = names.of(outcome.person);
  said.programme = names.of(outcome.programme);
  said.hold = made_hold(outcome.hold.text);
  said.version = outcome.version;
  if (outcome.appointment) {
    said.appointment = made_appointment(outcome.appointment->appointment.text);
    said.appointment_version = outcome.appointment->version;
  }
  return said;
}

Admission fact_of(Names& names, const Admitted& said) {
  return {names.of(said.queue), names.of(said.person), said.ticket,
          said.place,           said.admitted_at,      said.session_seconds};
}

Answer answer(Names& names, bool is_granted, bool is_of_hold, Made what, PersonId person) {
  Answer answer;
  answer.is_granted = is_granted;
  answer.is_of_hold = is_of_hold;
  answer.what = what;
  answer.person = names.of(person);
  return answer;
}
Answer fact_of(Names& names, const ReservationGranted& said) {
  Answer yes = answer(names, true, false, made_appointment(said.appointment.text), said.person);
  yes.site = names.of(said.site);
  yes.slot = names.of(said.slot);
  yes.product = names.of(said.product);
  return yes;
}
Answer fact_of(Names& names, const ReservationRefused& said) {
  return answer(names, false, false, made_appointment(said.appointment.text), said.person);
}
Answer fact_of(Names& names, const HoldGranted& said) {
  return answer(names, true, true, made_hold(said.hold.text), said.person);
}
Answer fact_of(Names& names, const HoldRefused& said) {
  return answer(names, false, true, made_hold(said.hold.text), said.person);
}

template <class Ask>
Wish wish(Names& names, Made what, Made hold, const Ask& ask) {
  return {kTypeOf<Ask>,
          what,
          hold,
          names.of(ask.person),
          names.of(ask.programme),
          names.of(ask.site),
          names.of(ask.slot),
          names.of(ask.product)};
}
Wish fact_of(Names& names, const Reserve& ask) {
  return wish(names, made_appointment(ask.appointment.text), made_hold(ask.hold.text), ask);
}
Wish fact_of(Names& names, const HoldRequested& ask) {
  return wish(names, made_hold(ask.hold.text), made_hold(ask.replaces.text), ask);
}
Wish fact_of(Names& names, const HoldConfirmed& ask) {
  Wish confirmed;
  confirmed.type = kTypeOf<HoldConfirmed>;
  confirmed.what = made_appointment(ask.appointment.text);
  confirmed.hold = made_hold(ask.hold.text);
  confirmed.person = names.of(ask.person);
  confirmed.site = names.of(ask.site);
  return confirmed;
}
Told fact_of(Names& names, const AppointmentWithdrawn& said) {
  return {made_appointment(said.appointment.text), names.of(said.site)};
}
Released fact_of(Names&, const HoldReleaseRequested& ask) {
  return {made_hold(ask.hold.text)};
}

}  // namespace

std::uint64_t hash_of_request(std::string_view request) {
  return hash128(bytes_of(request)).low;
}

Made made_appointment(std::string_view text) {
  const auto id = parse_appointment(text);
  return id ? id->number : 0;
}

Made made_hold(std::string_view text) {
  const auto id = parse_hold(text);
  return id ? id->number : 0;
}

std::optional<Document> read_document(Names& names, Bytes bytes) {
  static constexpr std::array kStates{AppointmentState::Booked, AppointmentState::Cancelled,
                                      AppointmentState::Attended, AppointmentState::Missed};
  static constexpr std::array kBy{CancelledBy::Person, CancelledBy::Operator,
                                  CancelledBy::Withdrawal};
  const auto json = http::parse_json(text_of(bytes));
  if (!json || !json->root().is_object()) return std::nullopt;
  const auto root = json->root();
  Document document;
  document.appointment = made_appointment(text_in(root, "appointment"));
  document.programme = names.intern(text_in(root, "programme"));
  document.person = names.intern(text_in(root, "person"));
  document.site = names.intern(text_in(root, "site"));
  document.slot = names.intern(text_in(root, "slot"));
  document.product = names.intern(text_in(root, "product"));
  document.state = enum_in(root, "state", kStates);
  document.cancelled_by = enum_in(root, "cancelled_by", kBy);
  document.starts_at = instant_in(root, "starts_at");
  document.rebook_until = instant_in(root, "rebook_until");
  if (const auto version = root.member("version")) {
    document.version = static_cast<std::uint32_t>(version->integer().value_or(0));
  }
  return document;
}

Effect effect_of(Names& names, const At& row, const Envelope& envelope, const Record& body) {
  if (envelope.type == kAppointmentRow) {
    const auto document = read_document(names, envelope.body);
    return document ? Effect{row, *document} : Effect{row, {}};
  }
  return {row, std::visit(
                   [&](const auto& one) -> decltype(Effect::what) {
                     if constexpr (requires { fact_of(names, one); }) {
                       return fact_of(names, one);
                     } else {
                       return std::monostate{};
                     }
                   },
                   body)};
}

}  // namespace jari::audit
