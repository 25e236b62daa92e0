#include "engine/runtime/streams.h"

namespace jari {
namespace {

constexpr std::uint8_t kOutgoingTable = 201;
constexpr std::uint8_t kIncomingTable = 202;

StreamKey key_of(PartitionRef other) {
  return {other.topic, other.partition};
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Accepted:
      return "accepted";
    case Verdict::Repeated:
      return "repeated";
    case Verdict::Early:
      return "early";
    case Verdict::Misfit:
      return "misfit";
    case Verdict::Foreign:
      return "foreign";
    case Verdict::AckBeyond:
      return "ack-beyond";
  }
  return "unknown";
}

Streams::Streams(Store& store, PartitionRef here)
    : here_(here), outgoing_(store, kOutgoingTable), incoming_(store, kIncomingTable) {}

StreamPlace Streams::send(PartitionRef destination, const Hash128& content, Offset cause,
                          const Hash128& incarnation) {
  StreamPlace place;
  place.incarnation = incarnation;
  place.source = here_;
  place.destination = destination;
  place.cause = cause;
  if (const IncomingRow* reverse = incoming_.find(key_of(destination)); reverse != nullptr) {
    place.reverse_last = reverse->last;
  }
  outgoing_.make_or_change(key_of(destination), [&](OutgoingRow& row) {
    place.seq = ++row.sent;
    place.prev_hash = row.hash;
    row.hash = chained(row.hash, content);
  });
  return place;
}

Verdict Streams::judge(const StreamPlace& place, const Hash128& incarnation) const {
  if (place.incarnation != incarnation || place.destination != here_) return Verdict::Foreign;
  const IncomingRow row = incoming(place.source);
  if (place.seq <= row.last) return Verdict::Repeated;
  if (place.seq > row.last + 1) return Verdict::Early;
  return place.prev_hash == row.hash ? Verdict::Accepted : Verdict::Misfit;
}

void Streams::accept(const StreamPlace& place, const Hash128& content) {
  incoming_.make_or_change(key_of(place.source), [&](IncomingRow& row) {
    CHECK(place.seq == row.last + 1);
    row.last = place.seq;
    row.hash = chained(row.hash, content);
  });
}

Verdict Streams::acknowledge(PartitionRef destination, std::uint64_t last) {
  OutgoingRow row = outgoing(destination);
  if (last > row.sent) return Verdict::AckBeyond;
  if (last <= row.acked) return Verdict::Repeated;
  row.acked = last;
  outgoing_.put(key_of(destination), row);
  return Verdict::Accepted;
}

void Streams::set(PartitionRef source, std::uint64_t last, const Hash128& hash) {
  incoming_.put(key_of(source), {last, hash});
}

OutgoingRow Streams::outgoing(PartitionRef destination) const {
  const OutgoingRow* row = outgoing_.find(key_of(destination));
  return row == nullptr ? OutgoingRow{} : *row;
}

IncomingRow Streams::incoming(PartitionRef source) const {
  const IncomingRow* row = incoming_.find(key_of(source));
  return row == nullptr ? IncomingRow{} : *row;
}

std::uint64_t Streams::unacknowledged(PartitionRef destination) const {
  const OutgoingRow row = outgoing(destination);
  return row.sent - row.acked;
}

}  // namespace jari
