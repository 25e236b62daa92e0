// consumers/model/queue_records.h — what stands in a partition of `queue`, and what leaves it.
//
// Says nothing of what follows from a record: consumers/queue/.
//
// Units:   Instant is log time in ms; session_seconds is a length, never an end.
// Errors:  none.
// Threads: plain values; texts are views.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "consumers/model/ids.h"

namespace jari {

struct PrequeueSettings {
  Instant opens_at;
  Instant closes_at;
  std::string_view commitment;   // lower-case hex SHA-256 of the seed
  std::string_view beacon_name;  // the public value that is mixed in; empty: none
  bool operator==(const PrequeueSettings&) const = default;
  JARI_FIELDS(PrequeueSettings, opens_at, closes_at, commitment, beacon_name)
};

// What a setting may be at most, to the door and to the queue itself.
inline constexpr std::uint32_t kRatePerSecondMax = 1'000'000;
inline constexpr std::uint32_t kInsideMaxMax = 100'000'000;
inline constexpr std::uint32_t kSessionSecondsMax = 86'400;
inline constexpr std::size_t kMessageCharactersMax = 500;
inline constexpr std::size_t kBeaconCharactersMax = 200;  // of its name, and of its value

/// The fields of a queue that a request names, as bits of QueueConfigured::set.
enum class QueueField : std::uint32_t {
  Programme = 1,
  OpensAt = 2,
  ClosesAt = 4,
  Rate = 8,
  InsideMax = 16,
  SessionSeconds = 32,
  Prequeue = 64,
  Message = 128,
  Paused = 256,
  Rejoin = 512,
};
inline constexpr std::uint32_t kEveryQueueField = 1023;

/// Request of an operator: sets the fields in `set` (all of them: a PUT), leaves the rest.
struct QueueConfigured {
  QueueId queue;
  std::uint32_t set = 0;
  std::uint32_t expects_version = 0;  // 0: whatever it is
  ProgrammeId programme;
  Instant opens_at;
  Instant closes_at;
  std::uint32_t rate_per_second = 0;
  std::uint32_t inside_max = 0;
  std::uint32_t session_seconds = 0;
  std::optional<PrequeueSettings> prequeue;
  std::string_view message;
  bool paused = false;
  bool rejoin = true;
  JARI_FIELDS(QueueConfigured, queue, set, expects_version, programme, opens_at, closes_at,
              rate_per_second, inside_max, session_seconds, prequeue, message, paused, rejoin)
};

/// Request of an operator: reveals the seed and draws the pre-queue's places.
struct PrequeueDrawn {
  QueueId queue;
  std::string_view seed;  // 64 lower-case hex digits
  std::string_view beacon;
  JARI_FIELDS(PrequeueDrawn, queue, seed, beacon)
};

/// Request of a person.
struct TicketRequested {
  QueueId queue;
  PersonId person;
  JARI_FIELDS(TicketRequested, queue, person)
};
struct TicketReturned {
  QueueId queue;
  PersonId person;
  JARI_FIELDS(TicketReturned, queue, person)
};

/// Effect of bookings: the session is used up (the last booking was granted).
struct SessionEnded {
  QueueId queue;
  PersonId person;
  std::uint64_t ticket = 0;
  JARI_FIELDS(SessionEnded, queue, person, ticket)
};

/// Effect in bookings: the person may act for session_seconds from when their partition applies it.
struct Admitted {
  PersonId person;
  QueueId queue;
  std::uint64_t ticket = 0;
  std::uint64_t place = 0;
  Instant admitted_at;  // the queue's log time
  std::uint32_t session_seconds = 0;
  JARI_FIELDS(Admitted, person, queue, ticket, place, admitted_at, session_seconds)
};

/// Effect in bookings: the person gave the ticket back while inside.
struct AdmissionEnded {
  PersonId person;
  QueueId queue;
  std::uint64_t ticket = 0;
  JARI_FIELDS(AdmissionEnded, person, queue, ticket)
};

/// The node's own record in a partition of `queue`: no admissions while disk, load or the old
/// database cannot bear more.
struct AdmissionHeld {
  bool on = false;
  std::string_view why;
  JARI_FIELDS(AdmissionHeld, on, why)
};

}  // namespace jari
