#include "consumers/audit/answer_forms.h"

#include <algorithm>
#include <array>

namespace jari::audit {
namespace {

/// A kind of request: what it is answered where it is granted, and why it may be refused where it
/// is decided.
struct Form {
  RecordType asked = 0;
  std::uint16_t status = 0;
  std::array<Code, 10> refusals{};
};

constexpr std::array kForms{
    Form{kTypeOf<TicketRequested>,
         201,
         {Code::UnknownQueue, Code::QueueClosed, Code::QueueNotOpen, Code::TicketEnded,
          Code::Overloaded}},
    Form{kTypeOf<BookingRequested>,
         201,
         {Code::UnknownProgramme, Code::UnknownProduct, Code::NotEligible, Code::AlreadyBooked,
          Code::CohortNotOpen, Code::NotAdmitted, Code::UnknownHold, Code::HoldExpired,
          Code::SlotWithdrawn, Code::Overloaded}},
    Form{kTypeOf<EligibilityGranted>, 200, {Code::UnknownProgramme}},
    Form{kTypeOf<EligibilityRevoked>, 204, {Code::UnknownProgramme}},
    Form{kTypeOf<HoldRequested>,
         201,
         {Code::UnknownProgramme, Code::UnknownProduct, Code::NotEligible, Code::AlreadyBooked,
          Code::CohortNotOpen, Code::NotAdmitted, Code::HoldExpired, Code::Overloaded}},
    Form{kTypeOf<HoldReleaseRequested>, 204, {Code::UnknownHold, Code::Overloaded}},
    Form{kTypeOf<CancelRequested>,
         200,
         {Code::UnknownAppointment, Code::AppointmentNotActive, Code::Overloaded}},
    Form{kTypeOf<RescheduleRequested>,
         200,
         {Code::UnknownAppointment, Code::AppointmentNotActive, Code::UnknownProduct,
          Code::NotEligible, Code::Overloaded}},
    Form{kTypeOf<AttendanceRecorded>, 200, {Code::UnknownAppointment, Code::AppointmentNotActive}},
    Form{kTypeOf<TicketReturned>, 204, {Code::UnknownQueue, Code::NoTicket, Code::Overloaded}},
    Form{kTypeOf<QueueConfigured>,
         200,
         {Code::UnknownQueue, Code::StaleVersion, Code::PrequeueStarted, Code::AlreadyDrawn}},
    Form{kTypeOf<PrequeueDrawn>,
         200,
         {Code::UnknownQueue, Code::AlreadyDrawn, Code::CommitmentMismatch,
          Code::PrequeueNotClosed}},
    Form{kTypeOf<ProgrammeConfigured>, 200, {Code::UnknownProgramme, Code::StaleVersion}},
    Form{kTypeOf<SitePublished>, 200, {Code::StaleVersion}},
    Form{kTypeOf<SlotPublished>, 200, {Code::UnknownSite, Code::StaleVersion, Code::SlotBooked}},
    Form{kTypeOf<SlotChanged>, 200, {Code::UnknownSite, Code::StaleVersion, Code::SlotBooked}},
    Form{kTypeOf<SlotWithdrawn>, 200, {Code::UnknownSite, Code::UnknownSlot, Code::SlotStarted}},
    Form{kTypeOf<StockChanged>, 200, {Code::UnknownSite, Code::BelowBooked}},
};
/// What anything may be refused for.
constexpr std::array kAlways{Code::InvalidRequest, Code::ScopeRequired, Code::IdempotencyKeyReused,
                             Code::SlowDown};

const Form* form_of(RecordType asked) {
  const auto at = std::find_if(kForms.begin(), kForms.end(),
                               [&](const Form& one) { return one.asked == asked; });
  return at == kForms.end() ? nullptr : at;
}

template <class Codes>
bool has(const Codes& codes, Code code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool is_grant(const Said& said, const Form& form) {
  const bool has_live_one = said.asked == kTypeOf<TicketRequested> && said.status == 200;
  const bool gives_hold =
      said.asked == kTypeOf<HoldRequested> || said.asked == kTypeOf<HoldReleaseRequested>;
  return said.code == Code::None && (said.status == form.status || has_live_one) &&
         (said.ticket != 0) == gives_ticket(said.asked) &&
         (said.appointment != 0) == gives_appointment(said.asked) && (said.hold != 0) == gives_hold;
}

bool is_refusal(const Said& said, const Form& form, bool by_site) {
  const bool is_known = by_site || has(form.refusals, said.code) || has(kAlways, said.code);
  return is_known && said.code != Code::None && said.status == status_of(said.code) &&
         said.ticket == 0 && said.appointment == 0 && !said.used_rebook_right;
}

}  // namespace

bool gives_ticket(RecordType asked) {
  return asked == kTypeOf<TicketRequested> || asked == kTypeOf<TicketReturned>;
}

bool gives_appointment(RecordType asked) {
  return asked == kTypeOf<BookingRequested> || asked == kTypeOf<CancelRequested> ||
         asked == kTypeOf<RescheduleRequested> || asked == kTypeOf<AttendanceRecorded>;
}

bool is_answer(const Said& said, bool by_site) {
  const Form* form = form_of(said.asked);
  if (form == nullptr) return false;
  if (said.decision == Decision::Granted) return is_grant(said, *form);
  return said.decision == Decision::Refused && is_refusal(said, *form, by_site);
}

}  // namespace jari::audit
