// consumers/appointments/form.h — whether a request is in form, and whose turn it takes: what is
// looked at before its key and before any rule.
//
// Units:   none.
// Errors:  what is not in form is named by its field.
// Threads: pure.
#pragma once

#include "consumers/appointments/state.h"
#include "consumers/model/record.h"
#include "consumers/requests/answers.h"

namespace jari::appointments {

/// What is wrong with a request before any rule is asked, but for who asks (requests::fault_of).
using requests::Fault;
[[nodiscard]] Fault fault_of(const BookingRequested& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const HoldRequested& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const HoldReleaseRequested& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const CancelRequested& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const RescheduleRequested& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const AttendanceRecorded& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const EligibilityGranted& asked, const Asked& by);
[[nodiscard]] Fault fault_of(const EligibilityRevoked& asked, const Asked& by);

/// Whom a request is about, in which programme (empty: not known here), and what else it names.
struct Subject {
  std::string_view person;
  std::string_view programme;
  std::string_view about;
};
[[nodiscard]] Subject subject_of(const State& state, const BookingRequested& asked);
[[nodiscard]] Subject subject_of(const State& state, const HoldRequested& asked);
[[nodiscard]] Subject subject_of(const State& state, const HoldReleaseRequested& asked);
[[nodiscard]] Subject subject_of(const State& state, const CancelRequested& asked);
[[nodiscard]] Subject subject_of(const State& state, const RescheduleRequested& asked);
[[nodiscard]] Subject subject_of(const State& state, const AttendanceRecorded& asked);
[[nodiscard]] Subject subject_of(const State& state, const EligibilityGranted& asked);
[[nodiscard]] Subject subject_of(const State& state, const EligibilityRevoked& asked);

}  // namespace jari::appointments
