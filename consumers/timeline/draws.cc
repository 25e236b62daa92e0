#include "consumers/timeline/draws.h"

#include "consumers/audit/draw.h"

namespace jari::timeline {

void Draws::note(const Seen& seen) {
  if (const auto* settings = seen.as<QueueConfigured>()) {
    if (!settings->prequeue) return;
    queues_[std::string(settings->queue.text)].closes[seen.at] = settings->prequeue->closes_at;
  } else if (const auto* draw = seen.as<PrequeueDrawn>()) {
    queues_[std::string(draw->queue.text)].revealed[seen.at] = {std::string(draw->seed),
                                                                std::string(draw->beacon)};
  } else if (const Outcome* outcome = seen.outcome()) {
    const bool is_of_draw =
        outcome->asked == kTypeOf<QueueConfigured> || outcome->asked == kTypeOf<PrequeueDrawn>;
    if (is_of_draw && outcome->decision == Decision::Granted) granted_.insert(*seen.cause());
  }
}

template <class T>
const T* Draws::newest_granted(const std::map<At, T>& all) const {
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (granted_.contains(one->first)) return &one->second;
  }
  return nullptr;
}

void Draws::count(const Seen& seen) {
  const Outcome* outcome = seen.outcome();
  const bool is_ticket = outcome != nullptr && outcome->asked == kTypeOf<TicketRequested> &&
                         outcome->decision == Decision::Granted;
  if (!is_ticket) return;
  const auto queue = queues_.find(outcome->queue.text);
  if (queue == queues_.end()) return;
  const Instant* closes = newest_granted(queue->second.closes);
  if (closes == nullptr || seen.time >= *closes) return;
  queue->second.tickets = std::max(queue->second.tickets, outcome->ticket);
}

std::optional<std::uint64_t> Draws::place_of(std::string_view name, std::uint64_t ticket) const {
  const auto queue = queues_.find(name);
  if (queue == queues_.end()) return std::nullopt;
  const Revealed* revealed = newest_granted(queue->second.revealed);
  if (revealed == nullptr) return std::nullopt;
  const auto seed = from_hex(revealed->seed);
  if (!seed) return std::nullopt;
  if (ticket > queue->second.tickets) return ticket;
  const audit::DrawnPlaces places(*seed, revealed->beacon, name, queue->second.tickets);
  return places.place_of(ticket);
}

}  // namespace jari::timeline
