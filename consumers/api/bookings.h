// consumers/api/bookings.h — what a person's and an operator's calls on holds and appointments
// share: their forms, and where their records belong.
//
// Errors:  a Fault of the form; a made id that can be none is a Refusal when it is judged.
// Threads: as routes.h.
#pragma once

#include "consumers/api/routes.h"

namespace jari::api {

/// The partition that an appointment's, or a hold's, id names; nothing where this log has no such
/// partition.
[[nodiscard]] std::optional<PartitionRef> home_of_appointment(const LogIdentity& log,
                                                              std::string_view id);
[[nodiscard]] std::optional<PartitionRef> home_of_hold(const LogIdentity& log, std::string_view id);

/// `{programme, site, slot, product}` or `{hold}`, for `person`.
void read_booking(Form& form, Asking& asking, PersonId person, std::uint32_t overrides);
/// `{site, slot, product?}` of an appointment. `person`: who must be its own; empty: an operator.
void read_reschedule(Form& form, Asking& asking, PersonId person, std::uint32_t overrides);
/// A cancellation of the appointment in the path.
void add_cancel(Asking& asking, PersonId person);

/// The code of an id that was never made, else nothing.
[[nodiscard]] std::optional<Refusal> refuse_unknown(const World& world, const Turn& turn,
                                                    Call& call);

}  // namespace jari::api
