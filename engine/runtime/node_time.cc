// Time in a node: ticks before what they must precede, outages, acknowledgements that are due.

#include <algorithm>

#include "engine/runtime/node.h"

namespace jari {
namespace {

constexpr milliseconds kTickEvery{10};    // while records come: what a decision's time lags at most
constexpr milliseconds kTickIdle{5'000};  // while nothing happens
constexpr milliseconds kTickRest{5};      // between ticks that work off what one tick left
constexpr milliseconds kAckEvery{2'000};
constexpr std::uint64_t kAckRows = 1024;
constexpr milliseconds kRestMin{1};

}  // namespace

void Node::read_clock() {
  Instant newest;
  for (const Slot& slot : slots_) newest = std::max(newest, slot.ticked);
  now_ = ticker_.next(clock_.read(), newest);
  alarm_.store(now_.alarm);
  const milliseconds outage{log_.identity().outage_ms};
  for (Slot& slot : slots_) {
    if (!slot.partition || slot.parked) continue;
    // All of them by the newest tick of any; one that stood still alone (it was parked) by itself.
    if (now_.is_outage || now_.time - slot.ticked > outage) jump(slot, now_.time);
  }
}

void Node::jump(Slot& slot, Instant to) {
  TimeJump jump;
  jump.epoch = slot.partition->row().epoch;
  jump.process = options_.process;
  jump.from = slot.partition->time().now;
  jump.to = to;
  append_own(slot, RecordKind::TimeJump, jump);
  slot.ticked = to;
}

/// Puts a tick before what is about to be appended, unless one is near enough.
void Node::tick(Slot& slot) {
  if (!slot.partition || slot.parked || now_.time < slot.ticked + kTickEvery) return;
  append_tick(slot);
}

void Node::append_tick(Slot& slot) {
  Tick tick;
  tick.epoch = slot.partition->row().epoch;
  tick.process = options_.process;
  tick.time = now_.time;
  const DigestAt digest = slot.partition->digest_for_tick(slot.applied == slot.section.count());
  tick.upto = digest.offset;
  tick.digest = digest.digest;
  append_own(slot, RecordKind::Tick, tick);
  slot.ticked = now_.time;
}

Instant Node::due(const Slot& slot) const {
  const Instant deadline = slot.partition->next_deadline();
  const Instant idle = slot.ticked + kTickIdle;
  if (deadline <= slot.ticked) return std::min(idle, slot.ticked + kTickRest);
  return std::min(idle, deadline);
}

void Node::tick_due() {
  for (Slot& slot : slots_) {
    if (slot.partition && !slot.parked && now_.time >= due(slot)) append_tick(slot);
  }
}

milliseconds Node::rest() const {
  if (inbox_.waiting() > 0 && !is_full_) return milliseconds{0};  // for the next commit
  milliseconds rest = kTickIdle;
  for (const Slot& slot : slots_) {
    if (slot.partition && !slot.parked) rest = std::min(rest, due(slot) - now_.time);
  }
  return std::max(rest, kRestMin);
}

// Streams between our own partitions: the source learns how far the destination has read. A sink's
// rows are durable no later than their Ack, which stands in the same commit or a later one. Streams
// are looked at where it is time, or where so much was sent that one of them may have come so far.
void Node::acknowledge() {
  const bool may_be_many = rows_to_look_ == 0;
  if (may_be_many) rows_to_look_ = kAckRows;
  for (Slot& source : slots_) {
    const bool is_time = now_.time >= source.acked + kAckEvery;
    if (!source.partition || source.parked || !(is_time || may_be_many)) continue;
    if (is_time) source.acked = now_.time;
    acknowledge(source, is_time ? 1 : kAckRows);
  }
}

/// Tells the source of streams of which it has not been told so many rows yet.
void Node::acknowledge(Slot& source, std::uint64_t rows_min) {
  std::vector<Ack> acks;
  source.partition->streams().for_each_outgoing([&](PartitionRef other, const OutgoingRow& row) {
    const Slot& destination = slot_of(other);
    const std::uint64_t last = destination.partition
                                   ? destination.partition->streams().incoming(source.where).last
                                   : row.sent;
    // Less: the destination stands still on an older state, or an operator set the stream back.
    if (last <= row.acked) return;
    const std::uint64_t owed = last - row.acked;
    if (owed >= rows_min) {
      acks.push_back({other, last});
    } else {
      rows_to_look_ = std::min(rows_to_look_, kAckRows - owed);
    }
  });
  std::sort(acks.begin(), acks.end(),
            [](const Ack& a, const Ack& b) { return a.destination < b.destination; });
  for (const Ack& ack : acks) {
    tick(source);
    append_own(source, RecordKind::Ack, ack);
  }
}

}  // namespace jari
