#include "consumers/timeline/reading.h"

namespace jari::timeline {
namespace {

constexpr std::size_t kWaitsMax = 10'000;  // without a record

}  // namespace

/// The last row of each stream that its destination has accepted.
class Reading::Streams {
 public:
  bool accepts(PartitionRef where, const Envelope& envelope) {
    StreamSet repaired;
    if (envelope.kind == RecordKind::StreamSet && flat::read_root(envelope.body, repaired)) {
      last_[{repaired.source, where}] = repaired.seq;
    }
    if (!envelope.stream) return true;
    std::uint64_t& last = last_[{envelope.stream->source, where}];
    if (envelope.stream->seq != last + 1) return false;
    last = envelope.stream->seq;
    return true;
  }

 private:
  std::map<std::pair<PartitionRef, PartitionRef>, std::uint64_t> last_;
};

Reading::Reading(Log& log, std::function<void()> wait) : log_(log), wait_(std::move(wait)) {
  for (const PartitionRef where : log.identity().partitions()) ends_[where] = log.end(where);
}

void Reading::show(const LogRecord& record, ExportClock& clock, Streams& streams,
                   const Visit& visit) {
  const Instant time = clock.pass(record);
  const auto envelope = envelope_of(record);
  if (!envelope || envelope->kind == RecordKind::Tick || envelope->kind == RecordKind::Ack) return;
  if (!streams.accepts(record.where, *envelope)) return;
  visit(record, {{record.where, record.offset}, time, *envelope, Kept::body_of(*envelope)});
}

Result<void> Reading::each(const Visit& visit) {
  ExportClock clock(identity());
  Streams streams;
  std::map<PartitionRef, Offset> next;
  for (std::size_t waits = 0;;) {
    std::vector<LogPlace> left;
    for (const auto& [where, end] : ends_) {
      if (next[where] < end) left.push_back({where, next[where]});
    }
    if (left.empty()) return {};
    bool has_come = false;
    auto read = log_.read(left, [&](const LogRecord& record) {
      Offset& expected = next[record.where];
      if (record.offset != expected || record.offset >= ends_[record.where]) return true;
      show(record, clock, streams, visit);
      ++expected;
      has_come = true;
      return true;
    });
    if (!read) return read;
    if (has_come) {
      waits = 0;
    } else if (++waits > kWaitsMax) {
      const LogPlace& place = left.front();
      return Error{ErrorCode::Unavailable,
                   "offset " + std::to_string(place.next_offset) + " of " +
                       identity().topics[place.where.topic].name + " " +
                       std::to_string(place.where.partition) +
                       " does not come, and the log says that it ends later; run it again"};
    } else {
      wait_();
    }
  }
}

}  // namespace jari::timeline
