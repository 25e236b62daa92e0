// consumers/appointments/holds.h — the holds that were granted to people here, and how each ended.
//
// One lives for each person and programme. Whether it lives is decided by the site's partition;
// what is kept here is what a person is shown, and what is said of a hold for 24 h after it is
// over.
//
// Units:   Deadline: an outage ends no hold.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <absl/container/btree_set.h>

#include "consumers/appointments/rows.h"
#include "engine/store/table.h"

namespace jari::appointments {

inline constexpr milliseconds kKeepEndedHolds{24 * 3600 * 1000};

class Holds {
 public:
  explicit Holds(Store& store) : rows_(store, kHoldsTable) {}

  /// A hold that begins to live; its person has no other one in its programme.
  void begin(MadeId hold, HoldRow row);
  /// It lives no longer. Nothing happens to one that is over already.
  void end(MadeId hold, HoldState how, const LogTime& time);
  [[nodiscard]] const HoldRow* find(MadeId hold) const { return rows_.find(hold); }
  /// The live one of a person in a programme; an empty id: none.
  [[nodiscard]] MadeId live_of(PersonProgramme whose) const;
  /// Calls visit(id, row) for the live ones of a person, oldest first. visit must change nothing.
  template <class Visit>
  void for_each_live(Name person, Visit&& visit) const {
    for (auto at = live_.lower_bound({person.number, 0});
         at != live_.end() && at->person == person.number; ++at) {
      visit(MadeId{at->hold}, *rows_.find(MadeId{at->hold}));
    }
  }

  void sweep(const LogTime& time, std::uint32_t count);
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;
  [[nodiscard]] std::size_t live_count() const { return live_.size(); }
  void rebuild();

 private:
  struct OfPerson {
    std::uint32_t person = 0;  // brings one person's together
    std::uint64_t hold = 0;
    auto operator<=>(const OfPerson&) const = default;
  };
  struct End {
    Deadline forget_at;
    std::uint64_t hold = 0;
    auto operator<=>(const End&) const = default;
  };

  Table<MadeId, HoldRow> rows_;
  absl::btree_set<OfPerson> live_;
  absl::btree_set<End> ends_;
};

}  // namespace jari::appointments
