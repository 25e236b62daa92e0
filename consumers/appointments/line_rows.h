// consumers/appointments/line_rows.h — what is kept of a request that waits: for a site's answer,
// or for its turn.
//
// These rows carry their own texts: nothing of them stays behind when they are gone.
//
// Units:   Instant is log time, Deadline log time without outages.
// Errors:  none.
// Threads: plain values.
#pragma once

#include <string>

#include "consumers/appointments/rows.h"

namespace jari::appointments {

/// What held where a request stands in the log.
struct Place {
  Instant at;
  bool admitted = false;  // a session of the programme's queue was live
  std::uint64_t ticket = 0;
  Deadline session_ends;
  milliseconds::rep session_left_ms = 0;
  bool was_eligible = false;
  Name cohort;  // the one that `window_open` was judged for
  bool window_open = false;
  bool is_given_back = false;  // the ticket, since
  JARI_FIELDS(Place, at, admitted, ticket, session_ends, session_left_ms, was_eligible, cohort,
              window_open, is_given_back)
};

/// A request that an inventory partition has been asked about. Its key is the appointment or the
/// hold that it makes or changes.
struct PendingRow {
  Name person;
  Name programme;
  std::uint16_t asked = 0;  // RecordType of the request
  Offset offset = 0;        // of the request
  Hash128 key;
  Role role = Role::Nobody;
  std::string by;  // empty: the person
  std::string request;
  std::uint32_t programme_version = 0;
  std::uint8_t dose = 0;
  MadeId hold;               // confirmed, used, or replaced by this
  MadeId right;              // that the granted booking uses up
  std::uint64_t ticket = 0;  // of the session that a hold came of
  bool is_limited = false;   // the hold ends with the session
  Deadline session_ends;
  std::string site;  // of a hold
  std::string slot;
  std::string product;
  bool is_withdrawn = false;   // its slot was withdrawn meanwhile
  bool is_given_back = false;  // its ticket was, meanwhile
  JARI_FIELDS(PendingRow, person, programme, asked, offset, key, role, by, request,
              programme_version, dose, hold, right, ticket, is_limited, session_ends, site, slot,
              product, is_withdrawn, is_given_back)
};

/// A request that waits its turn: the whole of it, in canonical form. Its key is the id that its
/// partition and offset give to whatever it may make.
struct WaitingRow {
  Name person;
  Name programme;
  std::uint16_t asked = 0;
  Hash128 key;
  Role role = Role::Nobody;
  std::string by;
  std::string request;
  Place place;
  std::string body;
  JARI_FIELDS(WaitingRow, person, programme, asked, key, role, by, request, place, body)
};

}  // namespace jari::appointments
