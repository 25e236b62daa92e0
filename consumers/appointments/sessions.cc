#include "consumers/appointments/sessions.h"

namespace jari::appointments {

void Sessions::admit(SessionKey key, std::uint64_t ticket, Deadline ends, Offset since) {
  if (const SessionRow* known = rows_.find(key); known != nullptr) {
    if (known->ticket >= ticket) return;
    ends_.erase({known->ends, known->since});
  }
  rows_.put(key, {ticket, ends, since, SessionState::Live});
  ends_.emplace(std::pair{ends, since}, key);
}

const SessionRow* Sessions::live(SessionKey key, const LogTime& time) const {
  const SessionRow* row = rows_.find(key);
  if (row == nullptr || row->state != SessionState::Live || time.is_over(row->ends)) return nullptr;
  return row;
}

void Sessions::end(SessionKey key, SessionState how) {
  rows_.change(key, [&](SessionRow& row) { row.state = how; });
}

void Sessions::sweep(const LogTime& time, std::uint32_t count) {
  for (; count > 0 && !ends_.empty() && time.is_over(ends_.begin()->first.first); --count) {
    rows_.erase(ends_.begin()->second);
    ends_.erase(ends_.begin());
  }
}

Instant Sessions::next_deadline(const LogTime& time) const {
  return ends_.empty() ? kNever : time.at(ends_.begin()->first.first);
}

void Sessions::rebuild() {
  ends_.clear();
  rows_.for_each_unordered([&](const SessionKey& key, const SessionRow& row) {
    ends_.emplace(std::pair{row.ends, row.since}, key);
  });
}

}  // namespace jari::appointments
