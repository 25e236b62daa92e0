// consumers/appointments/lines.h — one request at a time for each person and programme: the one
// that is pending at an inventory partition, and those that wait their turn behind it.
//
// Judges nothing: it keeps requests whole until their turn comes, first in first out.
//
// Units:   a line is ordered by its requests: their ids are those of what they may make.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <optional>

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "consumers/appointments/line_rows.h"
#include "engine/store/table.h"

namespace jari::appointments {

// In one line; the rest is kept for operators, whom no crowd of a person's own requests shuts out.
inline constexpr std::uint32_t kWaitingMax = 32;
inline constexpr std::uint32_t kWaitingWithOperatorsMax = 64;

class Lines {
 public:
  explicit Lines(Store& store) : pending_(store, kPendingTable), waiting_(store, kWaitingTable) {}

  /// The request that makes or changes `made` has been asked about; its line has no other.
  void ask(MadeId made, PendingRow row);
  [[nodiscard]] const PendingRow* pending(MadeId made) const { return pending_.find(made); }
  [[nodiscard]] bool is_pending(PersonProgramme line) const;
  /// Its slot was withdrawn while it is being moved.
  void withdraw(MadeId made);
  /// The ticket under which requests of this line came in has been given back.
  void give_back(PersonProgramme line, std::uint64_t ticket);
  /// The answer has come.
  PendingRow take(MadeId made);

  /// False, and nothing is kept, where the line is full.
  [[nodiscard]] bool wait(MadeId request, WaitingRow row);
  [[nodiscard]] const WaitingRow* waiting(MadeId request) const { return waiting_.find(request); }
  /// Whose turn it is next.
  std::optional<std::pair<MadeId, WaitingRow>> next(PersonProgramme line);

  [[nodiscard]] std::size_t pending_count() const { return pending_.size(); }
  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }
  void rebuild();

 private:
  struct InLine {
    std::uint32_t person = 0;  // these two bring one line together
    std::uint32_t programme = 0;
    std::uint64_t request = 0;
    auto operator<=>(const InLine&) const = default;
  };

  /// Calls visit(request) for those that wait in `line`, in their order.
  template <class Visit>
  void for_each_in(PersonProgramme line, Visit&& visit) const {
    for (auto at = in_line_.lower_bound({line.person.number, line.programme.number, 0});
         at != in_line_.end() && at->person == line.person.number &&
         at->programme == line.programme.number;
         ++at) {
      visit(MadeId{at->request});
    }
  }

  Table<MadeId, PendingRow> pending_;
  Table<MadeId, WaitingRow> waiting_;
  absl::flat_hash_map<PersonProgramme, MadeId, FieldHash> asked_;
  absl::btree_set<InLine> in_line_;
};

}  // namespace jari::appointments
