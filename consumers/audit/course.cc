#include "consumers/audit/course.h"

#include <algorithm>

namespace jari::audit {

void Course::look(const Seen& seen) {
  for (const Effect& effect : *seen.caused) {
    if (const auto* said = std::get_if<Said>(&effect.what)) {
      count(*said);
    } else if (const auto* one = std::get_if<Admission>(&effect.what)) {
      admitted(seen, *one);
    }
  }
  if (!seen.is_request() || !seen.envelope.asked) return;
  if (body_as<TicketRequested>(seen) != nullptr) return gave_ticket(seen);
  if (seen.envelope.asked->role != Role::Operator) return;
  const Said* said = said_of(seen);
  if (said != nullptr && said->decision == Decision::Refused) return;
  if (const auto* settings = body_as<QueueConfigured>(seen)) configured(seen, *settings);
  const Asked& asked = *seen.envelope.asked;
  figures_.add_act({seen.envelope.type, std::string(asked.by), std::string(asked.reason)}, seen.at,
                   seen.time.now);
}

void Course::count(const Said& said) {
  const auto code = static_cast<std::size_t>(said.code);
  if (said.asked < decided_.size() && code < kCodes) ++decided_[said.asked][code];
}

Course::Line& Course::line_of(const Seen& seen, Name queue) {
  Line& line = lines_[{seen.at.where, queue}];
  if (line.figures == nullptr) line.figures = &figures_.lines[desk_.names.text(queue)];
  return line;
}

void Course::configured(const Seen& seen, const QueueConfigured& said) {
  const auto sets = [&](QueueField field) {
    return (said.set & static_cast<std::uint32_t>(field)) != 0;
  };
  Line& line = line_of(seen, seen.ids.queue);
  if (sets(QueueField::OpensAt)) line.opens_at = said.opens_at;
  const bool is_new = line.figures->rates.empty();
  if (!sets(QueueField::Rate) || (!is_new && said.rate_per_second == line.rate)) return;
  line.rate = said.rate_per_second;
  if (++line.figures->rates_changed > Figures::kListedMost) return;
  line.figures->rates.push_back({seen.time.now, line.rate});
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
  figures.admissions.add(seen.time.now);
  const std::int64_t second = seen.time.now.ms / 1000;
  if (line.second != second) line.in_second = 0;
  line.second = second;
  if (++line.in_second > figures.most_in_a_second) {
    figures.most_in_a_second = line.in_second;
    figures.rate_then = line.rate;
  }
  if (one.ticket == 0 || one.ticket > line.ticket_s.size()) return;
  const Instant given =
      line.first_ticket_at + milliseconds{std::int64_t{line.ticket_s[one.ticket - 1]} * 1000};
  figures.waits.add(std::max(seen.time.now - std::max(given, line.opens_at), milliseconds{0}));
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
