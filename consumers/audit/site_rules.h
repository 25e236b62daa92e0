// consumers/audit/site_rules.h — I1: places and doses as the records say, counted once more.
//
// Believes the site which requests it granted, and nothing else of it.
//
// Units:   ends of holds in ms of time without outages.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <set>
#include <unordered_map>

#include "consumers/audit/seen.h"

namespace jari::audit {

/// What an appointment has at a site.
struct Booked {
  std::string slot;
  std::string product;
  bool has_dose = true;
};

class SiteRules {
 public:
  explicit SiteRules(const Desk& desk) : desk_(desk) {}

  void look(const Seen& seen);
  /// What the appointment has at that site; nullptr: nothing.
  [[nodiscard]] const Booked* booked(const std::string& appointment, const std::string& site) const;
  /// Whether a withdrawal took it and its person's partition has not been told.
  [[nodiscard]] bool is_untold(const std::string& appointment, const std::string& site) const;
  /// Every place that somebody has, as (appointment, site).
  using Key = std::pair<std::string, std::string>;
  [[nodiscard]] const std::map<Key, Booked>& all_booked() const { return booked_; }

 private:
  struct Slot {
    std::uint32_t capacity = 0;
    std::int64_t booked = 0;
    bool is_withdrawn = false;
    std::set<std::string> holds;
    std::set<std::string> appointments;
  };
  struct Stock {
    std::int64_t doses = 0;
    std::int64_t taken = 0;  // booked and held
  };
  struct Hold {
    std::string person;
    std::string site;
    std::string slot;
    std::string product;
    std::int64_t ends_ms = 0;
  };
  /// What whoever is granted something has already of it.
  struct Own {
    bool place = false;
    bool dose = false;
  };

  void apply(const Seen& seen, const SlotPublished& said);
  void apply(const Seen& seen, const SlotChanged& said);
  void apply(const Seen& seen, const SlotWithdrawn& said);
  void apply(const Seen& seen, const StockChanged& said);
  void apply(const Seen& seen, const Reserve& ask);
  void apply(const Seen& seen, const Release& ask);
  void apply(const Seen& seen, const HoldRequested& ask);
  void apply(const Seen& seen, const HoldConfirmed& ask);
  void apply(const Seen& seen, const HoldReleaseRequested& ask);
  void apply(const Seen& seen, const DoseReturned& ask);
  void apply(const Seen& seen, const DoseTaken& ask);

  [[nodiscard]] bool is_done(const Seen& seen) const;
  void check_room(const Seen& seen, const Key& slot, const std::string& product, const Own& own);
  void book(const Key& key, Booked what);
  void unbook(const Key& key);
  void end_hold(const std::string& hold);
  void end_holds_due(const Seen& seen);
  [[nodiscard]] const Hold* live_hold(std::string_view hold, std::string_view person) const;

  Desk desk_;
  std::map<Key, Slot> slots_;    // (site, slot)
  std::map<Key, Stock> stocks_;  // (site, product)
  std::map<Key, Booked> booked_;
  std::unordered_map<std::string, Hold> holds_;
  std::map<PartitionRef, std::set<std::pair<std::int64_t, std::string>>> hold_ends_;
  std::set<Key> untold_;
};

}  // namespace jari::audit
