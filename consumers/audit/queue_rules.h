// consumers/audit/queue_rules.h — I4: tickets dense and given once, admissions in the order of the
// places, within rate and most inside, and only while the queue is open.
//
// Believes which requests were granted and whom a tick admitted; the line is its own.
//
// Units:   ends of sessions in ms of time without outages; tickets and places count from 1.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "consumers/audit/kept.h"
#include "consumers/audit/seen.h"

namespace jari::audit {

class QueueRules {
 public:
  explicit QueueRules(const Desk& desk) : desk_(desk) {}
  void look(const Seen& seen);
  void count(Kept& kept) const;

 private:
  enum class State : std::uint8_t { Waiting, Inside, Over };
  struct Ticket {
    Name person = 0;
    State state = State::Waiting;
    std::uint64_t place = 0;
    std::int64_t ends_ms = 0;
    [[nodiscard]] bool is_live(const Moment& time) const {
      return state == State::Waiting || (state == State::Inside && ends_ms > time.steady_ms());
    }
  };
  struct Prequeue {
    Instant opens_at;
    Instant closes_at;
    std::string commitment;
    std::string beacon_name;
  };
  struct Queue {
    bool is_known = false;
    Name programme = 0;
    Instant opens_at;
    Instant closes_at = kNever;
    std::uint32_t rate = 0;
    std::uint32_t inside_max = 0;
    std::uint32_t session_seconds = 0;
    bool paused = false;
    bool rejoin = true;
    std::optional<Prequeue> prequeue;
    std::optional<std::pair<std::string, std::string>> drawn;  // seed and beacon
    std::uint64_t to_draw = 0;  // tickets given before the pre-queue closed
    Instant last_ticket_at;
    std::vector<Ticket> tickets;
    absl::flat_hash_map<Name, std::uint64_t> latest;     // of each person
    absl::btree_map<std::uint64_t, std::uint64_t> line;  // place to ticket, who waits
    absl::btree_multiset<std::int64_t> inside;           // ends
    std::int64_t second = 0;
    std::uint32_t in_second = 0;
    [[nodiscard]] Instant tickets_from() const { return prequeue ? prequeue->opens_at : opens_at; }
  };
  /// An admission and where it stands.
  using Row = std::pair<Admission, At>;

  template <class Rules>
  friend void apply_body(Rules& rules, const Seen& seen);
  void apply(const Seen& seen, const QueueConfigured& said);
  void apply(const Seen& seen, const PrequeueDrawn& said);
  void apply(const Seen& seen, const TicketRequested& ask);
  void apply(const Seen& seen, const TicketReturned& ask);
  void apply(const Seen& seen, const SessionEnded& ended);
  void apply(const Seen& seen, const AdmissionHeld& held);
  void apply(const Seen& seen, const ProgrammeConfigured& settings);

  void set_prequeue(const Seen& seen, const QueueConfigured& said, Queue& queue);
  void draw(const PrequeueDrawn& said, const std::string& seed, Queue& queue);
  void note_draw(const Seen& seen, const PrequeueDrawn& said, const Queue& queue);
  void give(const Seen& seen, Name person, std::uint64_t number, Queue& queue);
  void check_ticket(const Seen& seen, const Queue& queue, bool had_one);
  void check_refusal(const Seen& seen, const Said& said, const At& row) const;
  void read_acks(const Seen& seen);
  void look_at_admissions(const Seen& seen);
  void admit(const Seen& seen, const Row& row);
  void check_ticket_of(const Seen& seen, const Queue& queue, const Row& row);
  void check_open(const Seen& seen, const Queue& queue, const Row& row);
  void check_order(const Seen& seen, const Queue& queue, const Row& row);
  void check_bounds(const Seen& seen, Queue& queue, const Row& row);
  [[nodiscard]] bool is_full(const Seen& seen, Name person) const;
  static void leave(Queue& queue, Ticket& ticket);
  static void sweep(Queue& queue, const Moment& time);
  [[nodiscard]] Queue& queue_of(const Seen& seen, Name name) {
    return queues_[{seen.at.where, name}];
  }

  Desk desk_;
  std::map<std::pair<PartitionRef, Name>, Queue> queues_;
  std::map<PartitionRef, bool> held_;
  std::map<std::pair<PartitionRef, Name>, Name> programmes_;  // the queue that it names
  using Pair = std::pair<PartitionRef, PartitionRef>;
  absl::flat_hash_map<Pair, std::uint64_t> sent_;
  absl::flat_hash_map<Pair, std::uint64_t> acked_;
};

}  // namespace jari::audit
