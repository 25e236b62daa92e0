#include "consumers/audit/queue_rules.h"

#include <algorithm>
#include <tuple>

namespace jari::audit {
namespace {

bool sets(const QueueConfigured& said, QueueField field) {
  return (said.set & static_cast<std::uint32_t>(field)) != 0;
}

}  // namespace

void QueueRules::look(const Seen& seen) {
  if (seen.at.where.topic != kQueueTopic) return;
  read_acks(seen);
  if (seen.is_applied) apply_body(*this, seen);
  if (seen.is_request()) {
    const Effect* outcome = outcome_of(seen);
    const Said* said = said_of(seen);
    if (said != nullptr && said->decision == Decision::Refused) {
      check_refusal(seen, *said, outcome->row);
    }
  }
  look_at_admissions(seen);
}

void QueueRules::read_acks(const Seen& seen) {
  Ack ack;
  if (seen.kind == RecordKind::Ack && flat::read_root(seen.own, ack)) {
    auto& acked = acked_[{seen.at.where, ack.destination}];
    acked = std::max(acked, ack.last);
  } else if (seen.effect != nullptr) {
    auto& acked = acked_[{seen.at.where, seen.source}];
    acked = std::max(acked, seen.effect->reverse_last);
  }
}

void QueueRules::apply(const Seen& seen, const QueueConfigured& said) {
  if (!is_done(seen)) return;
  Queue& queue = queue_of(seen, seen.ids.queue);
  if (sets(said, QueueField::Prequeue)) set_prequeue(seen, said, queue);  // by the opening before
  queue.is_known = true;
  if (sets(said, QueueField::Programme)) queue.programme = seen.ids.programme;
  if (sets(said, QueueField::OpensAt)) queue.opens_at = said.opens_at;
  if (sets(said, QueueField::ClosesAt)) {
    queue.closes_at = said.closes_at.ms == 0 ? kNever : said.closes_at;
  }
  if (sets(said, QueueField::Rate)) queue.rate = said.rate_per_second;
  if (sets(said, QueueField::InsideMax)) queue.inside_max = said.inside_max;
  if (sets(said, QueueField::SessionSeconds)) queue.session_seconds = said.session_seconds;
  if (sets(said, QueueField::Paused)) queue.paused = said.paused;
  if (sets(said, QueueField::Rejoin)) queue.rejoin = said.rejoin;
}

void QueueRules::apply(const Seen& seen, const TicketRequested& ask) {
  const Effect* outcome = outcome_of(seen);
  const Said* said = said_of(seen);
  if (said == nullptr || said->decision != Decision::Granted) return;
  const Name person = seen.ids.person;
  Queue& queue = queue_of(seen, seen.ids.queue);
  sweep(queue, seen.time);
  const std::uint64_t latest = queue.latest[person];
  const Ticket* had = latest == 0 ? nullptr : &queue.tickets[latest - 1];
  const bool is_live = had != nullptr && had->is_live(seen.time);
  desk_.expect(said->status == (is_live ? 200 : 201), Rule::I5, outcome->row, [&] {
    return is_live ? "a ticket that was given before was answered as a new one"
                   : "a new ticket was answered as one that was given before";
  });
  const auto number = [&] {
    return "ticket " + std::to_string(said->ticket) + " of queue " + std::string(ask.queue.text);
  };
  if (is_live || said->ticket <= queue.tickets.size()) {
    desk_.expect(is_live && said->ticket == latest, Rule::I4, seen.at, [&] {
      return number() + (is_live ? " was given to who had a live one" : " was given before");
    });
    return;
  }
  const std::uint64_t next = queue.tickets.size() + 1;
  desk_.expect(said->ticket == next, Rule::I4, seen.at,
               [&] { return number() + " was given where " + std::to_string(next) + " was next"; });
  check_ticket(seen, queue, had != nullptr);
  if (said->ticket == next) give(seen, person, next, queue);
}

void QueueRules::check_ticket(const Seen& seen, const Queue& queue, bool had_one) {
  const Instant now = seen.time.now;
  desk_.expect(queue.is_known, Rule::I4, seen.at, "a ticket of a queue that was never set up");
  desk_.expect(now >= queue.tickets_from(), Rule::I4, seen.at,
               "a ticket was given before the queue opened");
  desk_.expect(now < queue.closes_at, Rule::I4, seen.at,
               "a ticket was given after the queue had closed");
  desk_.expect(!had_one || queue.rejoin, Rule::I4, seen.at,
               "a second ticket was given where nobody may join again");
}

void QueueRules::give(const Seen& seen, Name person, std::uint64_t number, Queue& queue) {
  queue.tickets.push_back({person, State::Waiting, number, 0});
  queue.line.emplace_hint(queue.line.end(), number, number);
  queue.latest[person] = number;
  queue.last_ticket_at = seen.time.now;
  const bool is_drawn = queue.prequeue && !queue.drawn && seen.time.now < queue.prequeue->closes_at;
  if (is_drawn) queue.to_draw = number;
}

void QueueRules::leave(Queue& queue, Ticket& ticket) {
  if (ticket.state == State::Waiting) queue.line.erase(ticket.place);
  if (ticket.state == State::Inside) {
    if (const auto at = queue.inside.find(ticket.ends_ms); at != queue.inside.end()) {
      queue.inside.erase(at);
    }
  }
  ticket.state = State::Over;
}

void QueueRules::apply(const Seen& seen, const TicketReturned&) {
  const Said* said = said_of(seen);
  if (said == nullptr || said->decision != Decision::Granted) return;
  Queue& queue = queue_of(seen, seen.ids.queue);
  const bool is_theirs = said->ticket > 0 && said->ticket <= queue.tickets.size() &&
                         queue.tickets[said->ticket - 1].person == seen.ids.person;
  desk_.expect(!is_theirs || queue.latest[seen.ids.person] == said->ticket, Rule::I5,
               outcome_of(seen)->row, "another ticket was given back than the person's last");
  desk_.expect(is_theirs, Rule::I4, seen.at, [&] {
    return "ticket " + std::to_string(said->ticket) + " was given back by who does not have it";
  });
  if (is_theirs) leave(queue, queue.tickets[said->ticket - 1]);
}

/// Of what is refused by the queue's own state, whether that was so.
void QueueRules::check_refusal(const Seen& seen, const Said& said, const At& row) const {
  const auto at = queues_.find({seen.at.where, seen.ids.queue});
  const Queue* queue = at == queues_.end() || !at->second.is_known ? nullptr : &at->second;
  std::uint64_t latest = 0;
  if (queue != nullptr && queue->latest.contains(seen.ids.person)) {
    latest = queue->latest.at(seen.ids.person);
  }
  const bool is_live = latest != 0 && queue->tickets[latest - 1].is_live(seen.time);
  const Instant now = seen.time.now;
  bool was_so = queue != nullptr && !is_live;
  if (said.code == Code::UnknownQueue) {
    was_so = queue == nullptr;
  } else if (said.code == Code::NoTicket) {
    was_so = queue != nullptr && latest == 0;
  } else if (said.code == Code::QueueClosed) {
    was_so = was_so && now >= queue->closes_at;
  } else if (said.code == Code::QueueNotOpen) {
    was_so = was_so && now < queue->tickets_from() && said.opens_at == queue->tickets_from();
  } else if (said.code == Code::TicketEnded) {
    was_so = was_so && latest != 0 && !queue->rejoin;
  } else {
    was_so = true;
  }
  desk_.expect(was_so, Rule::I5, row, [&] {
    return "it was refused as " + std::string(to_text(said.code)) + ", which was not so";
  });
}

void QueueRules::apply(const Seen& seen, const SessionEnded& ended) {
  Queue& queue = queue_of(seen, seen.ids.queue);
  if (ended.ticket == 0 || ended.ticket > queue.tickets.size()) return;
  Ticket& ticket = queue.tickets[ended.ticket - 1];
  const bool is_theirs = ticket.person == seen.ids.person;
  if (ticket.state == State::Inside && is_theirs) leave(queue, ticket);
}

void QueueRules::apply(const Seen& seen, const AdmissionHeld& held) {
  held_[seen.at.where] = held.on;
}

void QueueRules::apply(const Seen& seen, const ProgrammeConfigured&) {
  programmes_[{seen.at.where, seen.ids.programme}] = seen.ids.queue;
}

void QueueRules::sweep(Queue& queue, const Moment& time) {
  while (!queue.inside.empty() && *queue.inside.begin() <= time.steady_ms()) {
    queue.inside.erase(queue.inside.begin());
  }
}

// In which order one tick admitted is nowhere said; that of the places is the one that can be
// right.
void QueueRules::look_at_admissions(const Seen& seen) {
  std::vector<Row> rows;
  for_each<Admission>(*seen.caused,
                      [&](const Admission& one, const At& row) { rows.emplace_back(one, row); });
  if (!rows.empty()) {
    const bool is_time = seen.kind == RecordKind::Tick || seen.kind == RecordKind::TimeJump;
    desk_.expect(is_time, Rule::I4, seen.at, "somebody was admitted by what is no tick");
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.first.queue, a.first.place) < std::tie(b.first.queue, b.first.place);
    });
    for (const Row& one : rows) admit(seen, one);
  }
  for (const Effect* effect : *seen.caused) {
    if (!std::holds_alternative<Admission>(effect->what)) {
      ++sent_[{seen.at.where, effect->row.where}];
    }
  }
}

void QueueRules::admit(const Seen& seen, const Row& row) {
  const Admission& one = row.first;
  Queue& queue = queue_of(seen, one.queue);
  sweep(queue, seen.time);
  const bool is_given = one.ticket > 0 && one.ticket <= queue.tickets.size();
  desk_.expect(is_given, Rule::I4, row.second, [&] {
    return "ticket " + std::to_string(one.ticket) + " of queue " + desk_.names.text(one.queue) +
           " was admitted and never given";
  });
  if (is_given) {
    check_ticket_of(seen, queue, row);
    check_open(seen, queue, row);
    check_order(seen, queue, row);
    Ticket& ticket = queue.tickets[one.ticket - 1];
    leave(queue, ticket);
    ticket.state = State::Inside;
    ticket.ends_ms = seen.time.steady_ms() + std::int64_t{one.session_seconds} * 1000;
    queue.inside.insert(ticket.ends_ms);
    check_bounds(seen, queue, row);
  }
  ++sent_[{seen.at.where, row.second.where}];
}

void QueueRules::check_ticket_of(const Seen& seen, const Queue& queue, const Row& row) {
  const Admission& one = row.first;
  const Ticket& ticket = queue.tickets[one.ticket - 1];
  const auto who = [&] {
    return "ticket " + std::to_string(one.ticket) + " of queue " + desk_.names.text(one.queue);
  };
  const auto expect = [&](bool holds, auto&& why) {
    desk_.expect(holds, Rule::I4, row.second, [&] { return who() + std::string(why()); });
  };
  expect(ticket.state == State::Waiting, [] { return " was admitted and did not wait"; });
  expect(ticket.person == one.person, [] { return " was admitted for another person"; });
  expect(ticket.place == one.place, [&] {
    return " has the place " + std::to_string(ticket.place) + " and was admitted as " +
           std::to_string(one.place);
  });
  expect(one.admitted_at == seen.time.now,
         [] { return " was admitted at another time than the queue's"; });
  expect(one.session_seconds == queue.session_seconds, [&] {
    return " was given " + std::to_string(one.session_seconds) + " seconds where the queue has " +
           std::to_string(queue.session_seconds);
  });
}

void QueueRules::check_open(const Seen& seen, const Queue& queue, const Row& row) {
  const Instant now = seen.time.now;
  const auto expect = [&](bool holds, const char* how) {
    desk_.expect(holds, Rule::I4, row.second,
                 [&] { return "queue " + desk_.names.text(row.first.queue) + " admitted " + how; });
  };
  expect(queue.is_known, "and was never set up");
  expect(!queue.paused, "while paused");
  expect(now >= queue.opens_at, "before it opened");
  expect(now < queue.closes_at, "after it had closed");
  expect(!held_[seen.at.where], "while admissions were held");
  expect(!queue.prequeue || queue.drawn, "before the draw");
  const auto programme = programmes_.find({seen.at.where, queue.programme});
  expect(programme != programmes_.end() && programme->second == row.first.queue,
         "and its programme does not name it");
}

// Whoever waits before them may have been passed over only if nothing could be sent to where they
// would be told.
void QueueRules::check_order(const Seen& seen, const Queue& queue, const Row& row) {
  for (const auto& [place, ticket] : queue.line) {
    if (place >= row.first.place) break;
    const bool may_wait = is_full(seen, queue.tickets[ticket - 1].person);
    const std::uint64_t before = place;
    desk_.expect(may_wait, Rule::I4, row.second, [&] {
      return "place " + std::to_string(row.first.place) + " of queue " +
             desk_.names.text(row.first.queue) + " was admitted before place " +
             std::to_string(before);
    });
    if (!may_wait) return;
  }
  desk_.report.checked(Rule::I4);
}

void QueueRules::check_bounds(const Seen& seen, Queue& queue, const Row& row) {
  const std::int64_t second = seen.time.now.ms / 1000;
  if (queue.second != second) queue.in_second = 0;
  queue.second = second;
  ++queue.in_second;
  const auto name = [&] { return "queue " + desk_.names.text(row.first.queue); };
  desk_.expect(queue.in_second <= queue.rate, Rule::I4, row.second, [&] {
    return name() + " admits " + std::to_string(queue.rate) + " a second, and this was number " +
           std::to_string(queue.in_second);
  });
  desk_.expect(queue.inside.size() <= queue.inside_max, Rule::I4, row.second, [&] {
    return name() + " has " + std::to_string(queue.inside.size()) + " inside, and " +
           std::to_string(queue.inside_max) + " may be";
  });
}

bool QueueRules::is_full(const Seen& seen, Name person) const {
  const PartitionRef home = desk_.home_of(kBookingsTopic, desk_.names.text(person));
  const auto sent = sent_.find({seen.at.where, home});
  const auto acked = acked_.find({seen.at.where, home});
  const std::uint64_t rows = sent == sent_.end() ? 0 : sent->second;
  const std::uint64_t known = acked == acked_.end() ? 0 : acked->second;
  return rows + 1 > known + desk_.identity.stream_window;
}

}  // namespace jari::audit
