// consumers/queue/state.h — the queues of one partition: their tables, and beside each queue what
// is made again from them after loading.
//
// Decides nothing: settings.h, tickets.h, admission.h and prequeue.h do.
//
// Units:   as rows.h.
// Errors:  none; asking for the place of a ticket that was not given is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <memory>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include "consumers/queue/draw.h"
#include "consumers/queue/line.h"
#include "consumers/queue/rows.h"
#include "consumers/requests/answers.h"
#include "consumers/settings/programme_table.h"
#include "engine/store/table.h"

namespace jari::queue {

/// One queue in memory. No state: every decision from it would be the same from the tables.
struct Lane {
  Name queue;
  Line line;                                                    // by ticket until a draw is held
  std::optional<Draw> draw;                                     // as its QueueRow has it
  absl::btree_map<Deadline, std::uint32_t> sessions;            // how many end when
  std::uint32_t inside = 0;                                     // the sum of them
  absl::flat_hash_map<std::uint32_t, TicketNo> latest;          // by person's Name::number
  absl::btree_map<PartitionNo, absl::btree_set<Place>> passed;  // by partition of bookings

  /// Where a ticket stands once places are known.
  [[nodiscard]] Place place_of(TicketNo ticket) const;
  [[nodiscard]] TicketNo ticket_at(Place place) const;
  void begin_session(Deadline ends);
  void end_session(Deadline ends);
  /// Lets go of the sessions that have run out.
  void sweep(const LogTime& time);
  /// Sessions that have not run out, also before the sweep.
  [[nodiscard]] std::uint32_t inside_at(const LogTime& time) const;
};

struct QueueState {
  explicit QueueState(Store& from);

  Store& store;
  Table<QueueKey, QueueRow> queues;
  Table<QueueKey, LineRow> lines;
  Table<TicketKey, TicketRow> tickets;
  Table<PlaceKey, PassedRow> passed;
  Table<HeldKey, HeldRow> held;
  requests::Requests requests;
  settings::ProgrammeTable programmes;
  absl::btree_map<std::string_view, std::unique_ptr<Lane>> lanes;  // by the queue's text

  /// nullptr: there is no such queue.
  [[nodiscard]] Lane* lane(QueueId queue);
  [[nodiscard]] const Lane* lane(QueueId queue) const;
  /// The lane of a queue just made.
  Lane& add_lane(Name queue);
  [[nodiscard]] const QueueRow& row(const Lane& lane) const;
  [[nodiscard]] const LineRow& line_row(const Lane& lane) const;
  /// The person's latest ticket; 0 if there is none.
  [[nodiscard]] TicketNo latest(const Lane& lane, PersonId person) const;
  [[nodiscard]] bool is_held() const { return held.contains({}); }
  [[nodiscard]] std::string_view why_held() const {
    const HeldRow* row = held.find({});
    return row == nullptr ? std::string_view{} : std::string_view{row->why};
  }

  /// After loading.
  void rebuild();
  /// After a draw, before which nobody was admitted: the line by place instead of by ticket.
  void redraw(Lane& lane);

 private:
  void make_line(Lane& lane, const std::vector<bool>& is_over);
};

/// Whether the draw of a pre-queue is still to come: until then nobody has a place.
[[nodiscard]] inline bool awaits_draw(const QueueRow& row) {
  return row.prequeue.has_value() && !row.draw.has_value();
}
/// Waiting, or inside.
[[nodiscard]] inline bool is_live(const TicketRow& ticket, const LogTime& time) {
  return ticket.state == TicketState::Waiting ||
         (ticket.state == TicketState::Admitted && !time.is_over(ticket.ends));
}

}  // namespace jari::queue
