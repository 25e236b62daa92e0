// consumers/appointments/eligibility.h — who may book in a programme, as an operator says it.
//
// Never touches an appointment that stands.
//
// Units:   Day counts days.
// Errors:  refusals are outcomes.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/desk.h"

namespace jari::appointments {

void judge(Desk& desk, const Case& one, const EligibilityGranted& asked);
void judge(Desk& desk, const Case& one, const EligibilityRevoked& asked);

}  // namespace jari::appointments
