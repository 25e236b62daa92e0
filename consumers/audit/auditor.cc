#include "consumers/audit/auditor.h"

#include <algorithm>

namespace jari::audit {
namespace {

/// How far before its cause an effect may be read: no commit is longer.
constexpr Offset kAheadMax = 10'000'000;

}  // namespace

Auditor::Auditor(const LogIdentity& identity, Report& report, LogWriters writers, Order order)
    : writers_(writers),
      order_(writers == LogWriters::One ? order : Order::Any),
      desk_{identity, names_, report},
      clocks_(identity),
      streams_(desk_),
      sites_(desk_),
      sync_(desk_),
      queues_(desk_),
      bookings_(desk_, sync_),
      records_(desk_, writers) {
  for (const auto& topic : identity.topics) lines_.emplace_back(topic.partitions);
}

Record Auditor::body_of(const Envelope& envelope) {
  switch (envelope.kind) {
    case RecordKind::Request:
    case RecordKind::Effect:
    case RecordKind::Own:
    case RecordKind::Row:
      return decode(envelope.type, envelope.body);
    default:
      return {};
  }
}

void Auditor::take(const LogRecord& record) {
  if (record.where != reading_) ++run_;
  reading_ = record.where;
  ends_[record.where] = record.offset + 1;
  const At at{record.where, record.offset};
  if (!desk_.identity.topics[record.where.topic].is_sink) {
    return add(lines_[record.where.topic][record.where.partition], record);
  }
  // What a sink has is only looked at as what its causes led to.
  const auto envelope = envelope_of(record);
  if (!envelope) return desk_.report.add_record(at, {});
  const Moment time = clocks_.pass(at.where, *envelope);
  desk_.report.add_record(at, time.now);
  const Record body = body_of(*envelope);
  if (streams_.look(at, *envelope, body) && envelope->stream) attribute(at, *envelope, body);
}

void Auditor::add(Line& line, const LogRecord& record) {
  Waiting& one = line.waiting.emplace_back();
  one.bytes.resize((record.bytes.size() + 7) / 8);
  std::copy_n(record.bytes.data(), record.bytes.size(),
              std::as_writable_bytes(std::span{one.bytes}).begin());
  Seen& seen = one.seen;
  seen.at = {record.where, record.offset};
  const auto bytes = std::as_bytes(std::span{one.bytes}).first(record.bytes.size());
  if (const auto envelope = envelope_of({record.where, record.offset, bytes, record.is_forged})) {
    seen.envelope = *envelope;
    seen.body = body_of(seen.envelope);
    seen.time = clocks_.pass(record.where, seen.envelope);
    seen.is_applied = streams_.look(seen.at, seen.envelope, seen.body);
    if (seen.is_applied && seen.envelope.stream) attribute(seen.at, seen.envelope, seen.body);
  }
  desk_.report.add_record(seen.at, seen.time.now);
  line.now = seen.time.now;
  if (seen.envelope.kind == RecordKind::Tick) on_tick(line, seen.envelope);
}

void Auditor::attribute(const At& at, const Envelope& envelope, const Record& body) {
  const StreamPlace& place = *envelope.stream;
  const bool is_known = place.source.topic < lines_.size() &&
                        place.source.partition < lines_[place.source.topic].size();
  desk_.expect(is_known, Rule::I8, at, "its cause stands in no partition of this log");
  if (!is_known) return;
  Line& line = lines_[place.source.topic][place.source.partition];
  desk_.expect(place.cause >= line.base, Rule::I8, at, [&] {
    return "it came when all that its cause, " +
           desk_.report.place_of({place.source, place.cause}) + ", led to had been read";
  });
  const bool is_near = place.cause >= line.base && place.cause - line.base < kAheadMax;
  if (!is_near) return;  // what lies beyond the end is found there
  const auto index = static_cast<std::size_t>(place.cause - line.base);
  if (line.caused.size() <= index) line.caused.resize(index + 1);
  line.caused[index].push_back(effect_of(names_, at, envelope, body));
  if (writers_ == LogWriters::One) line.applied = std::max(line.applied, place.cause);
}

void Auditor::on_tick(Line& line, const Envelope& envelope) {
  Tick tick;
  if (writers_ == LogWriters::Many || !flat::read_root(envelope.body, tick)) return;
  const bool is_new_run = line.ticked_in != run_;
  if (is_new_run && order_ == Order::OfCommits) show_up_to(line, line.ticked, false);
  if (tick.upto >= line.base + line.waiting.size()) return;  // I6 says so
  line.ticked = std::max(line.ticked, tick.upto);
  line.ticked_in = run_;
  line.applied = std::max(line.applied, tick.upto);
}

void Auditor::settled(PartitionRef where, Offset last) {
  Line& line = lines_[where.topic][where.partition];
  line.applied = std::max(line.applied, last);
  show_up_to(line, last, false);
}

void Auditor::show_up_to(Line& line, Offset last, bool is_end) {
  while (!line.waiting.empty() && (is_end || line.base <= last)) {
    Seen& seen = line.waiting.front().seen;
    if (line.caused.empty()) line.caused.emplace_back();
    seen.caused = &line.caused.front();
    const bool is_old = writers_ == LogWriters::Many && seen.time.now + kArrivesWithin <= line.now;
    seen.is_settled = !is_end || seen.at.offset <= line.applied || is_old;
    show(seen);
    line.waiting.pop_front();
    line.caused.pop_front();
    ++line.base;
  }
}

std::size_t Auditor::waiting() const {
  std::size_t all = 0;
  for (const auto& topic : lines_) {
    for (const Line& line : topic) all += line.waiting.size();
  }
  return all;
}

void Auditor::show(Seen& seen) {
  if (!seen.is_settled) sync_.look_at_unsettled(seen);
  streams_.look_for_answer(seen);
  records_.look(seen);
  sites_.look(seen);
  queues_.look(seen);
  bookings_.look(seen);
}

void Auditor::finish() {
  for (auto& topic : lines_) {
    for (Line& line : topic) show_up_to(line, 0, true);
  }
  streams_.finish(ends_);
  sync_.finish(sites_);
}

}  // namespace jari::audit
