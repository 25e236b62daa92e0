// consumers/appointments/rights.h — rights to rebook: one for each appointment that was lost to a
// withdrawal or to an operator, until it is used up or over.
//
// Units:   Deadline: an outage ends no right.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <optional>

#include <absl/container/btree_set.h>

#include "consumers/appointments/rows.h"
#include "engine/store/table.h"

namespace jari::appointments {

class Rights {
 public:
  explicit Rights(Store& store) : rows_(store, kRightsTable) {}

  void give(MadeId lost, PersonProgramme whose, Deadline ends);
  /// The live one that ends first; an empty id: none.
  [[nodiscard]] MadeId first_live(PersonProgramme whose, const LogTime& time) const;
  /// When the last live one ends.
  [[nodiscard]] std::optional<Deadline> last_end(PersonProgramme whose, const LogTime& time) const;
  /// A booking was granted by it. Nothing where it has been given back already.
  void use_up(MadeId lost);

  void sweep(const LogTime& time, std::uint32_t count);
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  void rebuild();

 private:
  struct End {
    Deadline at;
    std::uint64_t lost = 0;
    auto operator<=>(const End&) const = default;
  };
  /// The numbers of names only bring one person's together; what decides is the end and the id.
  struct OfPerson {
    std::uint32_t person = 0;
    std::uint32_t programme = 0;
    End end;
    auto operator<=>(const OfPerson&) const = default;
  };
  static OfPerson place_of(MadeId lost, const RightRow& row) {
    return {row.person.number, row.programme.number, {row.ends, lost.number}};
  }
  void erase(MadeId lost, const RightRow& row);

  Table<MadeId, RightRow> rows_;
  absl::btree_set<End> ends_;
  absl::btree_set<OfPerson> of_person_;
};

}  // namespace jari::appointments
