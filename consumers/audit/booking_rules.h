// consumers/audit/booking_rules.h — I2 and I3: how many active appointments a person has, and by
// what right they and the holds were granted.
//
// Judges admission, cohort's window, eligibility and rights where the rules say, and no dose.
//
// Units:   ends of sessions and rights in ms of time without outages.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <map>
#include <optional>

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>

#include "consumers/audit/sync_rules.h"

namespace jari::audit {

class BookingRules {
 public:
  BookingRules(const Desk& desk, SyncRules& sync) : desk_(desk), sync_(sync) {}
  void look(const Seen& seen);
  /// Of a hold, granted or asked for; 0: it was neither, or is over.
  [[nodiscard]] Name programme_of(Made hold) const;
  [[nodiscard]] Name holder_of(Made hold) const;
  /// Of the programme, as the partition knows it; 0: not at all.
  [[nodiscard]] std::uint32_t version_of(PartitionRef where, Name programme) const;
  /// Of the person's session, by the time without outages.
  [[nodiscard]] std::optional<std::int64_t> session_end(PartitionRef where,
                                                        const Names2& whose) const;
  void expect_soon(const Seen& seen) const {
    if (seen.at.where.topic != kBookingsTopic) return;
    const Names2 whose{seen.ids.person, seen.ids.programme};
    if (seen.ids.queue != 0) sessions_.prefetch(Names2{seen.ids.person, seen.ids.queue});
    if (!seen.is_request()) return;
    eligible_.prefetch(whose);
    const Programme* known = programme(seen, whose.second);
    if (known != nullptr) sessions_.prefetch(Names2{whose.first, known->queue});
  }
  void expect_soon(const Document& document) const {
    appointments_.prefetch(Names2{document.person, document.programme});
  }
  void count(Kept& kept) const;

 private:
  struct Session {
    std::uint64_t ticket = 0;
    std::int64_t ends_ms = 0;
    bool is_over = false;
  };
  struct Window {
    Name cohort = 0;
    Instant opens_at;
    Instant closes_at;
  };
  struct Programme {
    Name queue = 0;
    std::uint32_t active_max = 1;
    std::uint32_t rebook_seconds = 0;
    std::uint32_t version = 0;
    std::vector<Window> windows;
  };
  struct Hold {
    Names2 whose;  // person and programme
    std::uint32_t active_max = 0;
  };
  static constexpr const char* kUnjudged = "though its site was asked before anybody asked for it";
  /// A request for a booking, a hold or another slot: as it stood, and as it was judged.
  struct Ask {
    Made made = 0;
    std::uint64_t request = 0;
    RecordType type = 0;
    bool is_operators = false;
    bool was_admitted = false;
    bool was_eligible = false;
    bool window_open = false;
    Name cohort = 0;
    Name site = 0, slot = 0;
    std::string product;
    Made hold = 0;
    std::uint32_t overrides = 0;
    At at;
    Instant asked_at;
    std::string by, reason;  // of an operator's
    Made uses = 0;           // from here on once it is judged: the hold that goes with it
    std::uint32_t active_max = 0;
    std::optional<std::int64_t> right;   // its end
    std::optional<std::string> problem;  // once judged; empty: it may be granted
  };
  /// What a person's requests in a programme wait for.
  struct Line {
    bool is_pending = false;
    absl::InlinedVector<Ask, 1> asks;
    absl::InlinedVector<std::pair<std::uint64_t, Name>, 1> grants;  // request and cohort
  };
  using Lines = absl::flat_hash_map<Names2, Line>;

  template <class Rules>
  friend void apply_body(Rules& rules, const Seen& seen);
  void apply(const Seen& seen, const Admitted& admission);
  void apply(const Seen& seen, const AdmissionEnded& end);
  void apply(const Seen& seen, const ProgrammeConfigured& settings);
  void apply(const Seen& seen, const EligibilityGranted& said);
  void apply(const Seen& seen, const BookingRequested& asked);
  void apply(const Seen& seen, const HoldRequested& asked);
  void apply(const Seen& seen, const RescheduleRequested& asked);
  void apply(const Seen& seen, const ReservationGranted& yes);
  void apply(const Seen& seen, const ReservationRefused& no);
  void apply(const Seen& seen, const HoldGranted& yes);
  void apply(const Seen& seen, const HoldRefused& no);
  void apply(const Seen& seen, const HoldEnded& end);

  void remember(const Seen& seen, const Names2& whose, Ask ask);
  void answered(Made what, bool is_of_hold);
  void look_at_change(const Seen& seen, const SyncRules::Change& change);
  void look_at_outcome(const Seen& seen, const Said& said);
  void judge(const Seen& seen, const Wish& wish);
  [[nodiscard]] std::string problem_of(const Seen& seen, const Wish& wish, const Names2& whose,
                                       const Ask& ask) const;
  [[nodiscard]] bool is_window_open(const Programme& settings, Name cohort, const Ask& ask) const;
  void booked(const Seen& seen, const Document& document);
  void lost(const Seen& seen, const Document& document);
  void check_active(const Seen& seen, const Document& document, const Ask* ask);
  void check_ends(const Seen& seen);
  void list(const Ask& ask, const Names2& whose);
  void clean();

  [[nodiscard]] Ask* ask_of(const Names2& whose, Made made);
  [[nodiscard]] const Programme* programme(const Seen& seen, Name name) const;
  [[nodiscard]] const Programme* programme(PartitionRef where, Name name) const;
  [[nodiscard]] std::uint32_t active_of(const Names2& whose, const Moment& time);
  [[nodiscard]] static bool is_open(const Programme& settings, Name cohort, Instant at);

  Desk desk_;
  SyncRules& sync_;
  std::map<std::pair<PartitionRef, Name>, Programme> programmes_;
  absl::flat_hash_map<Names2, Session> sessions_;  // person and queue
  absl::flat_hash_map<Names2, Name> eligible_;     // person and programme: the cohort
  absl::flat_hash_map<Names2, absl::InlinedVector<std::int64_t, 1>> rights_;  // ends, sorted
  absl::flat_hash_map<Names2, absl::InlinedVector<Made, 2>> appointments_;    // booked
  absl::flat_hash_map<Made, Hold> holds_;                                     // granted
  absl::flat_hash_map<std::pair<Made, bool>, Names2> pending_;                // whether a hold
  Lines lines_;
  std::vector<Names2> touched_;  // lines, by the record looked at
  std::vector<Ended> used_up_;   // sessions, by the same
};

}  // namespace jari::audit
