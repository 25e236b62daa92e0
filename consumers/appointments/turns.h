// consumers/appointments/turns.h — a request from its arrival to its judgement: form, key, the line
// it may have to wait in, its turn.
//
// Knows no rule of booking: it only says when something is judged, and with what it saw on arrival.
//
// Units:   none.
// Errors:  refusals are outcomes.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/desk.h"

namespace jari::appointments {

/// Which requests of clients and operators this partition takes.
[[nodiscard]] bool is_request(const Record& record);

/// A request as it stands in the log. It must be one of ours.
void arrive(Desk& desk, const Record& asked_for, const Asked& asked);
/// It stands in a partition that is not its own.
void turn_away_misplaced(Desk& desk, const Record& asked_for, const Asked& asked);

// The answers of inventory. One that nobody waits for is counted, and changes nothing.
void apply(Desk& desk, const ReservationGranted& how);
void apply(Desk& desk, const ReservationRefused& why);
void apply(Desk& desk, const HoldGranted& how);
void apply(Desk& desk, const HoldRefused& why);

}  // namespace jari::appointments
