// consumers/audit/queue_rules.h — I4: tickets dense and given once, admissions in the order of the
// places, within rate and most inside, and only while the queue is open.
//
// Believes which requests were granted and whom a tick admitted; the line is its own.
//
// Units:   ends of sessions in ms of time without outages; tickets and places count from 1.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "consumers/audit/draw.h"
#include "consumers/audit/seen.h"

namespace jari::audit {

class QueueRules {
 public:
  explicit QueueRules(const Desk& desk) : desk_(desk) {}
  void look(const Seen& seen);

 private:
  enum class State : std::uint8_t { Waiting, Inside, Over };
  struct Ticket {
    std::string person;
    State state = State::Waiting;
    std::uint64_t place = 0;
    std::int64_t ends_ms = 0;
  };
  struct Prequeue {
    Instant opens_at;
    Instant closes_at;
    std::string commitment;
    std::string beacon_name;
  };
  struct Queue {
    bool is_known = false;
    std::string programme;
    Instant opens_at;
    Instant closes_at = kNever;
    std::uint32_t rate = 0;
    std::uint32_t inside_max = 0;
    bool paused = false;
    std::optional<Prequeue> prequeue;
    std::optional<std::pair<std::string, std::string>> drawn;  // seed and beacon
    std::uint64_t to_draw = 0;  // tickets given before the pre-queue closed
    std::vector<Ticket> tickets;
    std::unordered_map<std::string, std::uint64_t> latest;  // of each person
    std::map<std::uint64_t, std::uint64_t> line;            // place to ticket, who waits
    std::multiset<std::int64_t> inside;                     // ends
    std::int64_t second = 0;
    std::uint32_t in_second = 0;
  };
  using Place = std::pair<PartitionRef, std::string>;

  void apply(const Seen& seen, const QueueConfigured& said);
  void apply(const Seen& seen, const PrequeueDrawn& said);
  void apply(const Seen& seen, const TicketRequested& ask);
  void apply(const Seen& seen, const TicketReturned& ask);
  void apply(const Seen& seen, const SessionEnded& ended);
  void apply(const Seen& seen, const AdmissionHeld& held);
  void apply(const Seen& seen, const ProgrammeConfigured& settings);

  void set_prequeue(const Seen& seen, const QueueConfigured& said, Queue& queue);
  void look_at_admissions(const Seen& seen);
  void admit(const Seen& seen, const Admission& one);
  void check_open(const Seen& seen, const Queue& queue, const std::string& name);
  void check_order(const Seen& seen, const Queue& queue, const Admission& one);
  void check_bounds(const Seen& seen, Queue& queue, const Admission& one);
  [[nodiscard]] bool is_full(const Seen& seen, const std::string& person) const;
  void leave(Queue& queue, Ticket& ticket);
  static void sweep(Queue& queue, const Moment& time);

  Desk desk_;
  std::map<Place, Queue> queues_;
  std::map<PartitionRef, bool> held_;
  std::map<std::pair<PartitionRef, std::string>, std::string> programmes_;  // its queue
  std::map<PartitionRef, std::uint64_t> sent_in_tick_;
  std::map<std::pair<PartitionRef, PartitionRef>, std::uint64_t> acked_;
};

}  // namespace jari::audit
