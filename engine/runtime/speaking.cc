#include "engine/runtime/speaking.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace jari {
namespace {

constexpr std::size_t kRowsAStep = 4'096;  // of one stream
constexpr std::uint64_t kRowsOnTheirWay = 16'384;
constexpr milliseconds kSayAckEvery{2'000};
constexpr std::uint64_t kSayAckRows = 1'024;
constexpr milliseconds kHoldBack{50};  // after an error

/// The rows of a table of streams by the other end, in its order: what is appended must not depend
/// on a hash.
template <class Row, class ForEach>
std::vector<std::pair<PartitionRef, Row>> in_order(const ForEach& for_each) {
  std::vector<std::pair<PartitionRef, Row>> all;
  for_each([&](PartitionRef other, const Row& row) { all.emplace_back(other, row); });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return all;
}

}  // namespace

Speaking::Speaking(Following& following, const LogIdentity& identity, const MemberOptions& options,
                   Outbox& outbox)
    : following_(following),
      slots_(following.slots()),
      identity_(identity),
      options_(options),
      outbox_(outbox),
      ticker_(milliseconds{identity.outage_ms}, kNeverStands),
      namesakes_(options.takeover_after) {}

bool Speaking::speaks(const Slot& slot) const {
  return slot.partition && !slot.parked && !slot.second_look &&
         slot.partition->row().process == options_.process;
}

bool Speaking::is_fresh(const Slot& slot) const {
  if (!following_.is_caught_up(slot)) return false;
  const milliseconds seen = speaks(slot) ? slot.tick_back : slot.owner_seen;
  return now() - seen <= options_.takeover_after;
}

void Speaking::speak() {
  for (Slot& slot : slots_) {
    if (!speaks(slot)) continue;
    if (slot.spoken_epoch != slot.partition->row().epoch) begin(slot);
    tick(slot);
    const OutgoingRows streams = open_streams(slot);
    send_rows(slot, streams);
    acknowledge(slot);
    acknowledge_sinks(slot, streams);
  }
}

/// Our own claim has been applied: each stream goes on after what its destination has accepted.
void Speaking::begin(Slot& slot) {
  slot.spoken_epoch = slot.partition->row().epoch;
  slot.sending.clear();
  slot.acks.clear();
  slot.held.reset();
  slot.ticks_out.clear();
  slot.ticked_at = slot.proposed_at = slot.jumped_at = kLongAgo;
  slot.tick_back = now();
  slot.ticked = slot.partition->time().now;
  slot.partition->streams().for_each_outgoing([&](PartitionRef to, const OutgoingRow& row) {
    slot.sending[to].begin_after(std::max(row.acked, last_accepted(to, slot.where)));
  });
}

std::uint64_t Speaking::last_accepted(PartitionRef destination, PartitionRef source) const {
  const Slot& slot = slots_.of(destination);
  return slot.partition ? slot.partition->streams().incoming(source).last : slot.sink->last(source);
}

void Speaking::answered(const StreamSpan& span, bool is_good) {
  Slot& destination = slots_.of(span.destination);
  if (!is_good) destination.held_back_until = now() + kHoldBack;
  Slot& source = slots_.of(span.source);
  if (source.spoken_epoch != span.epoch) return;
  SendingStream& stream = source.sending[span.destination];
  if (is_good) {
    stream.delivered(span.upto, following_.heard_from_now(destination));
  } else {
    stream.failed();
  }
}

/// Streams that begin here and may have something to do: what is not acknowledged, and sinks, which
/// may have lost a tail.
Speaking::OutgoingRows Speaking::open_streams(const Slot& slot) const {
  return in_order<OutgoingRow>([&](const auto& visit) {
    slot.partition->streams().for_each_outgoing([&](PartitionRef to, const OutgoingRow& row) {
      if (row.sent > row.acked || identity_.topics[to.topic].is_sink) visit(to, row);
    });
  });
}

void Speaking::send_rows(Slot& slot, const OutgoingRows& streams) {
  for (const auto& [to, row] : streams) {
    if (row.sent > row.acked && takes_rows(slot, to, row))
      send_rows(slot, to, slot.waiting->to(to));
  }
}

void Speaking::send_rows(Slot& slot, PartitionRef where, const WaitingRows::Rows& rows) {
  Slot& to = slots_.of(where);
  SendingStream& stream = slot.sending[where];
  if (now() < to.held_back_until) return;
  if (stream.look(last_accepted(where, slot.where), to.next_offset(), to.ends)) {
    outbox_.counted(slot.where, "streams", "sent-again", 1);
  }
  std::size_t left = kRowsAStep;
  std::uint64_t upto = 0;
  for (auto row = rows.lower_bound(stream.next());
       row != rows.end() && left > 0 && stream.on_its_way() < kRowsOnTheirWay; ++row, --left) {
    to.records.add(bytes_of(row->second.record));
    upto = row->first;
    stream.sent(upto);
  }
  if (upto > 0) to.spans.push_back({slot.where, where, slot.spoken_epoch, upto});
}

/// Streams that end here: their sources learn how far we have read.
void Speaking::acknowledge(Slot& slot) {
  const auto acked = [&](PartitionRef source) {
    return slots_.of(source).partition->streams().outgoing(slot.where).acked;
  };
  const auto owed = in_order<IncomingRow>([&](const auto& visit) {
    slot.partition->streams().for_each_incoming([&](PartitionRef source, const IncomingRow& row) {
      if (row.last > acked(source)) visit(source, row);
    });
  });
  for (const auto& [source, row] : owed) {
    acknowledge(slot, slots_.of(source), {slot.where, row.last}, acked(source));
  }
}

/// A sink has no owner: whoever speaks for the source reads it back, and says so.
void Speaking::acknowledge_sinks(Slot& slot, const OutgoingRows& streams) {
  for (const auto& [to, row] : streams) {
    if (!identity_.topics[to.topic].is_sink) continue;
    acknowledge(slot, slot, {to, std::min(row.sent, last_accepted(to, slot.where))}, row.acked);
  }
}

void Speaking::acknowledge(Slot& slot, Slot& source, const Ack& ack, std::uint64_t acked) {
  if (ack.last <= acked) return;
  auto& said = slot.acks[&source == &slot ? ack.destination : source.where];
  const bool is_time = now() - said.at >= kSayAckEvery;
  if (!is_time && ack.last < std::max(acked, said.last) + kSayAckRows) return;
  said = {ack.last, now()};
  append_own(source.records, RecordKind::Ack, ack);
}

/// Not behind what it has lost, or seems to have: see Following::look_for_lost_rows.
bool Speaking::takes_rows(const Slot& slot, PartitionRef where, const OutgoingRow& row) const {
  if (!identity_.topics[where.topic].is_sink) return true;
  const Slot& sink = slots_.of(where);
  return !sink.parked && sink.sink->last(slot.where) >= row.acked;
}

}  // namespace jari
