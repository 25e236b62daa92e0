// consumers/api/call.h — Call: one request on its way from its connection to its answer, and Reply:
// what the engine's thread says of it, before it is written out.
//
// Plain values; what fills them are the routes and the door.
//
// Units:   milliseconds of the clock's since_boot for what the door waits for; Instant is log time.
// Errors:  none.
// Threads: a Call belongs to one thread at a time: its io thread, the engine's, its io thread
// again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consumers/api/forms.h"
#include "consumers/api/positions.h"
#include "consumers/model/record.h"
#include "engine/http/handler.h"

namespace jari::api {

/// Who asks, as the token says.
struct Caller {
  Role role = Role::Nobody;
  std::string name;
  std::string acting_for;
  bool is_limited = false;  // to sites, and their appointments
  std::vector<std::string> sites;
  [[nodiscard]] bool may_touch(std::string_view site) const;
};

/// What a list or a search is asked for.
struct Search {
  std::string region;
  std::string product;
  std::string slot;
  std::optional<AppointmentState> state;
  std::optional<Instant> from;
  std::optional<Instant> to;
  std::string after;  // as read back: what the last row of the page before was
  std::size_t limit = 100;
  seconds wait{0};
};

/// What is shown of a ticket, but for its texts.
struct TicketNow {
  std::uint64_t ticket = 0;
  std::optional<std::uint64_t> place;
  std::string_view state;  // a literal
  std::uint64_t ahead = 0;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> wait_seconds;
  std::optional<Instant> admitted_until;
  std::uint32_t poll_after_seconds = 1;
};

/// A no, with what helps.
struct Refusal {
  Code code = Code::None;
  std::string field = {};
  std::string detail = {};  // empty: what is always said of the code
  Instant opens_at = {};
  Day not_before = {};
  Day not_after = {};
  std::optional<std::int64_t> limit = {};
  std::int64_t retry_after_seconds = 1;
};

struct Reply {
  enum class Kind : std::uint8_t { Nothing, Document, Ticket, Appointment, Pending, Refused };
  Kind kind = Kind::Nothing;
  std::uint16_t status = 204;
  std::string body;                      // Document: JSON. Appointment: the Outcome's bytes
  TicketNow ticket;                      // Ticket
  Refusal refusal;                       // Refused
  std::vector<PartitionRef> missing;     // Pending: of a programme
  Instant as_of;                         // Ticket, Appointment
  std::optional<std::uint32_t> version;  // shown as ETag
  Places places;                         // touched
  bool is_of_any_age = false;            // true at its places, whatever was decided there meanwhile
};

/// A record that a call appends, and what came of it.
struct Append {
  PartitionRef where;
  RecordType type = 0;
  std::string request;  // its key
  std::string body;
  bool is_decided = false;
  // Of who asks and the key, set by the door:
  Hash128 key = {};        // as its partition has it
  Hash128 waits_for = {};  // as the door has who waits
  /// Set once what was appended is durable; null: it was found in the state, so it is. The task
  /// that appended it, and whoever asked the same meanwhile, are the other owners.
  std::shared_ptr<const std::atomic<bool>> stands = {};
};

struct Route;
class TurnedAway;

struct Call {
  const Route* route = nullptr;
  http::Responder responder;
  std::array<std::string, 4> captures;  // ids of the path, in its order
  std::string origin;
  milliseconds began{0};

  Caller caller;
  std::string key;  // of a change: given, or drawn
  bool is_key_drawn = false;
  milliseconds patience{5000};
  std::string reason;
  std::optional<std::uint32_t> if_match;
  std::string if_none_match;
  std::optional<Places> position;
  Search search;
  Hash128 content;
  std::vector<Append> appends;
  std::vector<std::string> sites;  // named in the body: an operator limited to sites must have them
  std::string booked_by;           // of a withdrawal that cancels: who was booked, as JSON
  std::string published_as;        // of a read that is the same for everybody
  bool is_head = false;            // HEAD: answered as GET, the body is left out

  // The door's own.
  std::uint64_t id = 0;
  milliseconds deadline{0};
  std::size_t undecided = 0;
  bool is_applying = false;                 // its records are applied with this batch
  std::uint64_t changes_seen = 0;           // of a published copy: which state it shows
  const TurnedAway* turned_away = nullptr;  // of a read: what partitions refused and forgot
  bool is_late = false;                     // the position asked for was not reached in time
  Reply reply;
};
using CallPtr = std::unique_ptr<Call>;

}  // namespace jari::api
