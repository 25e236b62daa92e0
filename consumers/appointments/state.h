// consumers/appointments/state.h — all that one partition of `bookings` knows of its people.
//
// A pure function of the partition's records. Decides nothing.
//
// Units:   as its parts have them.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include "consumers/appointments/appointment_table.h"
#include "consumers/appointments/holds.h"
#include "consumers/appointments/lines.h"
#include "consumers/appointments/reissues.h"
#include "consumers/appointments/rights.h"
#include "consumers/appointments/sessions.h"
#include "consumers/requests/requests.h"
#include "consumers/settings/programme_table.h"
#include "engine/store/table.h"

namespace jari::appointments {

using EligibilityTable = Table<PersonProgramme, EligibilityRow>;

/// A person and a programme by their names, as far as anybody has said them here.
struct KnownAs {
  std::optional<Name> person;
  std::optional<Name> programme;
};

struct State {
  explicit State(Store& from)
      : store(from),
        requests(from, kRequestsTable),
        programmes(from, kProgrammesTable),
        eligibility(from, kEligibilityTable),
        sessions(from),
        rights(from),
        holds(from),
        appointments(from),
        lines(from),
        reissues(from) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] std::string_view text(Name name) const { return store.names().text(name); }
  [[nodiscard]] std::optional<Name> name(std::string_view text) const {
    return store.names().find(text);
  }
  [[nodiscard]] KnownAs known_as(std::string_view person, std::string_view programme) const {
    return {name(person), name(programme)};
  }
  /// What a person is eligible for in a programme; nullptr: nothing, or no longer.
  [[nodiscard]] const EligibilityRow* eligible(PersonProgramme whose) const {
    const EligibilityRow* row = eligibility.find(whose);
    return row == nullptr || row->cohort.empty() ? nullptr : row;
  }
  void rebuild() {
    requests.rebuild();
    programmes.rebuild();
    sessions.rebuild();
    rights.rebuild();
    holds.rebuild();
    appointments.rebuild();
    lines.rebuild();
    reissues.rebuild();
  }

  Store& store;
  requests::Requests requests;
  settings::ProgrammeTable programmes;
  EligibilityTable eligibility;
  Sessions sessions;
  Rights rights;
  Holds holds;
  AppointmentTable appointments;
  Lines lines;
  Reissues reissues;
};

}  // namespace jari::appointments
