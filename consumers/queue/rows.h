// consumers/queue/rows.h — what is stored of the queues of one partition, and nothing that follows
// from it.
//
// Units:   Instant in ms; Deadline is log time without outages; tickets and places count from 1.
// Errors:  none.
// Threads: plain values.
#pragma once

#include <optional>
#include <string>

#include "consumers/model/queue_records.h"
#include "engine/runtime/consumer.h"
#include "engine/store/names.h"

namespace jari::queue {

using TicketNo = std::uint32_t;  // 0: none
inline constexpr TicketNo kTicketsMax = 0xfffffff0U;

struct QueueKey {
  Name queue;
  bool operator==(const QueueKey&) const = default;
  JARI_FIELDS(QueueKey, queue)
};

struct PrequeueRow {
  Instant opens_at;
  Instant closes_at;
  std::string commitment;
  std::string beacon_name;
  bool operator==(const PrequeueRow&) const = default;
  JARI_FIELDS(PrequeueRow, opens_at, closes_at, commitment, beacon_name)
};

/// What the draw revealed, and how many tickets it placed.
struct DrawRow {
  std::string seed;  // hex
  std::string beacon;
  std::uint32_t tickets = 0;
  JARI_FIELDS(DrawRow, seed, beacon, tickets)
};

/// A queue as its operator has set it.
struct QueueRow {
  std::uint32_t version = 0;
  Name programme;
  Instant opens_at;
  Instant closes_at;
  std::uint32_t rate_per_second = 0;
  std::uint32_t inside_max = 0;
  std::uint32_t session_seconds = 0;
  std::optional<PrequeueRow> prequeue;
  std::string message;
  bool paused = false;
  bool rejoin = true;
  std::optional<DrawRow> draw;
  JARI_FIELDS(QueueRow, version, programme, opens_at, closes_at, rate_per_second, inside_max,
              session_seconds, prequeue, message, paused, rejoin, draw)
};

/// How far a queue has come: apart from its settings because every ticket changes it.
struct LineRow {
  TicketNo last_ticket = 0;
  TicketNo prequeue_tickets = 0;  // of them, given before prequeue.closes_at
  std::uint32_t reached = 0;      // places up to here were admitted, given back or passed over
  std::uint32_t now_serving = 0;  // the highest place admitted
  std::int64_t second = 0;        // of log time, whole, since the epoch
  std::uint32_t admitted_in_second = 0;
  Instant last_ticket_at;  // when it was given
  JARI_FIELDS(LineRow, last_ticket, prequeue_tickets, reached, now_serving, second,
              admitted_in_second, last_ticket_at)
};

struct TicketKey {
  Name queue;
  TicketNo ticket = 0;
  bool operator==(const TicketKey&) const = default;
  JARI_FIELDS(TicketKey, queue, ticket)
};

/// Ended: told so by the person's partition. A session that ran out stays Admitted, and is over.
enum class TicketState : std::uint8_t {
  Unknown = 0,
  Waiting = 1,
  Admitted = 2,
  Returned = 3,
  Ended = 4,
};
/// Sixteen bytes: there are ten million of them.
struct TicketRow {
  Name person;
  TicketState state = TicketState::Unknown;
  Deadline ends;  // of the session of an admitted one
  JARI_FIELDS(TicketRow, person, state, ends)
};

struct PlaceKey {
  Name queue;
  std::uint32_t place = 0;
  bool operator==(const PlaceKey&) const = default;
  JARI_FIELDS(PlaceKey, queue, place)
};
/// Was passed over: the stream to the person's partition had no room.
struct PassedRow {
  PartitionNo partition = 0;  // of bookings
  JARI_FIELDS(PassedRow, partition)
};

/// The partition's one row while admissions are held.
struct HeldKey {
  std::uint8_t only = 0;
  bool operator==(const HeldKey&) const = default;
  JARI_FIELDS(HeldKey, only)
};
struct HeldRow {
  std::string why;
  JARI_FIELDS(HeldRow, why)
};

}  // namespace jari::queue
