// consumers/inventory/sites.h — the sites of a partition, in the order that lists show them.
//
// Decides nothing.
//
// Units:   none.
// Errors:  none.
// Threads: belongs to one partition worker. Pointers to rows die at the next publish().
#pragma once

#include <utility>

#include <absl/container/btree_map.h>

#include "consumers/inventory/rows.h"
#include "consumers/model/inventory_records.h"

namespace jari::inventory {

class Sites {
 public:
  explicit Sites(Store& store) : store_(store), rows_(store, kSiteTable) {}

  [[nodiscard]] const SiteRow* find(Name site) const { return rows_.find({site}); }
  /// Puts the site as it is said, at the next version, which it returns.
  std::uint32_t publish(const SitePublished& said);

  /// Calls visit(site, row) for the sites of `region` (empty: of all) whose id comes after `after`,
  /// in the order of their ids, until it says false.
  template <class Visit>
  void for_each(std::string_view region, std::string_view after, Visit&& visit) const {
    for (auto at = by_region_.upper_bound({region, after}); at != by_region_.end(); ++at) {
      if (at->first.first != region || !visit(at->second, *find(at->second))) return;
    }
  }

  /// After loading.
  void rebuild();

 private:
  void list(Name site, const SiteRow& row);

  Store& store_;
  Table<SiteKey, SiteRow> rows_;
  // By region and id, and once more under the empty region; views of the store's names.
  absl::btree_map<std::pair<std::string_view, std::string_view>, Name> by_region_;
};

}  // namespace jari::inventory
