#include "consumers/audit/course.h"

#include <algorithm>

namespace jari::audit {

void Course::look(const Seen& seen) {
  for (const Effect* effect : *seen.caused) {
    if (const auto* said = std::get_if<Said>(&effect->what)) {
      count(*said);
    } else if (const auto* one = std::get_if<Admission>(&effect->what)) {
      admitted(seen, *one);
      turns_.emplace_back(one->queue, one->place);
    }
  }
  if (!turns_.empty()) take_turns(seen);
  if (const auto* on_or_off = body_as<AdmissionHeld>(seen)) held(seen, *on_or_off);
  if (seen.is_request() && seen.asked && body_as<TicketRequested>(seen) != nullptr) {
    gave_ticket(seen);
  } else {
    take_acts(seen);
  }
}

/// Each where it was asked for, once it is granted: what needs a site waits until that has said.
void Course::take_acts(const Seen& seen) {
  const bool is_act = seen.is_request() && seen.is_applied && seen.asked &&
                      seen.asked->role == Role::Operator && !records_.is_repeat();
  bool is_decided = false;
  for (const auto& [said, row, is_sent, request] : records_.answered()) {
    const bool is_granted = said.decision == Decision::Granted;
    if (is_sent && request == seen.at.offset) {
      is_decided = true;
      if (is_act && is_granted) did(act_of(seen));
      const auto* settings = body_as<QueueConfigured>(seen);
      if (is_act && is_granted && settings != nullptr) configured(seen, *settings);
    } else if (const auto waited = undecided_.find(Place{seen.at.where, request});
               is_sent && waited != undecided_.end()) {
      if (is_granted) did(waited->second);
      undecided_.erase(waited);
    }
  }
  if (is_act && !is_decided) undecided_.emplace(Place{seen.at.where, seen.at.offset}, act_of(seen));
}

Course::Undecided Course::act_of(const Seen& seen) {
  const Asked& asked = *seen.asked;
  return {{seen.type, std::string(asked.by), std::string(asked.reason)}, seen.at, seen.time.now};
}

void Course::did(const Undecided& one) {
  figures_.add_act(one.act, one.at, one.time);
}

void Course::count(const Said& said) {
  const auto code = static_cast<std::size_t>(said.code);
  if (said.asked < decided_.size() && code < kCodes) ++decided_[said.asked][code];
}

Course::Line& Course::line_of(const Seen& seen, Name queue) {
  Line& line = lines_[{seen.at.where, queue}];
  if (line.figures == nullptr) {
    line.figures = &figures_.lines[desk_.names.text(queue)];
    line.now.is_held = held_[seen.at.where];
  }
  return line;
}

void Course::configured(const Seen& seen, const QueueConfigured& said) {
  const auto sets = [&](QueueField field) {
    return (said.set & static_cast<std::uint32_t>(field)) != 0;
  };
  Line& line = line_of(seen, seen.ids.queue);
  if (sets(QueueField::OpensAt)) line.opens_at = said.opens_at;
  LineFigures::Rate next = line.now;
  if (sets(QueueField::Rate)) next.per_second = said.rate_per_second;
  if (sets(QueueField::Paused)) next.is_paused = said.paused;
  next.from = seen.time.now;
  next.by = seen.asked->by;
  next.reason = seen.asked->reason;
  note(line, std::move(next));
}

/// A node holds the admissions of all its lines, or lets them go on.
void Course::held(const Seen& seen, const AdmissionHeld& said) {
  held_[seen.at.where] = said.on;
  for (auto& [which, line] : lines_) {
    if (which.first != seen.at.where || line.figures == nullptr) continue;
    LineFigures::Rate next = line.now;
    next.is_held = said.on;
    next.from = seen.time.now;
    next.by.clear();
    next.reason = said.why;
    note(line, std::move(next));
  }
}

/// Where that changes what is allowed.
void Course::note(Line& line, LineFigures::Rate next) {
  LineFigures& figures = *line.figures;
  const bool is_same = next.per_second == line.now.per_second &&
                       next.is_paused == line.now.is_paused && next.is_held == line.now.is_held;
  if (is_same && figures.rates_changed > 0) return;
  next.admitted = 0;
  line.now = next;
  if (++figures.rates_changed <= LineFigures::kRatesMost) figures.rates.push_back(std::move(next));
}

/// One that is new; who asks again has theirs.
void Course::gave_ticket(const Seen& seen) {
  const Said* said = said_of(seen);
  if (said == nullptr || said->decision != Decision::Granted) return;
  Line& line = line_of(seen, seen.ids.queue);
  if (said->ticket != line.ticket_s.size() + 1) return;
  if (line.ticket_s.empty()) line.first_ticket_at = seen.time.now;
  const auto since = (seen.time.now - line.first_ticket_at).count() / 1000;
  line.ticket_s.push_back(static_cast<std::uint32_t>(since));
  ++line.figures->tickets;
}

void Course::admitted(const Seen& seen, const Admission& one) {
  Line& line = line_of(seen, one.queue);
  LineFigures& figures = *line.figures;
  ++figures.admitted;
  if (!figures.rates.empty() && figures.rates_changed <= LineFigures::kRatesMost) {
    ++figures.rates.back().admitted;
  }
  figures.admissions.add(seen.time.now);
  const std::int64_t second = seen.time.now.ms / 1000;
  if (line.second != second) line.in_second = 0;
  line.second = second;
  if (++line.in_second > figures.most_in_a_second) {
    figures.most_in_a_second = line.in_second;
    figures.rate_then = line.now.allowed();
  }
  if (one.ticket == 0 || one.ticket > line.ticket_s.size()) return;
  const Instant given =
      line.first_ticket_at + milliseconds{std::int64_t{line.ticket_s[one.ticket - 1]} * 1000};
  figures.waits.add(std::max(seen.time.now - std::max(given, line.opens_at), milliseconds{0}));
}

/// In which order one tick admitted is nowhere said: that of the places, as the rules have it.
void Course::take_turns(const Seen& seen) {
  std::sort(turns_.begin(), turns_.end());
  for (const auto& [queue, place] : turns_) line_of(seen, queue).figures->turns.add(place);
  turns_.clear();
}

void Course::finish() {
  for (RecordType type = 0; type < decided_.size(); ++type) {
    for (std::size_t code = 0; code < kCodes; ++code) {
      if (decided_[type][code] != 0) {
        figures_.decided[{type, Code{static_cast<std::uint8_t>(code)}}] = decided_[type][code];
      }
    }
  }
}

}  // namespace jari::audit
