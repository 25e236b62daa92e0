#include "consumers/audit/settling.h"

#include <algorithm>

#include "consumers/audit/auditor.h"

namespace jari::audit {
Settling::Settling(const LogIdentity& identity, LogWriters writers, Offset block_records)
    : writers_(writers), block_records_(block_records), clocks_(identity) {
  for (const auto& topic : identity.topics) {
    first_.push_back(lines_.size());
    for (PartitionNo partition = 0; partition < topic.partitions; ++partition) {
      Line& line = lines_.emplace_back();
      line.where = {static_cast<TopicNo>(first_.size() - 1), partition};
      line.is_consumer = !topic.is_sink;
    }
  }
  first_.push_back(lines_.size());
}

bool Settling::has(PartitionRef where) const {
  return where.topic + std::size_t{1} < first_.size() &&
         where.partition < first_[where.topic + std::size_t{1}] - first_[where.topic];
}

std::size_t Settling::index_of(PartitionRef where) const {
  CHECK(has(where));
  return first_[where.topic] + where.partition;
}

void Settling::note(const LogRecord& record) {
  const std::size_t at = index_of(record.where);
  Line& line = lines_[at];
  line.end = record.offset + 1;
  const auto envelope = envelope_of(record);
  if (line.is_consumer) {
    if (envelope) line.newest = clocks_.pass(record.where, *envelope).now;
    const std::size_t block = block_of(record.offset);
    if (line.times.size() <= block) line.times.resize(block + 1);
    line.times[block] = line.newest;
  }
  if (!envelope) return;
  Tick tick;
  const bool is_tick = envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick);
  if (is_tick && tick.upto < record.offset) line.applied = std::max(line.applied, tick.upto + 1);
  Ack ack;
  const bool is_ack = envelope->kind == RecordKind::Ack && flat::read_root(envelope->body, ack);
  if (is_ack && has(ack.destination)) {
    std::uint64_t& acked = from(index_of(ack.destination), at).acked;
    acked = std::max(acked, ack.last);
  }
  if (!envelope->stream || !has(envelope->stream->source)) return;
  const std::size_t source = index_of(envelope->stream->source);
  std::uint64_t& last = from(at, source).last;
  last = std::max(last, envelope->stream->seq);
  need(lines_[source], envelope->stream->cause, at, record.offset);
}

Settling::Arrived& Settling::from(std::size_t at, std::size_t source) {
  std::vector<Arrived>& all = lines_[at].from;
  if (all.empty()) all.resize(lines_.size());
  return all[source];
}

bool Settling::lacks_acknowledged(PartitionRef where) const {
  const std::vector<Arrived>& all = line(where).from;
  return std::any_of(all.begin(), all.end(),
                     [](const Arrived& one) { return one.acked > one.last; });
}

/// A row of partition `at` stands there, caused by that record of the source.
void Settling::need(Line& source, Offset cause, std::size_t at, Offset offset) {
  constexpr Offset kAheadMax = 10'000'000;  // an effect may be read before its cause, but so far
  if (!source.is_consumer || cause > source.end + kAheadMax) return;
  source.caused = std::max(source.caused, cause + 1);
  source.applied = std::max(source.applied, cause + 1);
  const std::size_t block = block_of(cause);
  if (source.needs.size() <= block) source.needs.resize(block + 1);
  Needs& needs = source.needs[block];
  if (needs.empty()) needs.resize(lines_.size());
  needs[at] = std::max(needs[at], block_of(offset) + 1);
}

/// The last block of a partition may still grow, and that of a log that goes on may still have
/// effects to come.
bool Settling::is_settled(const Line& line) const {
  const Offset end = (line.judged + 1) * block_records_;
  if (!line.is_consumer || end > line.end) return false;
  if (writers_ == LogWriters::One) return end <= line.applied;
  return line.times[line.judged] + kArrivesWithin <= line.newest;
}

std::optional<Settling::Block> Settling::next() {
  Line* oldest = nullptr;
  for (Line& line : lines_) {
    if (!is_settled(line)) continue;
    const bool is_older =
        oldest == nullptr || line.times[line.judged] < oldest->times[oldest->judged];
    if (is_older) oldest = &line;
  }
  if (oldest == nullptr) return std::nullopt;
  Block block;
  block.where = oldest->where;
  block.end = (oldest->judged + 1) * block_records_;
  block.needed.push_back({oldest->where, block.end});
  if (oldest->judged < oldest->needs.size()) {
    const Needs& needs = oldest->needs[oldest->judged];
    for (std::size_t at = 0; at < needs.size(); ++at) {
      if (needs[at] == 0) continue;
      block.needed.push_back(
          {lines_[at].where, std::min(needs[at] * block_records_, lines_[at].end)});
    }
  }
  ++oldest->judged;
  return block;
}

}  // namespace jari::audit
