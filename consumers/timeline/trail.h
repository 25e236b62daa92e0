// consumers/timeline/trail.h — Trail: which records are a subject's. Read a log once to note where
// the trail leads, and once more to take what is on it.
//
// A record is the subject's if it names it, if it names an appointment or a hold that is, or if its
// cause is. Ids that Jari made name the request that they came of. Keeps what is the subject's, not
// what a log has.
//
// Errors:  none.
// Threads: one.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_set.h>

#include "consumers/timeline/kept.h"
#include "consumers/timeline/named.h"
#include "consumers/timeline/subject.h"

namespace jari::timeline {

class Trail {
 public:
  /// `subject` must outlive it.
  explicit Trail(const Subject& subject);

  /// The first reading.
  void note(const Seen& seen);
  /// The second one: whether the record is to be kept. Of an operator, others' requests under the
  /// same key are kept, too: they tell whose an outcome is.
  [[nodiscard]] bool leads_to(const Seen& seen) const;

  /// Whether some settings of the queue had a pre-queue: then a ticket's place is not its number.
  [[nodiscard]] bool may_be_drawn(std::string_view queue) const {
    return drawn_queues_.contains(queue);
  }

 private:
  [[nodiscard]] bool is_noted(const Seen& seen) const;
  [[nodiscard]] bool is_of_person(const Seen& seen, const Named& named) const;
  [[nodiscard]] bool is_of_operator(const Seen& seen) const;
  [[nodiscard]] bool is_of_ticket(const Seen& seen, const Named& named) const;
  [[nodiscard]] bool is_of_place(const Seen& seen, const Named& named) const;
  [[nodiscard]] bool has_key_of(const Seen& seen) const;
  void note_ids(const Seen& seen, const Named& named);
  [[nodiscard]] bool knows(const Named& named) const;

  const Subject& subject_;
  std::string document_mark_;        // in the text of a person's document
  absl::flat_hash_set<At> places_;   // of the subject's records
  absl::flat_hash_set<At> decided_;  // of requests whose outcome names the subject
  absl::flat_hash_set<std::uint64_t> appointments_;
  absl::flat_hash_set<std::uint64_t> holds_;
  absl::flat_hash_set<std::string> keys_;  // of an operator's requests
  std::set<std::string, std::less<>> drawn_queues_;
};

/// Whether the request was made by that operator, or by whoever acts under that name for a person.
[[nodiscard]] bool is_act_of(const Seen& seen, std::string_view name);

}  // namespace jari::timeline
