// consumers/inventory/holds.h — who has a place and a dose until a deadline, and who has yet to
// hear that it is over.
//
// Counts nothing (counts.h) and decides nothing. A hold is, one after the other: live; ended by a
// withdrawal, which its person may not know yet; over, and owed to a partition that could not be
// told.
//
// Units:   Deadline is log time in which outages do not count.
// Errors:  a second hold of one id is a CHECK.
// Threads: belongs to one partition worker. Pointers to rows die at the next change.
#pragma once

#include <optional>

#include "consumers/inventory/grants.h"

namespace jari::inventory {

class Holds {
 public:
  explicit Holds(Store& store) : rows_(store, kHoldTable) {}

  [[nodiscard]] const HoldRow* find(MadeId hold) const { return rows_.find({hold}); }
  void add(MadeId hold, const HoldRow& row);
  void remove(MadeId hold);
  /// Its person has been told that the slot was withdrawn; it is remembered until its deadline.
  void told_withdrawn(MadeId hold);
  /// It is over and is no longer counted; its person's partition will be told `why` when it can be.
  void owe(MadeId hold, HoldEnd why);

  /// The first in (deadline, id) order whose deadline has come; nothing if there is none.
  [[nodiscard]] std::optional<MadeId> first_due(const LogTime& time) const;
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;
  /// The first that is owed to `group` or a later one.
  [[nodiscard]] std::optional<MadeId> first_owed(PartitionNo group) const;

  [[nodiscard]] const Grants& grants() const { return grants_; }
  /// A withdrawal of the slot has taken what was granted before `offset`.
  void stand_since(const SlotKey& slot, Offset offset) { grants_.stand_since(slot, offset); }
  template <class Visit>
  void for_each_unordered(Visit&& visit) const {
    rows_.for_each_unordered(visit);
  }
  /// After loading.
  void rebuild();

 private:
  struct End {
    Deadline at;
    MadeId hold;
    auto operator<=>(const End&) const = default;
  };
  void list(MadeId hold, const HoldRow& row);
  void unlist(MadeId hold, const HoldRow& row);

  Table<HoldKey, HoldRow> rows_;
  Grants grants_;                 // live ones, and withdrawn ones whose person is still to be told
  absl::btree_set<End> ends_;     // all but the owed
  absl::btree_set<MadeId> owed_;  // by id: by partition of bookings first
};

/// Whether its place and dose are still set aside. The sweep gives them back after the deadline.
[[nodiscard]] inline bool stands(const HoldRow& row, const SlotRow& slot) {
  return row.ended == HoldEnd::Unknown && row.granted >= slot.holds_ended_before;
}

}  // namespace jari::inventory
