#include "consumers/appointments/reissues.h"

#include <algorithm>

namespace jari::appointments {

void Reissues::begin(PartitionNo sink, MadeId upto) {
  rows_.put({sink}, {MadeId{1}, upto});
}

void Reissues::added(MadeId id) {
  if (ids_.empty()) return;
  ids_.insert(std::lower_bound(ids_.begin(), ids_.end(), id.number), id.number);
}

void Reissues::collect(const AppointmentTable& appointments) {
  if (!ids_.empty()) return;
  ids_.reserve(appointments.size());
  appointments.for_each_unordered(
      [&](const MadeId& id, const AppointmentRow&) { ids_.push_back(id.number); });
  std::sort(ids_.begin(), ids_.end());
}

bool Reissues::advance(MadeId& id, MadeId upto) const {
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), id.number);
  if (at == ids_.end() || *at > upto.number) return false;
  id = MadeId{*at};
  return true;
}

}  // namespace jari::appointments
