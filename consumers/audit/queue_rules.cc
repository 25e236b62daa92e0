#include "consumers/audit/queue_rules.h"

#include <algorithm>

#include "engine/base/hash.h"

namespace jari::audit {
namespace {

template <class Id>
std::string str(const Id& id) {
  return std::string(id.text);
}

bool sets(const QueueConfigured& said, QueueField field) {
  return (said.set & static_cast<std::uint32_t>(field)) != 0;
}

}  // namespace

void QueueRules::look(const Seen& seen) {
  if (seen.at.where.topic != kQueueTopic) return;
  Ack ack;
  if (seen.envelope.kind == RecordKind::Ack && flat::read_root(seen.envelope.body, ack)) {
    auto& acked = acked_[{seen.at.where, ack.destination}];
    acked = std::max(acked, ack.last);
  } else if (seen.envelope.stream) {
    auto& acked = acked_[{seen.at.where, seen.envelope.stream->source}];
    acked = std::max(acked, seen.envelope.stream->reverse_last);
  }
  if (seen.is_applied) {
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { this->apply(seen, one); }) apply(seen, one);
        },
        seen.body);
  }
  look_at_admissions(seen);
}

void QueueRules::apply(const Seen& seen, const QueueConfigured& said) {
  if (!desk_.facts.is_done(seen.at, seen.request())) return;
  Queue& queue = queues_[{seen.at.where, str(said.queue)}];
  queue.is_known = true;
  if (sets(said, QueueField::Programme)) queue.programme = str(said.programme);
  if (sets(said, QueueField::OpensAt)) queue.opens_at = said.opens_at;
  if (sets(said, QueueField::ClosesAt)) {
    queue.closes_at = said.closes_at.ms == 0 ? kNever : said.closes_at;
  }
  if (sets(said, QueueField::Rate)) queue.rate = said.rate_per_second;
  if (sets(said, QueueField::InsideMax)) queue.inside_max = said.inside_max;
  if (sets(said, QueueField::Paused)) queue.paused = said.paused;
  if (sets(said, QueueField::Prequeue)) set_prequeue(seen, said, queue);
}

void QueueRules::set_prequeue(const Seen& seen, const QueueConfigured& said, Queue& queue) {
  if (!said.prequeue) {
    if (queue.prequeue && !queue.drawn && !queue.tickets.empty()) {
      desk_.report.note("the pre-queue of " + str(said.queue) +
                        " was never drawn: an operator dropped it at offset " +
                        std::to_string(seen.at.offset) + ", places are the tickets' order");
    }
    queue.prequeue.reset();
    return;
  }
  const PrequeueSettings& next = *said.prequeue;
  queue.prequeue = Prequeue{next.opens_at, next.closes_at, std::string(next.commitment),
                            std::string(next.beacon_name)};
  if (!queue.drawn && seen.time.now < next.closes_at) queue.to_draw = queue.tickets.size();
  if (next.beacon_name.empty() && queue.tickets.empty()) {
    desk_.report.note("queue " + str(said.queue) +
                      " draws without a beacon: who knows the seed could add tickets at the end "
                      "until the order pleased them");
  }
}

void QueueRules::apply(const Seen& seen, const PrequeueDrawn& said) {
  if (!desk_.facts.is_done(seen.at, seen.request())) return;
  Queue& queue = queues_[{seen.at.where, str(said.queue)}];
  const std::pair<std::string, std::string> revealed{said.seed, said.beacon};
  if (queue.drawn) {
    desk_.expect(*queue.drawn == revealed, Rule::I4, seen.at, "the pre-queue was drawn twice");
    return;
  }
  const auto seed = from_hex(said.seed);
  const bool fits = queue.prequeue && seed &&
                    to_hex(Bytes(sha256(bytes_of(*seed)))) == queue.prequeue->commitment;
  desk_.expect(fits, Rule::I4, seen.at, "the seed is not the one that was committed to");
  desk_.expect(queue.prequeue && seen.time.now >= queue.prequeue->closes_at, Rule::I4, seen.at,
               "the pre-queue was drawn before it had closed");
  if (!seed) return;
  queue.drawn = revealed;
  const DrawnPlaces places(*seed, said.beacon, said.queue.text, queue.to_draw);
  queue.line.clear();
  for (std::uint64_t number = 1; number <= queue.tickets.size(); ++number) {
    Ticket& ticket = queue.tickets[number - 1];
    if (number <= queue.to_draw) ticket.place = places.place_of(number);
    if (ticket.state == State::Waiting) queue.line[ticket.place] = number;
  }
}

void QueueRules::apply(const Seen& seen, const TicketRequested& ask) {
  const Said* said = desk_.facts.said_of(seen.at, seen.request());
  if (said == nullptr || said->decision != Decision::Granted) return;
  Queue& queue = queues_[{seen.at.where, str(ask.queue)}];
  sweep(queue, seen.time);
  std::uint64_t& latest = queue.latest[str(ask.person)];
  const Ticket* had = latest == 0 ? nullptr : &queue.tickets[latest - 1];
  const bool is_live =
      had != nullptr && (had->state == State::Waiting ||
                         (had->state == State::Inside && had->ends_ms > seen.time.steady_ms()));
  const std::string number = "ticket " + std::to_string(said->ticket) + " of queue ";
  if (is_live || said->ticket <= queue.tickets.size()) {
    desk_.expect(is_live && said->ticket == latest, Rule::I4, seen.at,
                 number + str(ask.queue) +
                     (is_live ? " was given to who had a live one" : " was given before"));
    return;
  }
  const std::uint64_t next = queue.tickets.size() + 1;
  desk_.expect(said->ticket == next, Rule::I4, seen.at,
               number + str(ask.queue) + " was given where " + std::to_string(next) + " was next");
  if (said->ticket != next) return;
  queue.tickets.push_back({str(ask.person), State::Waiting, next, 0});
  queue.line[next] = next;
  latest = next;
  const bool is_drawn = queue.prequeue && !queue.drawn && seen.time.now < queue.prequeue->closes_at;
  if (is_drawn) queue.to_draw = next;
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

void QueueRules::apply(const Seen& seen, const TicketReturned& ask) {
  const Said* said = desk_.facts.said_of(seen.at, seen.request());
  if (said == nullptr || said->decision != Decision::Granted) return;
  Queue& queue = queues_[{seen.at.where, str(ask.queue)}];
  if (said->ticket == 0 || said->ticket > queue.tickets.size()) return;
  leave(queue, queue.tickets[said->ticket - 1]);
}

void QueueRules::apply(const Seen& seen, const SessionEnded& ended) {
  Queue& queue = queues_[{seen.at.where, str(ended.queue)}];
  if (ended.ticket == 0 || ended.ticket > queue.tickets.size()) return;
  Ticket& ticket = queue.tickets[ended.ticket - 1];
  if (ticket.state == State::Inside && ticket.person == ended.person.text) leave(queue, ticket);
}

void QueueRules::apply(const Seen& seen, const AdmissionHeld& held) {
  held_[seen.at.where] = held.on;
}

void QueueRules::apply(const Seen& seen, const ProgrammeConfigured& settings) {
  programmes_[{seen.at.where, str(settings.programme)}] = str(settings.queue);
}

void QueueRules::sweep(Queue& queue, const Moment& time) {
  while (!queue.inside.empty() && *queue.inside.begin() <= time.steady_ms()) {
    queue.inside.erase(queue.inside.begin());
  }
}

// In which order one tick admitted is nowhere said; that of the places is the one that can be
// right.
void QueueRules::look_at_admissions(const Seen& seen) {
  const auto* found = desk_.facts.admissions_of(seen.at);
  if (found == nullptr) return;
  const bool is_time =
      seen.envelope.kind == RecordKind::Tick || seen.envelope.kind == RecordKind::TimeJump;
  desk_.expect(is_time, Rule::I4, seen.at, "somebody was admitted by what is no tick");
  std::vector<Admission> admissions = *found;
  std::sort(admissions.begin(), admissions.end(), [](const Admission& a, const Admission& b) {
    return std::tie(a.queue, a.place) < std::tie(b.queue, b.place);
  });
  sent_in_tick_.clear();
  for (const Admission& one : admissions) admit(seen, one);
}

void QueueRules::admit(const Seen& seen, const Admission& one) {
  Queue& queue = queues_[{seen.at.where, one.queue}];
  sweep(queue, seen.time);
  const bool is_given = one.ticket > 0 && one.ticket <= queue.tickets.size();
  const std::string who = "ticket " + std::to_string(one.ticket) + " of queue " + one.queue;
  desk_.expect(is_given, Rule::I4, seen.at, who + " was admitted and never given");
  if (!is_given) return;
  Ticket& ticket = queue.tickets[one.ticket - 1];
  desk_.expect(ticket.state == State::Waiting, Rule::I4, seen.at,
               who + " was admitted and did not wait");
  desk_.expect(ticket.person == one.person, Rule::I4, seen.at,
               who + " was admitted for another person");
  desk_.expect(ticket.place == one.place, Rule::I4, seen.at,
               who + " has the place " + std::to_string(ticket.place) + " and was admitted as " +
                   std::to_string(one.place));
  desk_.expect(one.admitted_at == seen.time.now, Rule::I4, seen.at,
               who + " was admitted at another time than the queue's");
  check_open(seen, queue, one.queue);
  check_order(seen, queue, one);
  leave(queue, ticket);
  ticket.state = State::Inside;
  ticket.ends_ms = seen.time.steady_ms() + std::int64_t{one.session_seconds} * 1000;
  queue.inside.insert(ticket.ends_ms);
  check_bounds(seen, queue, one);
  ++sent_in_tick_[one.row.where];
}

void QueueRules::check_open(const Seen& seen, const Queue& queue, const std::string& name) {
  const std::string who = "queue " + name + " admitted ";
  const Instant now = seen.time.now;
  desk_.expect(queue.is_known, Rule::I4, seen.at, who + "and was never set up");
  desk_.expect(!queue.paused, Rule::I4, seen.at, who + "while paused");
  desk_.expect(now >= queue.opens_at, Rule::I4, seen.at, who + "before it opened");
  desk_.expect(now < queue.closes_at, Rule::I4, seen.at, who + "after it had closed");
  desk_.expect(!held_[seen.at.where], Rule::I4, seen.at, who + "while admissions were held");
  desk_.expect(!queue.prequeue || queue.drawn, Rule::I4, seen.at, who + "before the draw");
  const auto programme = programmes_.find({seen.at.where, queue.programme});
  desk_.expect(programme != programmes_.end() && programme->second == name, Rule::I4, seen.at,
               who + "and its programme does not name it");
}

// Whoever waits before them may have been passed over only if nothing could be sent to where they
// would be told.
void QueueRules::check_order(const Seen& seen, const Queue& queue, const Admission& one) {
  for (const auto& [place, ticket] : queue.line) {
    if (place >= one.place) break;
    const bool may_wait = is_full(seen, queue.tickets[ticket - 1].person);
    desk_.expect(may_wait, Rule::I4, seen.at,
                 "place " + std::to_string(one.place) + " of queue " + one.queue +
                     " was admitted before place " + std::to_string(place));
    if (!may_wait) return;
  }
  desk_.report.checked(Rule::I4);
}

void QueueRules::check_bounds(const Seen& seen, Queue& queue, const Admission& one) {
  const std::int64_t second = seen.time.now.ms / 1000;
  if (queue.second != second) queue.in_second = 0;
  queue.second = second;
  ++queue.in_second;
  desk_.expect(queue.in_second <= queue.rate, Rule::I4, seen.at,
               "queue " + one.queue + " admits " + std::to_string(queue.rate) +
                   " a second, and this was number " + std::to_string(queue.in_second));
  desk_.expect(queue.inside.size() <= queue.inside_max, Rule::I4, seen.at,
               "queue " + one.queue + " has " + std::to_string(queue.inside.size()) +
                   " inside, and " + std::to_string(queue.inside_max) + " may be");
}

bool QueueRules::is_full(const Seen& seen, const std::string& person) const {
  const PartitionNo count = desk_.identity.topics[kBookingsTopic].partitions;
  const PartitionRef home{kBookingsTopic, static_cast<PartitionNo>(partition_of(person, count))};
  const auto& causes = desk_.facts.causes_of(seen.at.where, home);
  const auto before = std::lower_bound(causes.begin(), causes.end(), seen.at.offset);
  std::uint64_t sent = static_cast<std::uint64_t>(before - causes.begin());
  if (const auto now = sent_in_tick_.find(home); now != sent_in_tick_.end()) sent += now->second;
  const auto acked = acked_.find({seen.at.where, home});
  const std::uint64_t known = acked == acked_.end() ? 0 : acked->second;
  return sent + 1 > known + desk_.identity.stream_window;
}

}  // namespace jari::audit
