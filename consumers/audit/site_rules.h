// consumers/audit/site_rules.h — I1: places and doses as the records say, counted once more.
//
// Believes the site which requests it granted, and nothing else of it.
//
// Units:   ends of holds in ms of time without outages.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <map>
#include <set>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "consumers/audit/kept.h"
#include "consumers/audit/seen.h"

namespace jari::audit {

/// What an appointment has at a site.
struct Booked {
  Name slot = 0;
  Name product = 0;
  bool has_dose = true;
  At granted_at;
};
/// An appointment at a site.
using Stay = std::pair<Made, Name>;

class SiteRules {
 public:
  explicit SiteRules(const Desk& desk) : desk_(desk) {}

  void look(const Seen& seen);
  void expect_soon(const Seen& seen) const {
    if (seen.at.where.topic != kInventoryTopic) return;
    booked_.prefetch(Stay{seen.ids.appointment, seen.ids.site});
    slots_.prefetch(Names2{seen.ids.site, seen.ids.slot});
  }
  /// What the appointment has at that site; nullptr: nothing.
  [[nodiscard]] const Booked* booked(Made appointment, Name site) const;
  /// Whether a withdrawal took it and its person's partition has not been told.
  [[nodiscard]] bool is_untold(Made appointment, Name site) const;
  [[nodiscard]] const absl::flat_hash_map<Stay, Booked>& all_booked() const { return booked_; }
  void count(Kept& kept) const;

 private:
  struct Slot {
    std::uint32_t capacity = 0;
    bool is_published = false;
    bool is_withdrawn = false;
    Instant starts_at;
    Day starts_on;
    std::uint32_t length_seconds = 0;
    absl::flat_hash_set<Made> holds;
    absl::flat_hash_set<Made> appointments;
    [[nodiscard]] std::size_t taken() const { return holds.size() + appointments.size(); }
  };
  struct Stock {
    std::int64_t doses = 0;
    std::int64_t taken = 0;  // booked and held
    bool has_come = false;   // a first delivery
  };
  struct Hold {
    Name person = 0;
    Name site = 0;
    Name slot = 0;
    Name product = 0;
    std::int64_t ends_ms = 0;
  };
  /// What whoever is granted something has already of it.
  struct Own {
    bool place = false;
    bool dose = false;
  };
  /// When the slot may be, as the request says.
  struct When {
    Day not_before;
    Day not_after;
    std::uint32_t overrides = 0;
  };

  template <class Rules>
  friend void apply_body(Rules& rules, const Seen& seen);
  void apply(const Seen& seen, const SlotPublished& said) { publish(seen, said); }
  void apply(const Seen& seen, const SlotChanged& said) { publish(seen, said); }
  void apply(const Seen& seen, const SlotWithdrawn& said);
  void apply(const Seen& seen, const StockChanged& said);
  void apply(const Seen& seen, const Reserve& ask);
  void apply(const Seen& seen, const Release& ask);
  void apply(const Seen& seen, const HoldRequested& ask);
  void apply(const Seen& seen, const HoldConfirmed& ask);
  void apply(const Seen& seen, const HoldReleaseRequested& ask);
  void apply(const Seen& seen, const DoseReturned& ask);
  void apply(const Seen& seen, const DoseTaken& ask);

  template <class Said>
  void publish(const Seen& seen, const Said& said);
  template <class Said>
  void note_change(const Seen& seen, const Names2& key, const Slot& slot, const Said& said);
  void note(const Seen& seen, std::string what);
  [[nodiscard]] const Answer* granted(const Seen& seen) const;
  void check_room(const Seen& seen, const Names2& slot, Name product, const Own& own);
  void check_time(const Seen& seen, const Names2& slot, const When& when);
  void check_answer(const Seen& seen, const Answer& answer, Name person, Names2 slot, Name product);
  void book(const Stay& stay, const Booked& what);
  void unbook(const Stay& stay);
  void end_hold(Made hold);
  void end_holds_due(const Seen& seen);
  [[nodiscard]] const Hold* live_hold(Made hold, Name person) const;
  [[nodiscard]] std::string text_of(const Names2& slot) const;

  Desk desk_;
  absl::flat_hash_map<Names2, Slot> slots_;    // (site, slot)
  absl::flat_hash_map<Names2, Stock> stocks_;  // (site, product)
  absl::flat_hash_map<Stay, Booked> booked_;
  absl::flat_hash_map<Made, Hold> holds_;
  std::map<PartitionRef, std::set<std::pair<std::int64_t, Made>>> hold_ends_;
  absl::flat_hash_set<Stay> untold_;
};

}  // namespace jari::audit
