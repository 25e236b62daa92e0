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

#include <absl/container/btree_set.h>
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
  struct OfPerson {
    std::uint32_t person = 0;  // brings one person's together
    bool is_over = false;      // no longer booked
    std::uint64_t id = 0;
    auto operator<=>(const OfPerson&) const = default;
  };
  struct OfSite {
    std::uint32_t site = 0;  // brings one site's together
    Name slot;
    Instant starts_at;
    std::uint64_t id = 0;
  };
  /// A place that need not be one of ours: its slot is a text.
  struct DayBound {
    std::uint32_t site = 0;
    DayPlace place;
  };
  /// Slots of one time stand in the order of their texts.
  struct DayOrder {
    using is_transparent = void;
    explicit DayOrder(const Names* from = nullptr) : names(from) {}
    const Names* names;
    [[nodiscard]] DayBound bound_of(const OfSite& one) const {
      return {one.site, {one.starts_at, names->text(one.slot), MadeId{one.id}}};
    }
    static bool before(const DayBound& a, const DayBound& b);
    bool operator()(const OfSite& a, const OfSite& b) const;
    bool operator()(const OfSite& a, const DayBound& b) const { return before(bound_of(a), b); }
    bool operator()(const DayBound& a, const OfSite& b) const { return before(a, bound_of(b)); }
  };
  struct End {
    Deadline forget_at;
    VersionKey key;
    auto operator<=>(const End&) const = default;
  };
  static OfPerson of_person(MadeId id, const AppointmentRow& row) {
    return {row.person.number, row.state != AppointmentState::Booked, id.number};
  }
  static OfSite of_site(MadeId id, const AppointmentRow& row) {
    return {row.site.number, row.slot, row.starts_at, id.number};
  }
  void index(MadeId id, const AppointmentRow& row);
  void take_from_index(MadeId id, const AppointmentRow& row);

  Store& store_;
  Table<MadeId, AppointmentRow> rows_;
  Table<VersionKey, VersionRow> versions_;
  absl::btree_set<OfPerson> of_person_;
  absl::btree_set<OfSite, DayOrder> of_site_;
  absl::btree_set<End> ends_;
};

}  // namespace jari::appointments
