#include "consumers/legacy/sync_reader.h"

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

}  // namespace

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
  const auto envelope = envelope_of(record);
  if (!envelope) return std::optional<Item>{};
  if (envelope->kind == RecordKind::Genesis) take_genesis(partition, *envelope);
  const bool is_row = envelope->kind == RecordKind::Row && envelope->stream &&
                      envelope->stream->destination == record.where;
  if (!is_row) return std::optional<Item>{};
  if (envelope->stream->incarnation != place.incarnation) {
    return another_log(partition,
                       "a row of another incarnation at offset " + std::to_string(record.offset));
  }
  StreamMark& mark = position_.streams[{partition, envelope->stream->source}];
  if (!fits(*envelope->stream, mark)) return std::optional<Item>{};
  mark = {envelope->stream->seq, chained(mark.hash, hash128(envelope->body))};
  if (envelope->type != kAppointmentRow) return std::optional<Item>{};
  return std::optional<Item>{item_of(*envelope, partition)};
}

bool SyncReader::fits(const StreamPlace& place, const StreamMark& before) {
  if (place.seq != before.seq + 1) return false;
  if (place.prev_hash == before.hash) return true;
  ++misfits_;
  return false;
}

Item SyncReader::item_of(const Envelope& envelope, PartitionNo partition) const {
  Item item;
  item.partition = partition;
  item.source = envelope.stream->source;
  item.place = position_.places.at(partition);
  item.mark = position_.streams.at({partition, item.source});
  item.row = read_row(envelope, item.place, partition);
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
