// consumers/timeline/decisions.h — Decisions: what became of each request: which outcome is whose.
//
// An outcome whose cause is the request itself is its own. One that was decided later, once a site
// had answered or the request's turn had come, names request, person and what was made of it.
//
// Errors:  none; an outcome that fits no request is nobody's.
// Threads: one.
#pragma once

#include <deque>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "consumers/timeline/kept.h"

namespace jari::timeline {

using KeptRecords = std::deque<Kept>;

class Decisions {
 public:
  /// `all` must outlive it.
  explicit Decisions(const KeptRecords& all);

  /// The outcome of the request that stands there; nullptr: none yet, or told before under its key.
  [[nodiscard]] const Seen* of(const At& request) const;
  /// Whether that outcome is some request's.
  [[nodiscard]] bool is_of_one(const At& outcome) const { return taken_.contains(outcome); }
  /// Whether the request's key had been used by its asker in the same partition before.
  [[nodiscard]] bool is_repeat(const At& request) const { return repeats_.contains(request); }

 private:
  void note_repeats(const KeptRecords& all);
  void take_own(const KeptRecords& all);
  void take_later(const Seen& seen);
  void take(const At& request, const Seen& outcome);

  absl::flat_hash_map<At, const Seen*> outcomes_;  // by request
  absl::flat_hash_set<At> taken_;
  absl::flat_hash_set<At> repeats_;
  absl::flat_hash_map<std::string, std::vector<const Seen*>> open_;  // by partition, type, key
};

}  // namespace jari::timeline
