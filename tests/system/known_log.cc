#include "tests/system/known_log.h"

#include <algorithm>
#include <vector>

#include "consumers/export/record_json.h"

namespace jari {

template <class M>
void KnownLog::learn(std::string_view name, const M& member) {
  if constexpr (flat::kIsText<M>) {
    if (!flat::text_in(member).empty()) texts[std::string(name)] = flat::text_in(member);
  } else if constexpr (flat::kIsScalar<M>) {
    const auto number = static_cast<std::int64_t>(flat::scalar_of(member));
    if (number != 0) numbers[std::string(name)] = number;
  } else if constexpr (flat::kIsOptional<M>) {
    if (member) learn(name, *member);
  } else if constexpr (flat::kIsVector<M>) {
    for (const auto& one : member) learn(name, one);
  } else if constexpr (HasFields<M>) {
    for_each_field(member, [&](std::string_view inner, const auto& one) { learn(inner, one); });
  }
}

void KnownLog::look_at_body(const Record& body) {
  std::visit([&](const auto& one) { learn("", one); }, body);
  if (const auto* one = std::get_if<TicketRequested>(&body)) waiting = one->person.text;
  if (const auto* one = std::get_if<ReservationGranted>(&body)) booked = one->person.text;
  if (const auto* one = std::get_if<HoldGranted>(&body)) holding = one->person.text;
  if (const auto* one = std::get_if<Outcome>(&body); one != nullptr && one->ticket != 0) {
    tickets[std::string(one->person.text)] = one->ticket;
  }
}

void KnownLog::look(PartitionRef where, Bytes record) {
  const auto envelope = read_envelope(record);
  if (!envelope) return;
  Line& line = lines[where];
  Tick tick;
  Claim claim;
  if (envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick)) {
    line.now = std::max(line.now, tick.time);
  } else if (envelope->kind == RecordKind::Claim && flat::read_root(envelope->body, claim)) {
    line.epoch = std::max(line.epoch, claim.epoch);
    line.process = claim.process;
  }
  if (envelope->type != 0) look_at_body(decode(envelope->type, envelope->body));
  if (!envelope->stream) return;
  Last& last = streams[{envelope->stream->source, where}];
  if (envelope->stream->seq != last.seq + 1) return;
  last = {last.seq + 1, chained(last.hash, content_hash(*envelope))};
}

bool KnownLog::read(std::istream& in) {
  std::uint32_t topic = 0;
  PartitionRef where;
  Offset offset = 0;
  std::size_t size = 0;
  std::vector<std::uint64_t> room;  // aligned to 8, as logs hand them out
  while (in >> topic >> where.partition >> offset >> size && in.get() == '\n') {
    room.assign(size / sizeof(std::uint64_t) + 1, 0);
    in.read(reinterpret_cast<char*>(room.data()), static_cast<std::streamsize>(size));
    const Bytes record = std::as_bytes(std::span{room}).first(size);
    if (lines.empty()) {
      auto genesis = read_genesis(record);
      if (!genesis) return false;
      identity = std::move(*genesis);
    }
    where.topic = static_cast<TopicNo>(topic);
    lines[where].next_offset = offset + 1;
    look(where, record);
  }
  return in.eof() && !lines.empty();
}

}  // namespace jari
