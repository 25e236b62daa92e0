#include "consumers/queue/state.h"

#include <algorithm>

namespace jari::queue {
namespace {

// Part of the stored form: never reused. 1 to 19 are the queue's.
constexpr std::uint8_t kQueuesTable = 1;
constexpr std::uint8_t kLinesTable = 2;
constexpr std::uint8_t kTicketsTable = 3;
constexpr std::uint8_t kPassedTable = 4;
constexpr std::uint8_t kHeldTable = 5;
constexpr std::uint8_t kRequestsTable = 6;
constexpr std::uint8_t kProgrammesTable = 7;

}  // namespace

Place Lane::place_of(TicketNo ticket) const {
  return draw && ticket <= draw->tickets() ? draw->place_of(ticket) : ticket;
}

TicketNo Lane::ticket_at(Place place) const {
  return draw && place <= draw->tickets() ? draw->ticket_at(place) : place;
}

void Lane::begin_session(Deadline ends) {
  ++sessions[ends];
  ++inside;
}

void Lane::end_session(Deadline ends) {
  const auto at = sessions.find(ends);
  CHECK(at != sessions.end() && at->second > 0);
  if (--at->second == 0) sessions.erase(at);
  --inside;
}

void Lane::sweep(const LogTime& time) {
  while (!sessions.empty() && time.is_over(sessions.begin()->first)) {
    inside -= sessions.begin()->second;
    sessions.erase(sessions.begin());
  }
}

std::uint32_t Lane::inside_at(const LogTime& time) const {
  std::uint32_t count = inside;
  for (const auto& [ends, how_many] : sessions) {
    if (!time.is_over(ends)) break;
    count -= how_many;
  }
  return count;
}

QueueState::QueueState(Store& from)
    : store(from),
      queues(from, kQueuesTable),
      lines(from, kLinesTable),
      tickets(from, kTicketsTable),
      passed(from, kPassedTable),
      held(from, kHeldTable),
      requests(from, kRequestsTable),
      programmes(from, kProgrammesTable) {}

const Lane* QueueState::lane(QueueId queue) const {
  const auto at = lanes.find(queue.text);
  return at == lanes.end() ? nullptr : at->second.get();
}

Lane* QueueState::lane(QueueId queue) {
  const auto at = lanes.find(queue.text);
  return at == lanes.end() ? nullptr : at->second.get();
}

Lane& QueueState::add_lane(Name queue) {
  auto made = std::make_unique<Lane>();
  made->queue = queue;
  const auto [at, is_new] = lanes.emplace(store.names().text(queue), std::move(made));
  CHECK(is_new);
  return *at->second;
}

const QueueRow& QueueState::row(const Lane& lane) const {
  const QueueRow* found = queues.find({lane.queue});
  CHECK(found != nullptr);
  return *found;
}

const LineRow& QueueState::line_row(const Lane& lane) const {
  const LineRow* found = lines.find({lane.queue});
  CHECK(found != nullptr);
  return *found;
}

TicketNo QueueState::latest(const Lane& lane, PersonId person) const {
  const auto name = store.names().find(person.text);
  if (!name) return 0;
  const auto at = lane.latest.find(name->number);
  return at == lane.latest.end() ? 0 : at->second;
}

void QueueState::rebuild() {
  struct Loading {
    Lane* lane;
    std::vector<bool> is_over;  // by ticket
  };
  lanes.clear();
  absl::flat_hash_map<std::uint32_t, Loading> by_name;
  queues.for_each_unordered([&](const QueueKey& key, const QueueRow&) {
    Lane& lane = add_lane(key.queue);
    const std::size_t tickets_end = std::size_t{line_row(lane).last_ticket} + 1;
    by_name.emplace(key.queue.number, Loading{&lane, std::vector<bool>(tickets_end, false)});
  });
  tickets.for_each_unordered([&](const TicketKey& key, const TicketRow& ticket) {
    Loading& loading = by_name.at(key.queue.number);
    TicketNo& latest = loading.lane->latest[ticket.person.number];
    latest = std::max(latest, key.ticket);
    loading.is_over[key.ticket] = ticket.state != TicketState::Waiting;
    if (ticket.state == TicketState::Admitted) loading.lane->begin_session(ticket.ends);
  });
  passed.for_each_unordered([&](const PlaceKey& key, const PassedRow& row) {
    by_name.at(key.queue.number).lane->passed[row.partition].insert(key.place);
  });
  for (auto& [name, loading] : by_name) make_line(*loading.lane, loading.is_over);
  requests.rebuild();
  programmes.rebuild();
}

void QueueState::redraw(Lane& lane) {
  std::vector<bool> is_over(std::size_t{lane.line.last()} + 1, false);
  for (TicketNo ticket = 1; ticket <= lane.line.last(); ++ticket) {
    is_over[ticket] = !lane.line.waits(ticket);
  }
  make_line(lane, is_over);
}

// A place costs some rounds of the draw, so they are gone through from the shorter side: by the
// tickets that are over, or by the places not reached yet.
void QueueState::make_line(Lane& lane, const std::vector<bool>& is_over) {
  const QueueRow& settings = row(lane);
  const LineRow& at = line_row(lane);
  lane.draw.reset();
  if (settings.draw) {
    const auto seed = from_hex(settings.draw->seed);
    CHECK(seed.has_value());
    lane.draw.emplace(bytes_of(*seed), settings.draw->beacon, store.names().text(lane.queue),
                      settings.draw->tickets);
  }
  lane.line.reset(at.reached, at.last_ticket);
  const auto over = static_cast<std::size_t>(std::count(is_over.begin(), is_over.end(), true));
  if (over < at.last_ticket - at.reached) {
    for (TicketNo ticket = 1; ticket <= at.last_ticket; ++ticket) {
      if (!is_over[ticket]) continue;
      const Place place = lane.place_of(ticket);
      if (place > at.reached) lane.line.leave(place);
    }
  } else {
    for (Place place = at.reached + 1; place <= at.last_ticket; ++place) {
      if (is_over[lane.ticket_at(place)]) lane.line.leave(place);
    }
  }
  for (const auto& [partition, places] : lane.passed) {
    for (const Place place : places) lane.line.enter(place);
  }
}

}  // namespace jari::queue
