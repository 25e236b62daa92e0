#include "consumers/audit/facts.h"

#include <type_traits>

#include <absl/hash/hash.h>

#include "consumers/audit/documents.h"

namespace jari::audit {
namespace {

Fact fact_of(const Outcome& outcome, const Ids& ids) {
  Said said;
  said.request = hash_of_request(outcome.request);
  said.asked = outcome.asked;
  said.decision = outcome.decision;
  said.code = outcome.code;
  said.status = outcome.status;
  said.used_rebook_right = outcome.used_rebook_right;
  said.ticket = outcome.ticket;
  said.person = ids.person;
  said.programme = ids.programme;
  said.programme_version = outcome.programme_version;
  said.version = outcome.version;
  said.hold = ids.hold;
  said.place =
      place_of(outcome.queue.text, outcome.site.text, outcome.slot.text, outcome.product.text);
  said.until = outcome.until;
  said.opens_at = outcome.opens_at;
  said.not_before = outcome.not_before;
  said.not_after = outcome.not_after;
  if (outcome.appointment) {
    said.appointment = made_appointment(outcome.appointment->appointment.text);
    said.shown = says_of(*outcome.appointment);
  }
  return said;
}

Fact fact_of(const Admitted& said, const Ids& ids) {
  return Admission{ids.queue,  ids.person,       said.ticket,
                   said.place, said.admitted_at, said.session_seconds};
}

Fact fact_of(const ReservationGranted&, const Ids& ids) {
  return Answer{true, false, ids.appointment, ids.person, ids.site, ids.slot, ids.product};
}
Fact fact_of(const ReservationRefused&, const Ids& ids) {
  return Answer{false, false, ids.appointment, ids.person};
}
Fact fact_of(const HoldGranted&, const Ids& ids) {
  return Answer{true, true, ids.hold, ids.person};
}
Fact fact_of(const HoldRefused&, const Ids& ids) {
  return Answer{false, true, ids.hold, ids.person};
}

Fact fact_of(const Reserve&, const Ids& ids) {
  return Wish{kTypeOf<Reserve>, ids.appointment, ids.hold, ids.person,
              ids.programme,    ids.site,        ids.slot, ids.product};
}
Fact fact_of(const HoldRequested&, const Ids& ids) {
  return Wish{kTypeOf<HoldRequested>, ids.hold, ids.replaces, ids.person,
              ids.programme,          ids.site, ids.slot,     ids.product};
}
Fact fact_of(const HoldConfirmed&, const Ids& ids) {
  Wish confirmed;
  confirmed.type = kTypeOf<HoldConfirmed>;
  confirmed.what = ids.appointment;
  confirmed.hold = ids.hold;
  confirmed.person = ids.person;
  confirmed.site = ids.site;
  return confirmed;
}
Fact fact_of(const AppointmentWithdrawn&, const Ids& ids) {
  return Told{ids.appointment, ids.site};
}
Fact fact_of(const HoldReleaseRequested&, const Ids& ids) {
  return Released{ids.hold};
}
Fact fact_of(const SessionEnded& said, const Ids& ids) {
  return Ended{ids.queue, ids.person, said.ticket};
}

}  // namespace

std::uint64_t says_of(const Appointment& one) {
  return absl::HashOf(one.appointment.text, one.programme.text, one.person.text, one.site.text,
                      one.slot.text, one.product.text, one.dose, one.starts_at.ms, one.zone,
                      one.state, one.cancelled_by, one.slot_withdrawn, one.rebook_until.ms,
                      one.version);
}

std::uint64_t place_of(std::string_view queue, std::string_view site, std::string_view slot,
                       std::string_view product) {
  const bool is_none = queue.empty() && site.empty() && slot.empty() && product.empty();
  return is_none ? 0 : absl::HashOf(queue, site, slot, product);
}

Fact fact_of(Names& names, const Envelope& envelope, const Record& body, const Ids& ids) {
  if (envelope.type == kAppointmentRow) {
    const auto document = read_document(names, text_of(envelope.body));
    return document ? Fact{*document} : Fact{};
  }
  return std::visit(
      [&](const auto& one) -> Fact {
        if constexpr (requires { fact_of(one, ids); }) {
          return fact_of(one, ids);
        } else {
          return {};
        }
      },
      body);
}

}  // namespace jari::audit
