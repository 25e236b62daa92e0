#include "consumers/export/record_json.h"

#include <algorithm>

#include "consumers/export/body_json.h"

namespace jari {
namespace {

template <class Body>
void engine_body(JsonLine& json, const LogIdentity& identity, const Envelope& envelope) {
  Body body;
  json.begin("body");
  if (flat::read_root(envelope.body, body)) append_fields(json, identity, body);
  json.end();
}

void append_engine_body(JsonLine& json, const LogIdentity& identity, const Envelope& envelope) {
  switch (envelope.kind) {
    case RecordKind::Genesis:
      return engine_body<Genesis>(json, identity, envelope);
    case RecordKind::Tick:
      return engine_body<Tick>(json, identity, envelope);
    case RecordKind::Claim:
      return engine_body<Claim>(json, identity, envelope);
    case RecordKind::Ack:
      return engine_body<Ack>(json, identity, envelope);
    case RecordKind::Barrier:
      return engine_body<Barrier>(json, identity, envelope);
    case RecordKind::TimeJump:
      return engine_body<TimeJump>(json, identity, envelope);
    case RecordKind::StreamSet:
      return engine_body<StreamSet>(json, identity, envelope);
    case RecordKind::Disputed:
      return engine_body<Disputed>(json, identity, envelope);
    case RecordKind::Reissue:
      return engine_body<Reissue>(json, identity, envelope);
    default:
      break;
  }
}

void append_stream(JsonLine& json, const LogIdentity& identity, PartitionRef where,
                   const Envelope& envelope) {
  const StreamPlace& place = *envelope.stream;
  json.begin("cause");
  append_fields(json, identity, place.source);
  json.number("offset", place.cause);
  json.end();
  json.begin("stream");
  json.begin("source");
  append_fields(json, identity, place.source);
  json.end();
  json.number("seq", place.seq);
  json.text("prev_hash", to_text(place.prev_hash));
  json.text("hash", to_text(chained(place.prev_hash, content_hash(envelope))));
  if (place.reverse_last != 0) json.number("last", place.reverse_last);
  if (place.incarnation != identity.incarnation) {
    json.text("incarnation", to_text(place.incarnation));
  }
  if (place.destination != where) {
    json.begin("destination");
    append_fields(json, identity, place.destination);
    json.end();
  }
  json.end();
}

void append_asked(JsonLine& json, const Asked& asked) {
  if (!asked.request.empty()) json.text("request", asked.request);
  if (!asked.by.empty()) json.text("by", asked.by);
  if (!asked.acting_for.empty()) json.text("acting_for", asked.acting_for);
  if (!asked.reason.empty()) json.text("reason", asked.reason);
}

void append_dead_letter(JsonLine& json, std::size_t bytes) {
  json.text("type", "DeadLetter");
  json.begin("body");
  json.number("bytes", bytes);
  json.end();
}

}  // namespace

Hash128 content_hash(const Envelope& row) {
  Barrier barrier;
  const bool is_barrier = row.kind == RecordKind::Barrier && flat::read_root(row.body, barrier);
  return is_barrier ? hash_of_record(barrier) : hash_of_body(row.type, row.body);
}

std::string export_line(const LogIdentity& identity, const LogRecord& record, Instant time,
                        LogWriters writers) {
  std::string line;
  JsonLine json(line);
  append_fields(json, identity, record.where);
  json.number("offset", record.offset);
  json.text("time", to_text(time));
  const auto envelope = envelope_of(record);
  if (!envelope || !is_of_known_form(*envelope)) {
    append_dead_letter(json, record.bytes.size());
    json.close();
    return line;
  }
  if (const auto name = name_of(envelope->kind); !name.empty()) {
    json.text("type", name);
    const bool is_first = envelope->kind == RecordKind::Genesis;
    if (is_first && writers == LogWriters::Many) json.text("writers", "many");
    if (envelope->stream) append_stream(json, identity, record.where, *envelope);
    if (envelope->asked) append_asked(json, *envelope->asked);
    append_engine_body(json, identity, *envelope);
    json.close();
    return line;
  }
  json.text("type", name_of(envelope->type));
  if (envelope->stream) append_stream(json, identity, record.where, *envelope);
  if (envelope->asked) append_asked(json, *envelope->asked);
  if (envelope->type == kAppointmentRow) {
    json.raw("body", text_of(envelope->body));
  } else {
    append_body(json, identity, decode(envelope->type, envelope->body));
  }
  json.close();
  return line;
}

ExportClock::ExportClock(const LogIdentity& identity) : identity_(identity) {
  for (const auto& topic : identity_.topics) owners_.emplace_back(topic.partitions);
}

/// The time it had once the record there was applied; its rows are read soon after it.
Instant ExportClock::Owner::at(Offset offset) const {
  for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
    if (one->first <= offset) return one->second;
  }
  return now;
}

void ExportClock::Owner::set(Offset offset, Instant time) {
  if (time == now) return;
  now = time;
  changes.emplace_back(offset, time);
  if (changes.size() > kChangesKept) changes.pop_front();
}

Instant ExportClock::pass(const LogRecord& record) {
  Owner& owner = owners_[record.where.topic][record.where.partition];
  const auto envelope = envelope_of(record);
  if (!envelope) return owner.now;
  Claim claim;
  Tick tick;
  TimeJump jump;
  const bool is_row = identity_.topics[record.where.topic].is_sink && envelope->stream &&
                      identity_.has_consumer(envelope->stream->source);
  if (is_row && is_of_known_form(*envelope)) {
    const PartitionRef source = envelope->stream->source;
    return owners_[source.topic][source.partition].at(envelope->stream->cause);
  }
  // A copy has a second genesis record, which says when it was made.
  if (record.offset == 0) {
    if (const auto genesis = read_genesis(record.bytes)) owner.set(0, genesis->begins);
  }
  if (envelope->kind == RecordKind::Claim && flat::read_root(envelope->body, claim) &&
      claim.epoch == owner.epoch + 1) {
    owner.epoch = claim.epoch;
    owner.process = claim.process;
  } else if (envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick) &&
             tick.epoch == owner.epoch && tick.process == owner.process &&
             tick.time <= owner.now + milliseconds{identity_.outage_ms}) {
    owner.set(record.offset, std::max(owner.now, tick.time));
  } else if (envelope->kind == RecordKind::TimeJump && flat::read_root(envelope->body, jump) &&
             jump.epoch == owner.epoch && jump.process == owner.process && jump.from == owner.now &&
             jump.to > jump.from) {
    owner.set(record.offset, jump.to);
  }
  return owner.now;
}

}  // namespace jari
