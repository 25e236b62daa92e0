// consumers/inventory/grants.h — what was granted in each slot, in the order that a withdrawal
// works it off: by the partition of bookings that must be told, then as it was granted.
//
// It also counts who still has what was granted, one by one, so that counts.h has somebody to agree
// with. An index: made again after loading. Grouped, so that one partition that cannot be told now
// never keeps the others waiting; and within a group what a withdrawal took stands before what came
// later.
//
// Units:   granted is an offset.
// Errors:  taking out what is not there is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <tuple>

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "consumers/inventory/rows.h"

namespace jari::inventory {

/// A reservation or a hold; its id names the partition of bookings that asked for it.
struct Grant {
  Offset granted = 0;
  MadeId id;
  [[nodiscard]] auto place() const { return std::tuple{id.partition(), granted, id}; }
  bool operator<(const Grant& other) const { return place() < other.place(); }
  bool operator==(const Grant&) const = default;
};

class Grants {
 public:
  void add(const SlotKey& slot, const Grant& grant);
  void remove(const SlotKey& slot, const Grant& grant);
  /// What was granted before `offset` stands no more: a withdrawal has taken it.
  void stand_since(const SlotKey& slot, Offset offset);
  [[nodiscard]] std::uint32_t standing(const SlotKey& slot) const;
  void clear() { slots_.clear(); }

  /// The first grant of a slot for `group` that came before `before`; nullptr: none is left.
  [[nodiscard]] const Grant* first(const SlotKey& slot, PartitionNo group, Offset before) const;
  /// Calls visit(group) for each group with a grant before `before`.
  template <class Visit>
  void for_each_group(const SlotKey& slot, Offset before, Visit&& visit) const {
    const auto& grants = of(slot).grants;
    for (auto at = grants.begin(); at != grants.end();) {
      const PartitionNo group = at->id.partition();
      if (at->granted < before) visit(group);
      at = grants.upper_bound(last_of(group));
    }
  }
  /// Calls visit(grant) for those from `from` on, in order, until it says false.
  template <class Visit>
  void for_each_since(const SlotKey& slot, Offset from, Visit&& visit) const {
    const auto& grants = of(slot).grants;
    for (auto at = grants.begin(); at != grants.end();) {
      if (at->granted < from) {
        at = grants.lower_bound(Grant{from, first_id(at->id.partition())});
        continue;
      }
      if (!visit(*at)) return;
      ++at;
    }
  }

 private:
  struct OfSlot {
    absl::btree_set<Grant> grants;
    Offset since = 0;
    std::uint32_t standing = 0;  // of the grants since
  };
  [[nodiscard]] const OfSlot& of(const SlotKey& slot) const;
  static MadeId first_id(PartitionNo group) { return {std::uint64_t{group} << 48}; }
  static Grant last_of(PartitionNo group) {
    return {~Offset{0}, {(std::uint64_t{group} << 48) | ((std::uint64_t{1} << 48) - 1)}};
  }

  absl::flat_hash_map<SlotKey, OfSlot, FieldHash> slots_;  // never walked
};

}  // namespace jari::inventory
