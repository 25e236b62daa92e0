#include "consumers/legacy/sync_reader.h"

#include <algorithm>

#include "consumers/model/record.h"
#include "consumers/model/topics.h"
#include "engine/record/own_records.h"

namespace jari::legacy {
namespace {

Error another_log(PartitionNo partition, const std::string& why) {
  return {ErrorCode::LogMismatch,
          "partition " + std::to_string(partition) + " of sync: " + why +
              ": this is not the log that the database was written from, or one of them was "
              "restored; start once with --begin-again, then run `jari reconcile`"};
}

bool is_row_of(const Envelope& envelope, const LogRecord& record) {
  return envelope.kind == RecordKind::Row && envelope.stream &&
         envelope.stream->destination == record.where;
}

}  // namespace

/// Whoever stood behind a row of a stream had read it, or did not count as having read so far.
Result<void> check_before(const Position& position, const LogRecord& record) {
  const auto envelope = envelope_of(record);
  if (!envelope || !is_row_of(*envelope, record)) return {};
  const StreamPlace& row = *envelope->stream;
  const auto known = position.streams.find({record.where.partition, row.source});
  const StreamMark mark = known == position.streams.end() ? StreamMark{} : known->second;
  const bool is_known =
      row.seq < mark.seq ||
      (row.seq == mark.seq && chained(row.prev_hash, hash128(envelope->body)) == mark.hash);
  if (is_known) return {};
  return another_log(record.where.partition, "the row at offset " + std::to_string(record.offset) +
                                                 " is not the one that was read there");
}

SyncReader::SyncReader(const LogIdentity& identity, const Mapping& mapping)
    : identity_(identity), mapping_(mapping) {}

Result<void> SyncReader::begin(const Position& position, const Log& log) {
  position_ = position;
  const PartitionNo partitions = identity_.topics[kSyncTopic].partitions;
  for (const auto& [partition, place] : position.places) {
    if (partition >= partitions) return another_log(partition, "the log has no such partition");
    // One that is read beside its owner may be behind it for a moment, never what was written.
    if (place.next_offset > log.end({kSyncTopic, partition})) {
      return another_log(partition, "more was written than the log has");
    }
  }
  for (PartitionNo i = 0; i < partitions; ++i) position_.places.try_emplace(i);
  gaps_.begin();
  to_check_.clear();
  for (auto& [partition, place] : position_.places) {
    if (place.next_offset <= log.ends({kSyncTopic, partition}).begin) continue;  // no longer kept
    to_check_[partition] = place.next_offset--;
  }
  return {};
}

std::vector<LogPlace> SyncReader::places() const {
  std::vector<LogPlace> all;
  for (const auto& [partition, place] : position_.places) {
    all.push_back({{kSyncTopic, partition}, place.next_offset});
  }
  return all;
}

void SyncReader::take_genesis(PartitionNo partition, const Envelope& envelope) {
  Genesis genesis;
  if (!flat::read_root(envelope.body, genesis)) return;
  Hash128& known = position_.places[partition].incarnation;
  if (known == Hash128{} || genesis.copy_of == known) known = genesis.incarnation;
}

Result<std::optional<Item>> SyncReader::take(const LogRecord& record) {
  const PartitionNo partition = record.where.partition;
  Place& place = position_.places[partition];
  place.next_offset = record.offset + 1;
  if (const auto begun = to_check_.find(partition); begun != to_check_.end()) {
    const bool is_before = record.offset < begun->second;
    to_check_.erase(begun);
    if (is_before) {
      if (auto checked = check_before(position_, record); !checked) return checked.error();
      return std::optional<Item>{};
    }
  }
  const auto envelope = envelope_of(record);
  if (!envelope) return std::optional<Item>{};
  if (envelope->kind == RecordKind::Genesis) take_genesis(partition, *envelope);
  if (!is_row_of(*envelope, record)) return std::optional<Item>{};
  if (envelope->stream->incarnation != place.incarnation) {
    return another_log(partition,
                       "a row of another incarnation at offset " + std::to_string(record.offset));
  }
  auto item = take_row(*envelope, record);
  Offset& furthest = furthest_[partition];
  furthest = std::max(furthest, record.offset + 1);
  return item;
}

std::optional<Item> SyncReader::take_row(const Envelope& envelope, const LogRecord& record) {
  const StreamPlace& row = *envelope.stream;
  const StreamName stream{record.where.partition, row.source};
  const bool is_new = record.offset >= furthest_[stream.first];
  StreamMark& mark = position_.streams[stream];
  if (row.seq <= mark.seq) {
    if (!gaps_.comes_late(stream, row.seq)) return std::nullopt;
  } else {
    if (row.seq > mark.seq + 1) {
      if (!gaps_.is_given_up(stream, record.offset)) {
        gaps_.early(stream, row.seq, record.offset);
        return std::nullopt;
      }
      gaps_.lose({stream, mark.seq + 1, row.seq - 1, record.offset});
    } else if (row.prev_hash != mark.hash) {
      misfits_ += is_new ? 1 : 0;
      gaps_.forked(stream, row.seq, record.offset);
      return std::nullopt;
    }
    mark = {row.seq, chained(row.prev_hash, hash128(envelope.body))};
    gaps_.taken(stream, row.seq);
  }
  if (envelope.type != kAppointmentRow) return std::nullopt;
  return item_of(envelope, stream.first);
}

void SyncReader::give_up(const Log& log, milliseconds now) {
  for (const auto& [partition, offset] : gaps_.give_up(position_.places, log, now)) {
    position_.places.at(partition).next_offset = offset;
  }
}

Item SyncReader::item_of(const Envelope& envelope, PartitionNo partition) const {
  Item item;
  item.partition = partition;
  item.source = envelope.stream->source;
  item.seq = envelope.stream->seq;
  item.place = position_.places.at(partition);
  item.mark = position_.streams.at({partition, item.source});
  item.row = read_row(envelope, item.place, partition);
  item.place.next_offset = gaps_.settled(partition, item.place.next_offset);
  return item;
}

Row SyncReader::read_row(const Envelope& envelope, const Place& at, PartitionNo partition) const {
  const std::string_view json = text_of(envelope.body);
  const auto document = parse_sync_document(json);
  if (document) return row_of(mapping_, *document, json);
  Row row;  // kept and shown like any other that cannot be written
  row.appointment = "sync:" + std::to_string(partition) + ":" + std::to_string(at.next_offset - 1);
  row.document = json;
  row.refusal = document.error().detail;
  return row;
}

}  // namespace jari::legacy
