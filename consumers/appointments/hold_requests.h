// consumers/appointments/hold_requests.h — a place and a dose set aside while a form is filled in:
// asked for, granted, given back, ended.
//
// Whether a hold lives is the site's to say; here it is only shown and remembered.
//
// Units:   lengths in ms; `until` is this partition's time.
// Errors:  refusals are outcomes.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/desk.h"

namespace jari::appointments {

void judge(Desk& desk, const Case& one, const HoldRequested& asked);
void judge(Desk& desk, const Case& one, const HoldReleaseRequested& asked);

void finish_hold(Desk& desk, MadeId id, const PendingRow& row, const HoldGranted& how);
void finish_hold(Desk& desk, MadeId id, const PendingRow& row, const HoldRefused& why);
void apply(Desk& desk, const HoldEnded& end);

/// Gives a live hold back to its site.
void release_hold(Desk& desk, MadeId hold);

}  // namespace jari::appointments
