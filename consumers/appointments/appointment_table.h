// consumers/appointments/appointment_table.h — the appointments of one partition's people: each as
// it stands, its former versions while a key may ask for them, and the two orders they are read in.
//
// Decides nothing. Every change makes a new version; versions only grow.
//
// Units:   Instant is log time; an appointment is *active* until 24 h after it starts.
// Errors:  none.
// Threads: belongs to one partition worker. Pointers to rows die at the next change.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>
#include <absl/functional/function_ref.h>

#include "consumers/appointments/rows.h"
#include "engine/store/table.h"

namespace jari::appointments {

inline constexpr milliseconds kActiveAfterStart{24 * 3600 * 1000};

/// Whether it counts: booked, and until 24 h after its start.
[[nodiscard]] inline bool is_active(const AppointmentRow& row, Instant now) {
  return row.state == AppointmentState::Booked && now < row.starts_at + kActiveAfterStart;
}

/// A place in the day list of a site.
struct DayPlace {
  Instant starts_at;
  std::string_view slot;
  MadeId appointment;
};

class AppointmentTable {
 public:
  explicit AppointmentTable(Store& store);

  [[nodiscard]] const AppointmentRow* find(MadeId id) const { return rows_.find(id); }
  /// As it stood at `version`; nullptr: that is no longer known.
  [[nodiscard]] const AppointmentRow* find(MadeId id, std::uint32_t version) const;
  void add(MadeId id, AppointmentRow row);
  /// `next` follows what stands there, with the next version. Returns the row.
  const AppointmentRow& change(MadeId id, AppointmentRow next, const LogTime& time);

  /// The document of a row. `id_text` is its id; views are of the store and of `id_text`.
  [[nodiscard]] Appointment document(const AppointmentRow& row, std::string_view id_text) const;

  using Visit = absl::FunctionRef<bool(MadeId, const AppointmentRow&)>;
  /// Those that are booked, oldest first, until visit says false.
  void for_each_booked(Name person, Visit visit) const;
  /// All of a person, newest first, until visit says false.
  void for_each_newest_first(Name person, Visit visit) const;
  /// A site's, by (starts_at, slot, id), from `from` on, strictly after it where `is_after`.
  void for_each_of_site(Name site, const DayPlace& from, bool is_after, Visit visit) const;
  /// In no order: for indexes and queries.
  template <class Each>
  void for_each_unordered(Each&& each) const {
    rows_.for_each_unordered(each);
  }

  /// Forgets up to `count` former versions whose time has run out.
  void sweep(const LogTime& time, std::uint32_t count);
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  void rebuild();

 private:
  using Ids = absl::InlinedVector<std::uint64_t, 2>;  // ascending
  /// No longer booked; those who are have a list each.
  struct Over {
    std::uint32_t person = 0;  // brings one person's together
    std::uint64_t id = 0;
    auto operator<=>(const Over&) const = default;
  };
  /// A slot as its appointments have it: one that is published for another time is two.
  struct SlotOfSite {
    std::uint32_t site = 0;
    std::uint32_t slot = 0;
    Instant starts_at;
    bool operator==(const SlotOfSite&) const = default;
    template <class H>
    friend H AbslHashValue(H h, const SlotOfSite& s) {
      return H::combine(std::move(h), s.site, s.slot, s.starts_at.ms);
    }
  };
  /// In a site's days slots of one time stand in the order of their texts.
  struct DaySlot {
    Instant starts_at;
    std::string_view slot;  // of the names
    Name name;
    [[nodiscard]] auto place() const { return std::tuple{starts_at, slot}; }
    bool operator<(const DaySlot& other) const { return place() < other.place(); }
    bool operator==(const DaySlot& other) const { return place() == other.place(); }
  };
  /// The slots of a site, put in order when they are asked for: seldom, and much less often than
  /// one is added. Some may have no appointment any more.
  struct Days {
    std::vector<DaySlot> slots;
    std::size_t bound = 64;  // so many, and they are put in order whoever asks
    bool is_in_order = true;
  };
  struct End {
    Deadline forget_at;
    VersionKey key;
    auto operator<=>(const End&) const = default;
  };
  static SlotOfSite slot_of(const AppointmentRow& row) {
    return {row.site.number, row.slot.number, row.starts_at};
  }
  [[nodiscard]] const std::vector<DaySlot>& days_in_order(Name site) const;
  void put_in_order(Name site, Days& days) const;
  void index(MadeId id, const AppointmentRow& row);
  void take_from_index(MadeId id, const AppointmentRow& row);

  Store& store_;
  Table<MadeId, AppointmentRow> rows_;
  Table<VersionKey, VersionRow> versions_;
  absl::flat_hash_map<std::uint32_t, Ids> booked_;  // by person
  absl::btree_set<Over> over_;
  absl::flat_hash_map<SlotOfSite, Ids> of_slot_;
  mutable absl::flat_hash_map<std::uint32_t, Days> days_;  // by site: the slots of of_slot_
  absl::btree_set<End> ends_;
};

}  // namespace jari::appointments
