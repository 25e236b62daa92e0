// tests/sim/ledger.h — Ledger: the tiny model of the business, made of what people and operators
// were told and of nothing else; plain maps, no rule of the consumers or of the audit.
//
// At rest, when everything asked has been answered, it must be the state.
//
// Units:   counts of places, doses, tickets.
// Errors:  two answers that contradict each other fail the trace.
// Threads: one.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/request.h"
#include "tests/sim/trace.h"

namespace jari::sim {

class Ledger {
 public:
  using Names2 = std::pair<std::string, std::string>;

  struct Known {  // an appointment, at the latest version told
    std::string person, programme, site, slot, product;
    AppointmentState state = AppointmentState::Unknown;
    std::uint32_t version = 0;
    Hash128 content;
    CancelledBy cancelled_by = CancelledBy::Nobody;
    std::uint8_t dose = 0;
    Instant starts_at;
    Day starts_on;
  };
  struct Held {
    std::string person, programme, site, slot, product;
  };
  struct Slot {
    std::uint32_t version = 0;
    std::uint32_t published = 0;  // of them, the last that was no withdrawal
    std::uint32_t capacity = 0;
    bool is_withdrawn = false;
    bool was_cancelled = false;  // with its appointments, at least once
    bool was_cut = false;
    std::uint32_t capacity_max = 0;
    std::uint32_t length_seconds = 0;
    Instant starts_at;
    Day starts_on;
  };
  struct Site {
    std::uint32_t version = 0;
    std::string name, region, zone;
  };
  struct Stock {
    std::int64_t doses = 0;
    bool was_delivered = false;  // or taken away: some change of it was told
    bool was_cut = false;
  };
  struct Queue {
    std::map<std::uint64_t, std::string> tickets;   // whose
    std::map<std::uint32_t, std::string> settings;  // QueueConfigured by version
    QueueConfigured last;                           // all of them, the later over the earlier
    std::uint32_t version = 0;
  };
  struct Programme {
    std::map<std::uint32_t, std::string> settings;  // ProgrammeConfigured by version
    Hash128 last;                                   // the content of the latest of them
    std::uint32_t most = 0;                         // appointments that were ever allowed at once
    std::int32_t days_min = 0;                      // between doses, as it was set last
  };
  struct Standing {
    std::uint64_t order = 0;
    std::string cohort;  // empty: revoked
    std::size_t grants = 0;
    std::uint8_t doses_done = 0;  // as it was granted last
    Day last_dose_on;
    std::string last_product;
  };
  struct Told {
    Code code = Code::None;  // None: granted
    std::string hold;        // that was made
  };

  explicit Ledger(Trace& trace) : trace_(trace) {}

  /// `order`: of the decision in its partition.
  void take(const Request& request, const Outcome& outcome, std::uint64_t order);
  /// Somebody looked: what was seen must not be less than what was told before.
  void see(const Appointment& appointment);
  void see_queue(std::string_view queue, std::uint64_t last_ticket, std::uint64_t now_serving);

  std::map<std::string, Told> answers;  // by key, what was told first
  std::map<std::string, Known> appointments;
  std::map<std::string, Held> holds;
  std::map<Names2, Slot> slots;    // site, slot
  std::map<Names2, Stock> stocks;  // site, product
  std::map<std::string, Queue> queues;
  std::map<std::string, Programme> programmes;
  std::map<Names2, Standing> standings;  // person, programme
  std::map<std::string, Site> sites;
  std::vector<Names2>
      short_moves;                 // appointment and site where it found no dose, product unchanged
  std::set<std::string> excepted;  // people for whom an operator has overridden a rule
  std::set<std::string> attended;  // of whom it was recorded whether they came

 private:
  void take_appointment(const Request& request, const Appointment& told);
  void take_ticket(const Request& request, const Outcome& outcome);
  void take_queue(const Request& request, const Outcome& outcome);
  void take_site(const Request& request, const Outcome& outcome);
  void take_slot(const Request& request, const Outcome& outcome);
  void take_programme(const Request& request, const Outcome& outcome);
  [[nodiscard]] Hash128 content_of(const Appointment& appointment) const {
    return hash_of_record(appointment);
  }
  void expect_same_version(const Appointment& told);

  Trace& trace_;
  std::map<std::pair<std::string, std::uint32_t>, Hash128> versions_;
  std::map<std::string, std::string> made_by_;  // appointment or hold → key
  std::map<std::string, std::uint32_t> seen_;   // versions
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>, std::less<>> seen_queues_;
};

}  // namespace jari::sim
