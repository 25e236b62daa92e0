// consumers/appointments/session_end.h — how a session begins and ends in the person's partition.
//
// Units:   lengths come in effects; ends are this partition's own time.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/desk.h"

namespace jari::appointments {

void apply(Desk& desk, const Admitted& admission);
/// The ticket was given back: the session is over, and the holds it let in are released, those
/// that have yet to be granted as soon as they are.
void apply(Desk& desk, const AdmissionEnded& end);

/// After a booking was granted: with the last appointment allowed the session is used up, and its
/// queue is told.
void end_session_if_used_up(Desk& desk, PersonProgramme whose);

}  // namespace jari::appointments
