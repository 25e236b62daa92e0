#include "consumers/appointments/form.h"

#include <initializer_list>
#include <utility>

namespace jari::appointments {
namespace {

constexpr std::uint32_t kOverrides = 15;  // all bits of Override
// Years 1 to 9999: days are counted on from one, and must not run over.
constexpr Day kFirstDay{-719'162};
constexpr Day kLastDay{2'932'896};

Fault wrong(std::string_view field) {
  return {Code::InvalidRequest, field};
}

using Named = std::pair<std::string_view, std::string_view>;  // field, text
Fault first_bad_id(std::initializer_list<Named> ids) {
  for (const auto& [field, text] : ids) {
    if (!is_id(text)) return wrong(field);
  }
  return {};
}

/// A person speaks for themself only; overrides are an operator's.
Fault fault_of_speaker(PersonId person, std::uint32_t bits, const Asked& by) {
  if (by.role != Role::Operator && by.by != person.text) return {Code::ScopeRequired, "person"};
  if ((bits & ~kOverrides) != 0 || (bits != 0 && by.role != Role::Operator)) {
    return wrong("override");
  }
  return {};
}

/// Of what has been made, is being asked for, or waits its turn to be: which of them it is hangs on
/// how fast a site answers, and what comes of the request must not.
template <class Row>
Subject subject_of_made(const State& state, const Row* made, MadeId id, RecordType asked,
                        std::string_view text) {
  const auto about = [&](const auto& row) {
    return Subject{state.text(row.person), state.text(row.programme), text};
  };
  if (made != nullptr) return about(*made);
  if (const PendingRow* pending = state.lines.pending(id); pending != nullptr) {
    return about(*pending);
  }
  const WaitingRow* waiting = state.lines.waiting(id);
  if (waiting != nullptr && waiting->asked == asked) return about(*waiting);
  return {{}, {}, text};
}

Subject subject_of_appointment(const State& state, AppointmentId appointment) {
  const MadeId id = parse_appointment(appointment.text).value_or(MadeId{});
  return subject_of_made(state, state.appointments.find(id), id, kTypeOf<BookingRequested>,
                         appointment.text);
}

Subject subject_of_hold(const State& state, HoldId hold) {
  const MadeId id = parse_hold(hold.text).value_or(MadeId{});
  return subject_of_made(state, state.holds.find(id), id, kTypeOf<HoldRequested>, hold.text);
}

/// What is somebody else's takes no turn in their line: it is unknown to who asks.
Subject only_of(Subject subject, PersonId person) {
  if (person.empty() || subject.person == person.text) return subject;
  return {person.text, {}, subject.about};
}

}  // namespace

Fault fault_of(const BookingRequested& asked, const Asked& by) {
  if (const Fault bad = first_bad_id({{"person", asked.person.text}}); bad.code != Code::None) {
    return bad;
  }
  if (!asked.hold.empty()) {
    const bool is_alone = asked.programme.empty() && asked.site.empty() && asked.slot.empty() &&
                          asked.product.empty();
    if (!is_alone || !is_id(asked.hold.text)) return wrong("hold");
    return fault_of_speaker(asked.person, asked.overrides, by);
  }
  const Fault bad = first_bad_id({{"programme", asked.programme.text},
                                  {"site", asked.site.text},
                                  {"slot", asked.slot.text},
                                  {"product", asked.product.text}});
  return bad.code != Code::None ? bad : fault_of_speaker(asked.person, asked.overrides, by);
}

Fault fault_of(const HoldRequested& asked, const Asked& by) {
  const Fault bad = first_bad_id({{"person", asked.person.text},
                                  {"programme", asked.programme.text},
                                  {"site", asked.site.text},
                                  {"slot", asked.slot.text},
                                  {"product", asked.product.text}});
  if (bad.code != Code::None) return bad;
  // These are the effect's: this partition fills them in.
  if (!asked.hold.empty() || !asked.replaces.empty() || asked.length_ms != 0) return wrong("hold");
  return fault_of_speaker(asked.person, asked.overrides, by);
}

Fault fault_of(const HoldReleaseRequested& asked, const Asked& by) {
  if (const Fault bad = first_bad_id({{"hold", asked.hold.text}}); bad.code != Code::None) {
    return bad;
  }
  return fault_of_speaker(asked.person, 0, by);
}

Fault fault_of(const CancelRequested& asked, const Asked& by) {
  const Fault bad = first_bad_id({{"appointment", asked.appointment.text}});
  return bad.code != Code::None ? bad : fault_of_speaker(asked.person, 0, by);
}

Fault fault_of(const RescheduleRequested& asked, const Asked& by) {
  const Fault bad = first_bad_id({{"appointment", asked.appointment.text},
                                  {"site", asked.site.text},
                                  {"slot", asked.slot.text}});
  if (bad.code != Code::None) return bad;
  if (!asked.product.empty() && !is_id(asked.product.text)) return wrong("product");
  return fault_of_speaker(asked.person, asked.overrides, by);
}

Fault fault_of(const AttendanceRecorded& asked, const Asked& by) {
  const Fault bad = first_bad_id({{"appointment", asked.appointment.text}});
  return bad.code != Code::None ? bad : requests::fault_of_operator(by);
}

Fault fault_of(const EligibilityGranted& asked, const Asked& by) {
  const Fault bad = first_bad_id({{"person", asked.person.text},
                                  {"programme", asked.programme.text},
                                  {"cohort", asked.cohort.text}});
  if (bad.code != Code::None) return bad;
  if (!asked.last_product.empty() && !is_id(asked.last_product.text)) return wrong("last_product");
  if (asked.last_dose_on < kFirstDay || kLastDay < asked.last_dose_on) return wrong("last_dose_on");
  return requests::fault_of_operator(by);
}

Fault fault_of(const EligibilityRevoked& asked, const Asked& by) {
  const Fault bad =
      first_bad_id({{"person", asked.person.text}, {"programme", asked.programme.text}});
  return bad.code != Code::None ? bad : requests::fault_of_operator(by);
}

Subject subject_of(const State& state, const BookingRequested& asked) {
  if (asked.hold.empty()) return {asked.person.text, asked.programme.text, {}};
  return only_of(subject_of_hold(state, asked.hold), asked.person);
}

Subject subject_of(const State&, const HoldRequested& asked) {
  return {asked.person.text, asked.programme.text, {}};
}

Subject subject_of(const State& state, const HoldReleaseRequested& asked) {
  return only_of(subject_of_hold(state, asked.hold), asked.person);
}

Subject subject_of(const State& state, const CancelRequested& asked) {
  return only_of(subject_of_appointment(state, asked.appointment), asked.person);
}

Subject subject_of(const State& state, const RescheduleRequested& asked) {
  return only_of(subject_of_appointment(state, asked.appointment), asked.person);
}

Subject subject_of(const State& state, const AttendanceRecorded& asked) {
  return subject_of_appointment(state, asked.appointment);
}

Subject subject_of(const State&, const EligibilityGranted& asked) {
  return {asked.person.text, asked.programme.text, {}};
}

Subject subject_of(const State&, const EligibilityRevoked& asked) {
  return {asked.person.text, asked.programme.text, {}};
}

}  // namespace jari::appointments
