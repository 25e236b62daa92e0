// consumers/appointments/changes.h — what may become of an appointment that stands: moved,
// cancelled, attended or missed, lost to a withdrawal.
//
// None of it needs an admission, a window or eligibility. A slot, a place and a dose are the
// site's.
//
// Units:   Instant is log time.
// Errors:  refusals are outcomes.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/desk.h"

namespace jari::appointments {

void judge(Desk& desk, const Case& one, const RescheduleRequested& asked);
void judge(Desk& desk, const Case& one, const CancelRequested& asked);
void judge(Desk& desk, const Case& one, const AttendanceRecorded& asked);

void finish_reschedule(Desk& desk, MadeId id, const PendingRow& row, const ReservationGranted& how);
void finish_reschedule(Desk& desk, MadeId id, const PendingRow& row, const ReservationRefused& why);

/// Ignored unless it stands in that slot; waits behind a pending change of it. The site has counted
/// it out already, also where it was recorded meanwhile who came.
void apply(Desk& desk, const AppointmentWithdrawn& withdrawal);

/// An appointment that `person` may name (an operator: any); nullptr: it is unknown to them.
[[nodiscard]] const AppointmentRow* known_to(const State& state, const Case& one,
                                             AppointmentId appointment, PersonId person);
/// Whether one that is booked may still be cancelled.
[[nodiscard]] bool is_in_time_to_cancel(const Desk& desk, const Case& one,
                                        const AppointmentRow& row);
/// The answer that shows an appointment.
void grant_appointment(Desk& desk, const Case& one, MadeId id, std::uint16_t status);
/// The next version of an appointment, which its readers are told of.
void change_appointment(Desk& desk, MadeId id, const AppointmentRow& next);
/// The dose of one that was attended was not given after all. What has been granted anew since says
/// itself what was done.
void uncount_dose(State& state, AppointmentRow& next);
/// It is cancelled; unless by its person, the right to rebook comes of it.
void cancel_appointment(Desk& desk, MadeId id, CancelledBy by);

}  // namespace jari::appointments
