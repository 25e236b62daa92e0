// consumers/appointments/reissues.h — an operator's wish for the documents of a sink's partition
// once more: a job that ticks work off, in the order of the appointments' ids.
//
// Units:   a bounded number of documents each tick.
// Errors:  none.
// Threads: belongs to one partition worker.
#pragma once

#include <vector>

#include "consumers/appointments/appointment_table.h"

namespace jari::appointments {

/// A sink's partition whose documents are being sent again, up to those of `upto`.
struct ReissueKey {
  PartitionNo sink = 0;
  auto operator<=>(const ReissueKey&) const = default;
  JARI_FIELDS(ReissueKey, sink)
};
struct ReissueRow {
  MadeId next;
  MadeId upto;
  JARI_FIELDS(ReissueRow, next, upto)
};

class Reissues {
 public:
  explicit Reissues(Store& store) : rows_(store, kReissuesTable) {}

  /// Every document up to `upto`, for one partition of the sink. Asked again, it begins anew.
  void begin(PartitionNo sink, MadeId upto);
  /// An appointment was made while a job may be walking over them.
  void added(MadeId id);
  /// Calls publish(id, row) for up to `count` appointments of those that are still to be sent;
  /// it must skip those of other partitions of the sink.
  template <class Publish>
  void work(const AppointmentTable& appointments, PartitionNo sinks, std::uint32_t count,
            Publish&& publish) {
    for (PartitionNo sink = 0; sink < sinks && rows_.size() > 0; ++sink) {
      const ReissueRow* row = rows_.find({sink});
      if (row == nullptr) continue;
      collect(appointments);
      MadeId next = row->next;
      for (; count > 0 && advance(next, row->upto); --count) {
        publish(sink, next, *appointments.find(next));
        ++next.number;
      }
      if (MadeId rest = next; advance(rest, row->upto)) {
        rows_.change({sink}, [&](ReissueRow& changed) { changed.next = rest; });
        return;
      }
      rows_.erase({sink});
    }
    if (rows_.size() == 0) ids_ = {};
  }
  [[nodiscard]] bool is_working() const { return rows_.size() > 0; }
  void rebuild() { ids_.clear(); }

 private:
  void collect(const AppointmentTable& appointments);
  /// Moves `id` on to the first appointment from it on; false where none is left up to `upto`.
  [[nodiscard]] bool advance(MadeId& id, MadeId upto) const;

  Table<ReissueKey, ReissueRow> rows_;
  std::vector<std::uint64_t> ids_;  // of all appointments, sorted; made when a job needs it
};

}  // namespace jari::appointments
