// consumers/audit/facts.h — what a record caused, as the rows that name it as their cause say.
//
// Shares no decision with the partitioned consumers: it believes what they said, so that it can be
// held against the rules.
//
// Units:   appointments and holds by the number of their MadeId; texts as Names.
// Errors:  none; what is no record says nothing.
// Threads: one.
#pragma once

#include <variant>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "consumers/audit/ids.h"
#include "consumers/audit/report.h"

namespace jari::audit {

/// What an outcome said.
struct Said {
  std::uint64_t request = 0;  // hash of the id
  RecordType asked = 0;
  Decision decision = Decision::Unknown;
  Code code = Code::None;
  std::uint16_t status = 0;
  bool used_rebook_right = false;
  std::uint64_t ticket = 0;
  Name person = 0;
  Name programme = 0;
  std::uint32_t programme_version = 0;
  std::uint32_t version = 0;
  Made appointment = 0;
  std::uint64_t shown = 0;  // says_of() the appointment that it shows (documents.h)
  Made hold = 0;
  std::uint64_t place = 0;  // place_of() what it names
  Instant until;
  Instant opens_at;
  Day not_before;
  Day not_after;
};

/// A document of `sync`.
struct Document {
  Made appointment = 0;
  Name programme = 0;
  Name person = 0;
  Name site = 0;
  Name slot = 0;
  Name product = 0;
  std::uint32_t version = 0;
  AppointmentState state = AppointmentState::Unknown;
  CancelledBy cancelled_by = CancelledBy::Nobody;
  Instant starts_at;
  Instant rebook_until;
  std::uint64_t says = 0;  // says_of() all of it
  bool operator==(const Document&) const = default;
};

struct Admission {
  Name queue = 0;
  Name person = 0;
  std::uint64_t ticket = 0;
  std::uint64_t place = 0;
  Instant admitted_at;
  std::uint32_t session_seconds = 0;
};

/// A site's answer: a ReservationGranted, HoldGranted, or their refusals.
struct Answer {
  bool is_granted = false;
  bool is_of_hold = false;
  Made what = 0;
  Name person = 0;
  Name site = 0;  // of a granted reservation, with the next two
  Name slot = 0;
  Name product = 0;
};

/// What bookings asked of a site: Reserve, HoldRequested, HoldConfirmed.
struct Wish {
  RecordType type = 0;
  Made what = 0;  // the appointment, or the hold of a HoldRequested
  Made hold = 0;  // of a HoldConfirmed; that a HoldRequested replaces
  Name person = 0;
  Name programme = 0;
  Name site = 0;
  Name slot = 0;
  Name product = 0;
};

struct Told {  // AppointmentWithdrawn
  Made appointment = 0;
  Name site = 0;
};
struct Released {  // HoldReleaseRequested
  Made hold = 0;
};
struct Ended {  // SessionEnded
  Name queue = 0, person = 0;
  std::uint64_t ticket = 0;
  bool operator==(const Ended&) const = default;
};

/// What a row of a stream says.
using Fact =
    std::variant<std::monostate, Said, Document, Admission, Answer, Wish, Told, Released, Ended>;
class Block;
struct Effect {
  At row;
  std::uint64_t reverse_last = 0;  // of its place in the stream
  Block* block = nullptr;          // that it lies in (opener.h)
  Fact what;
};
/// All that one record caused, each stream in its order. They lie where they were read.
using Caused = absl::InlinedVector<const Effect*, 4>;

template <class T, class Visit>
void for_each(const Caused& caused, Visit&& visit) {
  for (const Effect* effect : caused) {
    if (const T* one = std::get_if<T>(&effect->what)) visit(*one, effect->row);
  }
}

/// What an effect or a row says; `body` of one that is no document.
[[nodiscard]] Fact fact_of(Names& names, const Envelope& envelope, const Record& body,
                           const Ids& ids);

}  // namespace jari::audit
