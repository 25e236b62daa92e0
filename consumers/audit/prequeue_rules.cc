// I4, of the draw: what decides it is fixed in time, and the places follow from it.

#include <algorithm>

#include "consumers/audit/draw.h"
#include "consumers/audit/queue_rules.h"

namespace jari::audit {

void QueueRules::set_prequeue(const Seen& seen, const QueueConfigured& said, Queue& queue) {
  const std::string name(said.queue.text);
  const Asked& asked = *seen.asked;
  const auto list = [&](Kind kind, std::string what) {
    desk_.report.list(
        {kind, seen.at, std::string(asked.by), std::string(asked.reason), std::move(what)});
  };
  if (!said.prequeue) {
    if (queue.prequeue && !queue.drawn && !queue.tickets.empty()) {
      desk_.expect(seen.time.now >= queue.opens_at, Rule::I4, seen.at,
                   [&] { return "the pre-queue of " + name + " was dropped before the opening"; });
      list(Kind::SeedLost, "the pre-queue of " + name +
                               " was never drawn: an operator dropped it, and places are the "
                               "tickets' order");
    }
    queue.prequeue.reset();
    return;
  }
  const PrequeueSettings& next = *said.prequeue;
  const bool is_fixed = queue.prequeue && !queue.tickets.empty();
  const bool is_same = is_fixed && queue.prequeue->commitment == next.commitment &&
                       queue.prequeue->beacon_name == next.beacon_name &&
                       queue.prequeue->opens_at == next.opens_at;
  desk_.expect(!is_fixed || is_same, Rule::I4, seen.at, [&] {
    return "the pre-queue of " + name +
           " was given another commitment, beacon or opening after "
           "its first ticket";
  });
  // Once it has closed the beacon may be known, and who knows the seed could pick the end they
  // like.
  const bool is_moved = is_fixed && queue.prequeue->closes_at != next.closes_at;
  desk_.expect(!is_moved || (seen.time.now < queue.prequeue->closes_at &&
                             next.closes_at > queue.last_ticket_at),
               Rule::I4, seen.at,
               [&] { return "the end of the pre-queue of " + name + " was moved too late"; });
  const bool is_new = !queue.prequeue || queue.prequeue->commitment != next.commitment ||
                      !queue.prequeue->beacon_name.empty();
  queue.prequeue = Prequeue{next.opens_at, next.closes_at, std::string(next.commitment),
                            std::string(next.beacon_name)};
  if (!queue.drawn && seen.time.now < next.closes_at) queue.to_draw = queue.tickets.size();
  if (next.beacon_name.empty() && is_new) {
    list(Kind::NoBeacon, "queue " + name +
                             " draws without a beacon: who knows the seed could add tickets at "
                             "the end until the order pleased them");
  }
}

void QueueRules::apply(const Seen& seen, const PrequeueDrawn& said) {
  if (!is_done(seen)) return;
  Queue& queue = queue_of(seen, seen.ids.queue);
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
  desk_.expect(!queue.prequeue || queue.prequeue->beacon_name.empty() || !said.beacon.empty(),
               Rule::I4, seen.at, "the pre-queue was drawn without the beacon it names");
  queue.drawn = revealed;
  if (!seed) return;
  draw(said, *seed, queue);
  note_draw(seen, said, queue);
}

void QueueRules::note_draw(const Seen& seen, const PrequeueDrawn& said, const Queue& queue) {
  DrawFigures one{seen.at,
                  seen.time.now,
                  std::string(said.queue.text),
                  {},
                  std::string(said.seed),
                  {},
                  std::string(said.beacon),
                  queue.to_draw,
                  {}};
  if (queue.prequeue) {
    one.commitment = queue.prequeue->commitment;
    one.beacon_name = queue.prequeue->beacon_name;
  }
  one.first.resize(std::min<std::uint64_t>(queue.to_draw, Figures::kFirstPlaces));
  for (std::uint64_t number = 1; number <= queue.to_draw; ++number) {
    const std::uint64_t place = queue.tickets[number - 1].place;
    if (place >= 1 && place <= one.first.size()) one.first[place - 1] = number;
  }
  desk_.report.figures().add_draw(std::move(one));
}

void QueueRules::draw(const PrequeueDrawn& said, const std::string& seed, Queue& queue) {
  const DrawnPlaces places(seed, said.beacon, said.queue.text, queue.to_draw);
  queue.line.clear();
  for (std::uint64_t number = 1; number <= queue.tickets.size(); ++number) {
    Ticket& ticket = queue.tickets[number - 1];
    if (number <= queue.to_draw) ticket.place = places.place_of(number);
    if (ticket.state == State::Waiting) queue.line[ticket.place] = number;
  }
}

}  // namespace jari::audit
