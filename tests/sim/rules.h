// tests/sim/rules.h — Rules: what a request must be told, by the contract's rules said a second
// time, of what people and operators were told and of the documents of `sync`.
//
// Knows no state of the service and none of its code. Whether there is room is said of a rest at
// which nobody holds anything. What cannot be known is left open: whether somebody has a right to
// rebook, the doses of whoever came, what turns on a moment that is near.
//
// Units:   counts of places and doses.
// Errors:  none.
// Threads: pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/watch.h"
#include "tests/sim/workload.h"

namespace jari::sim {

class Rules {
 public:
  /// Between which moments all that is asked now will be decided.
  struct Moment {
    Instant from, to;
    [[nodiscard]] bool is_near(Instant at) const { return from < at && at <= to; }
    [[nodiscard]] bool is_past(Instant at) const { return at <= from; }
  };
  /// What a grant shows besides.
  enum Shows : std::uint32_t {
    LastPlace = 1,
    LastDose = 2,
    PlaceGivenBack = 4,
    SecondDose = 8,
    FirstDay = 16,
    LastDay = 32,
    LaterCohort = 64,
    OwnDose = 128,  // at a site that has no other
    AnotherTicket = 256,
  };
  struct Verdict {
    std::optional<Code> code;  // None: granted; nothing: it is left open
    std::uint32_t shows = 0;
  };

  Rules(const Ledger& ledger, const Watch& watch, Moment moment);
  /// Of a hold, too.
  [[nodiscard]] Verdict booking(const Workload::Wish& wish, bool is_admitted) const;
  /// By the one whose it is, with the product it has.
  [[nodiscard]] Verdict move(const std::string& appointment, const std::string& site,
                             const std::string& slot) const;
  [[nodiscard]] Verdict cancel(const std::string& appointment) const;
  /// In a line in which nobody waits and nobody is inside.
  [[nodiscard]] Verdict ticket(const std::string& queue, const std::string& who) const;
  [[nodiscard]] std::uint32_t hold_seconds(const std::string& programme) const;

 private:
  using Names2 = Ledger::Names2;
  struct Days {
    Day first, last;  // unknown: no bound
  };
  /// What somebody has booked in a programme.
  struct Course {
    std::uint32_t active = 0;
    Day last_on;
    std::string last_product;
    bool is_open = false;  // what it is
    bool may_have_right = false;
  };
  struct Entry {
    std::optional<Code> code;
    bool is_later = false;
  };

  void count(const std::string& id, const Ledger::Known& told, const Watch& watch);
  [[nodiscard]] Course course_of(const Names2& whose) const;
  [[nodiscard]] Entry entry(const ProgrammeConfigured& programme, const std::string& cohort,
                            bool is_admitted) const;
  [[nodiscard]] Verdict at_site(const Names2& slot, const std::string& product, Days days,
                                bool has_dose) const;
  [[nodiscard]] static const ProductSettings* product_of(const ProgrammeConfigured& programme,
                                                         const std::string& product);
  [[nodiscard]] static Days days_of(const ProductSettings& product, Day before);
  [[nodiscard]] std::optional<Code> why_not_active(const std::string& id) const;
  template <class Map>
  [[nodiscard]] static std::int64_t count_of(const Map& counts, const Names2& key) {
    const auto at = counts.find(key);
    return at == counts.end() ? 0 : at->second;
  }

  const Ledger& ledger_;
  Moment moment_;
  std::map<std::string, ProgrammeConfigured> programmes_;
  std::set<std::string> cancelled_;
  std::map<Names2, std::vector<const Ledger::Known*>> booked_;  // person, programme
  std::set<Names2> lost_;                                       // who and where
  std::map<Names2, std::int64_t> places_;                       // taken, by site and slot
  std::map<Names2, std::int64_t> doses_;                        // taken, by site and product
  std::set<Names2> given_back_;                                 // site, slot
};

}  // namespace jari::sim
