// consumers/audit/sync_rules.h — I7: the documents of `sync`, one version after the other, each
// caused by what may cause it, and at the end what the sites have.
//
// Units:   versions count from 1.
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <absl/container/flat_hash_set.h>

#include "consumers/audit/kept.h"
#include "consumers/audit/site_rules.h"

namespace jari::audit {

class SyncRules {
 public:
  explicit SyncRules(const Desk& desk) : desk_(desk) {}

  /// A document that is new or says something new; `before` is nullptr of a new one.
  struct Change {
    const Document* before;
    const Document& after;
  };
  /// Of a record of bookings: calls visit(change) for each document it caused that says something
  /// new; first for what was booked: what waited for that was decided after it.
  template <class Visit>
  void look(const Seen& seen, Visit&& visit) {
    replaced_.clear();
    bool has_others = false;
    for_each<Document>(*seen.caused, [&](const Document& document, const At& row) {
      if (document.version != 1) return void(has_others = true);
      take(seen, document, row, visit);
    });
    if (has_others) {
      for_each<Document>(*seen.caused, [&](const Document& document, const At& row) {
        if (document.version != 1) take(seen, document, row, visit);
      });
    }
    check_outcomes(seen);
  }
  void expect_soon(const Seen& seen) const {
    if (seen.ids.appointment != 0) standing_.prefetch(seen.ids.appointment);
  }
  void expect_soon(const Document& document) const { standing_.prefetch(document.appointment); }
  /// Of a record whose effects may still be to come: nothing is said of what it names.
  void look_at_unsettled(const Seen& seen);
  /// After the last record.
  void finish(const SiteRules& sites) const;

  [[nodiscard]] const Document* find(Made appointment) const;
  /// The document that the answer shows, to what the record looked at last decided: the newest, or
  /// one that was while the record was applied; nullptr: neither says so.
  [[nodiscard]] const Document* shown(const Said& said) const;
  /// As it stood before the record looked at last.
  [[nodiscard]] const Document* before(Made appointment) const;
  void count(Kept& kept) const;

 private:
  struct Standing {
    Document document;
    At row;
  };
  template <class Visit>
  void take(const Seen& seen, const Document& document, const At& row, Visit&& visit) {
    const auto known = standing_.find(document.appointment);
    const bool is_new = known == standing_.end();
    const Document before = is_new ? Document{} : known->second.document;
    check(seen, is_new ? nullptr : &before, document, row);
    if (!is_new) replaced_.push_back(before);
    standing_[document.appointment] = {document, row};
    if (is_new || before.version != document.version) {
      visit(Change{is_new ? nullptr : &before, document});
    }
  }
  void check(const Seen& seen, const Document* before, const Document& now, const At& row) const;
  void check_change(const Seen& seen, const Document& before, const Document& now,
                    const At& row) const;
  void check_cause(const Seen& seen, const Document& now, const At& row) const;
  void check_outcomes(const Seen& seen) const;
  [[nodiscard]] static bool agrees(const Document& document, const SiteRules& sites);
  void report_wrong(const Standing& standing, const SiteRules& sites) const;

  Desk desk_;
  absl::flat_hash_map<Made, Standing> standing_;
  absl::flat_hash_set<Made> unsettled_;
  std::vector<Document> replaced_;  // by the record looked at
};

}  // namespace jari::audit
