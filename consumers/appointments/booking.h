// consumers/appointments/booking.h — a booking: judged here, asked of the site, made an appointment
// when the answer comes.
//
// Judges no place and no dose: the site's partition does.
//
// Units:   Instant is log time.
// Errors:  refusals are outcomes.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/desk.h"

namespace jari::appointments {

void judge(Desk& desk, const Case& one, const BookingRequested& asked);

/// The site has answered what stood pending as `row`, under the appointment `id`.
void finish_booking(Desk& desk, MadeId id, const PendingRow& row, const ReservationGranted& how);
void finish_booking(Desk& desk, MadeId id, const PendingRow& row, const ReservationRefused& why);

/// The site's answer to a pending request, as a refusal.
[[nodiscard]] Outcome refusal_of(const State& state, const PendingRow& row, Day not_before,
                                 Day not_after);
/// What every pending request keeps of itself.
[[nodiscard]] PendingRow pending_of(const Case& one, PersonProgramme whose,
                                    const settings::ProgrammeRow& programme);

}  // namespace jari::appointments
