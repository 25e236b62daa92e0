#include "consumers/appointments/lines.h"

namespace jari::appointments {

void Lines::ask(MadeId made, PendingRow row) {
  const bool is_first = asked_.emplace(PersonProgramme{row.person, row.programme}, made).second;
  CHECK(is_first);
  pending_.put(made, std::move(row));
}

bool Lines::is_pending(PersonProgramme line) const {
  return asked_.contains(line);
}

void Lines::withdraw(MadeId made) {
  pending_.change(made, [](PendingRow& row) { row.is_withdrawn = true; });
}

PendingRow Lines::take(MadeId made) {
  PendingRow row = *pending_.find(made);
  pending_.erase(made);
  asked_.erase(PersonProgramme{row.person, row.programme});
  return row;
}

bool Lines::wait(Offset offset, WaitingRow row) {
  std::uint32_t ahead = 0;
  for (auto at = in_line_.lower_bound({row.person.number, row.programme.number, 0});
       at != in_line_.end() && at->person == row.person.number &&
       at->programme == row.programme.number;
       ++at) {
    ++ahead;
  }
  if (ahead >= kWaitingMax) return false;
  in_line_.insert({row.person.number, row.programme.number, offset});
  waiting_.put({offset}, std::move(row));
  return true;
}

std::optional<std::pair<Offset, WaitingRow>> Lines::next(PersonProgramme line) {
  const auto at = in_line_.lower_bound({line.person.number, line.programme.number, 0});
  const bool is_theirs = at != in_line_.end() && at->person == line.person.number &&
                         at->programme == line.programme.number;
  if (!is_theirs) return std::nullopt;
  const Offset offset = at->offset;
  std::pair<Offset, WaitingRow> out{offset, *waiting_.find({offset})};
  in_line_.erase(at);
  waiting_.erase({offset});
  return out;
}

void Lines::rebuild() {
  asked_.clear();
  in_line_.clear();
  pending_.for_each_unordered([&](const MadeId& made, const PendingRow& row) {
    asked_.emplace(PersonProgramme{row.person, row.programme}, made);
  });
  waiting_.for_each_unordered([&](const WaitingKey& key, const WaitingRow& row) {
    in_line_.insert({row.person.number, row.programme.number, key.offset});
  });
}

}  // namespace jari::appointments
