// consumers/audit/booking_rules.h — I2, I3 and I7: how many active appointments a person has, by
// what right they were granted, and the versions of their documents.
//
// Believes the documents and the admissions, and judges neither cohort nor dose.
//
// Units:   ends of sessions and rights in ms of time without outages.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <set>
#include <unordered_map>

#include "consumers/audit/site_rules.h"

namespace jari::audit {

class BookingRules {
 public:
  explicit BookingRules(const Desk& desk) : desk_(desk) {}
  void look(const Seen& seen);
  /// After the last record: what is booked must be what the sites have.
  void finish(const SiteRules& sites);

 private:
  struct Session {
    std::uint64_t ticket = 0;
    std::int64_t ends_ms = 0;
    bool is_over = false;
  };
  struct Programme {
    std::string queue;
    std::uint32_t active_max = 1;
    std::uint32_t version = 0;
  };
  /// A request for a booking or a hold, as it stood.
  struct Ask {
    std::string person;
    std::string programme;
    std::string hold;
    std::string by;
    std::string reason;
    std::uint32_t overrides = 0;
    bool is_operators = false;
    bool was_admitted = false;
    bool needed_admission = true;
    std::int64_t at_ms = 0;
  };
  struct Standing {
    Document document;
    At row;
  };
  using Whose = std::pair<std::string, std::string>;  // person and programme
  using Of = std::pair<PartitionRef, std::string>;

  void apply(const Seen& seen, const Admitted& admission);
  void apply(const Seen& seen, const AdmissionEnded& end);
  void apply(const Seen& seen, const ProgrammeConfigured& settings);
  void apply(const Seen& seen, const BookingRequested& asked);
  void apply(const Seen& seen, const HoldRequested& asked);
  void apply(const Seen& seen, const HoldGranted& granted);

  void remember(const Seen& seen, Ask ask);
  void look_at_documents(const Seen& seen);
  void look_at_rows(const Seen& seen);
  void look_for_unsettled(const Seen& seen);
  void lost(const Seen& seen, const Document& document);
  void booked(const Seen& seen, const Document& document);
  void check_active(const Seen& seen, const Document& document, const Ask* ask);
  void check_right(const Seen& seen, const Ask* ask, const Whose& whose, bool used_right,
                   const std::string& what);
  [[nodiscard]] bool take_right(const Whose& whose, std::int64_t since_ms, bool uses_up);
  [[nodiscard]] const Ask* ask_of(MadeId id) const;
  [[nodiscard]] const Programme* programme(PartitionRef where, const std::string& name) const;
  [[nodiscard]] std::uint32_t active_of(const Whose& whose, const Moment& time) const;

  Desk desk_;
  std::map<Of, Programme> programmes_;
  std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> active_max_;  // by version
  std::map<Whose, Session> sessions_;                                          // person and queue
  std::unordered_map<std::uint64_t, Ask> asks_;                                // by made id
  std::set<std::string> holds_;                                                // granted
  std::map<Whose, std::multiset<std::int64_t>> rights_;                        // ends
  std::map<Whose, std::set<std::string>> appointments_;
  std::unordered_map<std::string, Document> documents_;  // as bookings caused them
  std::unordered_map<std::string, Standing> rows_;       // as sync has them
  std::set<std::string> unsettled_;
};

}  // namespace jari::audit
