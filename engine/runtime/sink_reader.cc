#include "engine/runtime/sink_reader.h"

#include <vector>

namespace jari {

Result<void> SinkReader::apply(const LogRecord& record, const HashOf& hash_of) {
  next_offset_ = record.offset + 1;
  last_record_ = hash128(record.bytes);
  const auto envelope = envelope_of(record);
  if (!envelope) return envelope.error();
  if (envelope->kind != RecordKind::Row || !envelope->stream) return {};
  const StreamPlace& place = *envelope->stream;
  const auto content = hash_of(place.source, *envelope);
  if (!content) return {};
  const bool is_first = begin_ > 0 && streams_.incoming(place.source).last == 0 && place.seq > 0;
  if (is_first) streams_.set(place.source, place.seq - 1, place.prev_hash);
  if (streams_.judge(place, incarnation_) == Verdict::Accepted) streams_.accept(place, *content);
  return {};
}

void SinkReader::begin_anew() {
  std::vector<PartitionRef> sources;
  streams_.for_each_incoming(
      [&](PartitionRef source, const IncomingRow&) { sources.push_back(source); });
  for (const PartitionRef source : sources) streams_.set(source, 0, {});
  next_offset_ = 0;
  begin_ = 0;
  last_record_ = {};
}

void SinkReader::begin_at(Offset begin) {
  begin_ = begin;
  next_offset_ = begin;
}

PartitionPosition SinkReader::position() const {
  PartitionPosition position;
  position.next_offset = next_offset_;
  position.digest = store_.digest();
  position.last_record = last_record_;
  return position;
}

Result<void> SinkReader::loaded(const PartitionPosition& position) {
  next_offset_ = position.next_offset;
  last_record_ = position.last_record;
  if (store_.digest() == position.digest) return {};
  return Error{ErrorCode::DigestMismatch,
               "what is stored of a sink is not what was written: remove the folder state/, it is "
               "made again from the log"};
}

}  // namespace jari
