#include "tests/sim/watch.h"

#include <algorithm>

#include "consumers/audit/audit.h"
#include "consumers/model/topics.h"
#include "ops/jari/business.h"
#include "tests/sim/node_port.h"
#include "tests/sim/request.h"

namespace jari::sim {
namespace {

constexpr std::size_t kEffectsKept = 64;
constexpr milliseconds kFreshFor{1'000};  // what is said to be of now may miss no more than that

std::string name_of_waiter(std::string_view who, std::string_view request) {
  return std::string(who) + '\n' + std::string(request);
}

/// The text or the number that a member of a flat JSON object has.
std::string_view member_of(std::string_view json, std::string_view name) {
  const std::string wanted = "\"" + std::string(name) + "\":";
  const auto at = json.find(wanted);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + wanted.size());
  const bool is_text = !json.empty() && json.front() == '"';
  if (is_text) json.remove_prefix(1);
  return json.substr(0, json.find_first_of(is_text ? "\"" : ",}"));
}

}  // namespace

Watch::Watch(Log& log, Trace& trace)
    : log_(log),
      trace_(trace),
      report_(log.identity()),
      auditor_(log.identity(), report_, log.writers()),
      rule_(trace),
      deserved_(trace) {
  const LogIdentity& identity = log.identity();
  replay_.resize(identity.topics.size());
  for (const PartitionRef where : identity.partitions()) {
    next_.push_back({where, 0});
    auto& topic = replay_[where.topic];
    topic.emplace_back();
    if (!identity.has_consumer(where)) continue;
    topic.back() = std::make_unique<Partition>(
        where, identity, ops::kSettingsPartition, kKnown,
        [where](Store& store) { return ops::make_consumer(where, store); });
  }
}

bool Watch::read_new() {
  bool is_any = false;
  const auto read = log_.read(next_, [&](const LogRecord& record) {
    is_any = true;
    take(record);
    return trace_.is_good();
  });
  trace_.expect(read.has_value(), "log", "the log cannot be read");
  if (!is_any) return false;
  for (LogPlace& place : next_) place.next_offset = log_.end(place.where);
  if (log_.writers() == LogWriters::Many && !forsaken_) settle();
  report(report_);
  return true;
}

/// A record may be judged once all that a replay says it causes stands in the log.
void Watch::settle() {
  std::map<PartitionRef, Offset> settled;
  for (const LogPlace& place : next_) {
    auto& ends = ends_[place.where];
    ends.emplace_back(trace_.now(), place.next_offset);
    while (ends.size() > 1 && trace_.now() - ends[1].first > kFreshFor) ends.pop_front();
    if (log_.identity().has_consumer(place.where)) settled[place.where] = place.next_offset;
  }
  for (const auto& [stream, rows] : said_) {
    if (rows.empty()) continue;
    Offset& upto = settled.at(stream.first);
    upto = std::min(upto, rows.front().cause);
  }
  for (const auto& [where, next] : settled) {
    if (next > 0) auditor_.settled(where, next - 1);
  }
}

void Watch::report(const audit::Report& report) {
  if (report.is_good()) return;
  const audit::Violation& first = report.violations().front();
  trace_.fail("audit " + to_text(first.rule), report.line_of(first));
}

void Watch::take(const LogRecord& record) {
  trace_.feed(hash128(record.bytes));
  if (!forsaken_) auditor_.take(record);
  scratch_.assign((record.bytes.size() + 7) / 8, 0);
  std::copy(record.bytes.begin(), record.bytes.end(),
            reinterpret_cast<std::byte*>(scratch_.data()));
  const Bytes bytes = std::as_bytes(std::span{scratch_}).first(record.bytes.size());
  const auto envelope = read_envelope(bytes);
  const bool has_place = envelope && envelope->stream && is_judged(*envelope->stream);
  if (has_place) arrive(record, *envelope);
  if (envelope) read_own(record.where, *envelope);
  if (log_.identity().topics[record.where.topic].is_sink) {
    if (has_place) read_row(*envelope);
    return;
  }
  Partition& partition = *replay_[record.where.topic][record.where.partition];
  if (envelope) deserved_.begins(*envelope);
  if (const auto differs = partition.apply(bytes, *this)) trace_.fail("replay", *differs);
  claimants_.emplace(record.where, partition.row().process);
}

void Watch::read_own(PartitionRef where, const Envelope& envelope) {
  Tick tick;
  if (envelope.kind == RecordKind::Tick && flat::read_root(envelope.body, tick)) {
    const bool is_known =
        claimants_.contains({where, tick.process}) || zombies_.contains(tick.process);
    trace_.expect(is_known, "owner", "somebody ticks who has never won a claim there");
    ticks_[where] = tick;
    if (replayed(where).takes(tick) && tick.digest != Hash128{}) told_upto_[where] = tick.upto;
  } else if (envelope.kind == RecordKind::Request && envelope.asked) {
    asked_.insert(name_of_waiter(envelope.asked->by, envelope.asked->request));
    rule_.asked(envelope);
  }
}

bool Watch::stands(std::string_view who, std::string_view request) const {
  return asked_.contains(name_of_waiter(who, request));
}

/// Only the next of a stream counts: a row may stand there again, or before its turn.
void Watch::arrive(const LogRecord& record, const Envelope& envelope) {
  const Stream stream{envelope.stream->source, record.where};
  auto& arrived = arrived_[stream];
  if (envelope.stream->seq != arrived.size() + 1) return;
  arrived.push_back(record.offset);
  stands_[stream].push_back({envelope.stream->seq, envelope.stream->cause, hash128(envelope.body)});
  match(stream);
  if (envelope.kind != RecordKind::Effect) return;
  effects_.push_back({record.where, std::string(text_of(record.bytes))});
  if (effects_.size() > kEffectsKept) effects_.pop_front();
}

/// What a replay says is what stands in the log, row by row.
void Watch::match(const Stream& stream) {
  auto& said = said_[stream];
  auto& stands = stands_[stream];
  while (!said.empty() && !stands.empty()) {
    const bool is_same =
        said.front().seq == stands.front().seq && said.front().content == stands.front().content;
    trace_.expect(is_same, "replay", "a row of the log is another than the replay says");
    if (!is_same) return;
    said.pop_front();
    stands.pop_front();
  }
}

std::optional<Watch::EffectRecord> Watch::draw_effect(Chance& chance) const {
  if (effects_.empty()) return std::nullopt;
  return effects_[chance.below(effects_.size())];
}

std::optional<Watch::EffectRecord> Watch::draw_zombie(Chance& chance) {
  if (ticks_.empty()) return std::nullopt;
  const auto at =
      std::next(ticks_.begin(), static_cast<std::ptrdiff_t>(chance.below(ticks_.size())));
  const PartitionRow& row = replayed(at->first).row();
  flat::Builder body_builder;
  flat::Builder builder;
  Envelope envelope;
  if (chance.one_in(2)) {
    Tick tick = at->second;  // what it says of the state is true; whose it is, is not
    tick.epoch = row.epoch - 1;
    tick.process = chance.hash();
    zombies_.insert(tick.process);
    tick.time = row.now + milliseconds{chance.between(1, 5'000)};
    envelope.kind = RecordKind::Tick;
    envelope.body = flat::write_root(body_builder, tick);
  } else {
    envelope.kind = RecordKind::Claim;
    envelope.body = flat::write_root(body_builder, Claim{row.epoch, "zombie", chance.hash(), 1, 1});
  }
  return EffectRecord{at->first, std::string(text_of(write_envelope(builder, envelope)))};
}

std::optional<std::string> Watch::early_row(const EffectRecord& like, const Turn& turn) {
  const PartitionRef source = read_envelope(bytes_of(like.record)).value().stream->source;
  const auto is_read = [&](PartitionRef where) {
    return turn.applied(where) == replayed(where).next_offset();
  };
  // A source that stands still says nothing more in this life.
  const bool is_known = (turn.is_parked(source) || is_read(source)) &&
                        !turn.is_parked(like.where) && is_read(like.where);
  if (!is_known) return std::nullopt;
  return early_row(like);
}

std::string Watch::early_row(const EffectRecord& like) {
  Envelope envelope = read_envelope(bytes_of(like.record)).value();
  const Stream stream{envelope.stream->source, like.where};
  const std::uint64_t early = arrived_[stream].size() + 2;
  envelope.stream->seq = early;
  std::uint64_t& highest = early_[stream];
  highest = std::max(highest, early);
  flat::Builder builder;
  return std::string(text_of(write_envelope(builder, envelope)));
}

void Watch::begin_life() {
  acked_before_.clear();
  for (const PartitionRef source : consumer_partitions(log_.identity())) {
    replayed(source).streams().for_each_outgoing([&](PartitionRef other, const OutgoingRow& row) {
      acked_before_[{source, other}] = row.acked;
    });
  }
}

void Watch::expect_no_ack_beyond(PartitionRef where, Offset applied) {
  for (const PartitionRef source : consumer_partitions(log_.identity())) {
    const std::uint64_t acked = replayed(source).streams().outgoing(where).acked;
    if (acked <= acked_before_[{source, where}]) continue;
    const auto& arrived = arrived_[{source, where}];
    const bool holds = acked <= arrived.size() && arrived[acked - 1] < applied;
    trace_.expect(holds, "ack", "a row is acknowledged that its partition has not read");
  }
}

void Watch::expect_true_acks() {
  for (const PartitionRef source : consumer_partitions(log_.identity())) {
    replayed(source).streams().for_each_outgoing([&](PartitionRef other, const OutgoingRow& row) {
      const bool holds = row.acked <= arrived_[{source, other}].size();
      trace_.expect(holds, "ack", "a row is acknowledged that does not stand in its partition");
    });
  }
}

void Watch::expect_fresh(PartitionRef where, Offset applied) {
  const auto& ends = ends_[where];
  const bool is_old = !ends.empty() && trace_.now() - ends.front().first > kFreshFor &&
                      applied < ends.front().second;
  trace_.expect(!is_old, "fresh", "a node says that it is of now, and misses what is older");
}

/// Whether a row that came early still waits for those before it: an audit must say so.
bool Watch::has_open_gap() const {
  return std::any_of(early_.begin(), early_.end(), [&](const auto& one) {
    const auto arrived = arrived_.find(one.first);
    return arrived == arrived_.end() || arrived->second.size() < one.second;
  });
}

void Watch::send(const Envelope& row) {
  const PartitionRef source = row.stream->source;
  deserved_.said(*replay_[source.topic][source.partition], row);
  if (!is_judged(*row.stream)) return;
  const Stream stream{row.stream->source, row.stream->destination};
  said_[stream].push_back({row.stream->seq, row.stream->cause, hash128(row.body)});
  match(stream);
}

void Watch::decided(PartitionRef where, std::string_view who, std::string_view request,
                    Bytes bytes) {
  const std::string copy(text_of(bytes));
  const Outcome outcome = outcome_in(copy);
  const Hash128 kept = kept_of(outcome);
  Partition& partition = *replay_[where.topic][where.partition];
  rule_.decided(partition, who, outcome);
  Decided& known = decided_[name_of_waiter(who, request)];
  if (known.kept.empty()) deserved_.decided(partition, outcome);
  known.is_for_later = !is_kept(outcome);
  if (known.kept.empty()) known.order = ++decisions_;
  if (known.kept.empty() || known.kept.back() != kept) known.kept.push_back(kept);
}

void Watch::counted(PartitionRef, std::string_view what, std::string_view label, std::uint64_t) {
  if (what == "oversold") trace_.fail("oversold", std::string(label));
}

const Watch::Decided* Watch::decided_for(std::string_view who, std::string_view request) const {
  const auto at = decided_.find(name_of_waiter(who, request));
  return at == decided_.end() ? nullptr : &at->second;
}

/// As every reader of a sink: only the next of its stream counts, what is said again is dropped.
void Watch::read_row(const Envelope& envelope) {
  const StreamPlace& place = *envelope.stream;
  const PartitionRef sink = place.destination;
  std::uint64_t& last = read_[{place.source, sink}];
  const bool may_come_early = log_.writers() == LogWriters::Many;
  if (place.seq <= last || (may_come_early && place.seq > last + 1)) return;
  trace_.expect(place.seq == last + 1, "sink", "a row of a sink is missing");
  last = place.seq;
  if (sink.topic == kSyncTopic) return read_document(text_of(envelope.body));
  const Record record = decode(envelope.type, envelope.body);
  const auto* outcome = std::get_if<Outcome>(&record);
  trace_.expect(outcome != nullptr, "outcomes", "a row of outcomes is none");
  if (outcome != nullptr && is_kept(*outcome)) ++outcomes_[std::string(outcome->request)];
}

void Watch::read_document(std::string_view json) {
  Document& known = documents_[std::string(member_of(json, "appointment"))];
  const auto version = static_cast<std::uint32_t>(
      std::strtoul(std::string(member_of(json, "version")).c_str(), nullptr, 10));
  const bool follows = version == known.version + 1 || version == known.version;
  trace_.expect(follows, "sync", "the versions of an appointment have a gap in sync");
  known.version = version;
  known.json = json;
  known.sites.insert(std::string(member_of(json, "site")));
}

std::uint32_t Watch::outcomes_of(std::string_view request) const {
  const auto at = outcomes_.find(request);
  return at == outcomes_.end() ? 0 : at->second;
}

const Partition& Watch::replayed(PartitionRef where) const {
  return *replay_[where.topic][where.partition];
}

void Watch::compare(PartitionRef where, Offset applied, const Hash128& digest) {
  const Partition& partition = replayed(where);
  if (partition.next_offset() != applied || partition.store().digest() == digest) return;
  trace_.fail("digest", "partition " + std::to_string(where.topic) + "/" +
                            std::to_string(where.partition) + " at offset " +
                            std::to_string(applied) + " is another than the replay's");
}

bool Watch::is_log_s(PartitionRef where, Offset applied, const Hash128& digest) const {
  const Partition& partition = replayed(where);
  return partition.next_offset() == applied && partition.store().digest() == digest;
}

bool Watch::has_tick_of(PartitionRef where, Offset applied) const {
  const auto told = told_upto_.find(where);
  return told != told_upto_.end() && told->second >= applied;
}

void Watch::forsake(PartitionRef where) {
  forsaken_ = where;
  std::erase_if(next_, [&](const LogPlace& place) { return place.where == where; });
}

void Watch::expect_all_delivered() {
  for (const auto& [stream, rows] : said_) {
    trace_.expect(rows.empty(), "delivered", "an effect does not stand in the log");
  }
  for (const auto& [stream, rows] : stands_) {
    trace_.expect(rows.empty(), "delivered", "a row stands in the log that nobody said");
  }
}

void Watch::audit_anew() {
  if (has_open_gap()) return;
  const auto audited = audit::audit(audit::records_of(log_));
  trace_.expect(audited.has_value(), "audit", "the log cannot be audited");
  if (audited) report(*audited);
}

void Watch::finish() {
  if (!has_open_gap()) auditor_.finish();
  report(report_);
  for (const auto& topic : replay_) {
    for (const auto& one : topic) {
      const bool holds = !one || one->store().digest() == one->store().digest_anew();
      trace_.expect(holds, "digest", "a digest is not that of its rows");
    }
  }
}

}  // namespace jari::sim
