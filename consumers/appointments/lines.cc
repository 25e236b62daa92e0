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

void Lines::give_back(PersonProgramme line, std::uint64_t ticket) {
  if (const auto asked = asked_.find(line);
      asked != asked_.end() && pending_.find(asked->second)->ticket == ticket) {
    pending_.change(asked->second, [](PendingRow& row) { row.is_given_back = true; });
  }
  for_each_in(line, [&](MadeId request) {
    if (waiting_.find(request)->place.ticket != ticket) return;
    waiting_.change(request, [](WaitingRow& row) { row.place.is_given_back = true; });
  });
}

PendingRow Lines::take(MadeId made) {
  PendingRow row = pending_.take(made);
  asked_.erase(PersonProgramme{row.person, row.programme});
  return row;
}

bool Lines::wait(MadeId request, WaitingRow row) {
  std::uint32_t ahead = 0;
  for_each_in({row.person, row.programme}, [&](MadeId) { ++ahead; });
  if (ahead >= (row.role == Role::Operator ? kWaitingWithOperatorsMax : kWaitingMax)) return false;
  in_line_.insert({row.person.number, row.programme.number, request.number});
  waiting_.put(request, std::move(row));
  return true;
}

std::optional<std::pair<MadeId, WaitingRow>> Lines::next(PersonProgramme line) {
  const auto at = in_line_.lower_bound({line.person.number, line.programme.number, 0});
  const bool is_theirs = at != in_line_.end() && at->person == line.person.number &&
                         at->programme == line.programme.number;
  if (!is_theirs) return std::nullopt;
  const MadeId request{at->request};
  std::pair<MadeId, WaitingRow> out{request, *waiting_.find(request)};
  in_line_.erase(at);
  waiting_.erase(request);
  return out;
}

void Lines::rebuild() {
  asked_.clear();
  in_line_.clear();
  pending_.for_each_unordered([&](const MadeId& made, const PendingRow& row) {
    asked_.emplace(PersonProgramme{row.person, row.programme}, made);
  });
  waiting_.for_each_unordered([&](const MadeId& request, const WaitingRow& row) {
    in_line_.insert({row.person.number, row.programme.number, request.number});
  });
}

}  // namespace jari::appointments
