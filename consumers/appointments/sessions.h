// consumers/appointments/sessions.h — who was admitted by which queue, and until when: one
// admission for each person and queue, the highest ticket's.
//
// Tells nobody: whoever ends a session here says so to the queue (session_end.h).
//
// Units:   Deadline: an outage ends no session.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <utility>

#include <absl/container/btree_map.h>

#include "consumers/appointments/rows.h"
#include "engine/store/table.h"

namespace jari::appointments {

class Sessions {
 public:
  explicit Sessions(Store& store) : rows_(store, kSessionsTable) {}

  /// An admission; a ticket that is not above the one that stands is ignored.
  void admit(SessionKey key, std::uint64_t ticket, Deadline ends, Offset since);
  /// Live, as far as is known, at `time`; nullptr: none.
  [[nodiscard]] const SessionRow* live(SessionKey key, const LogTime& time) const;
  [[nodiscard]] const SessionRow* find(SessionKey key) const { return rows_.find(key); }
  /// It is over before its time. The row must be there.
  void end(SessionKey key, SessionState how);

  /// Gives back up to `count` rows whose time has run out.
  void sweep(const LogTime& time, std::uint32_t count);
  [[nodiscard]] Instant next_deadline(const LogTime& time) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  void rebuild();

 private:
  Table<SessionKey, SessionRow> rows_;
  absl::btree_map<std::pair<Deadline, Offset>, SessionKey> ends_;
};

}  // namespace jari::appointments
