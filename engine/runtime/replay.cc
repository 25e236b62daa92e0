#include "engine/runtime/replay.h"

namespace jari {
namespace {

constexpr std::uint64_t kProgressEvery = 100'000;

class Nowhere final : public Outbox {
 public:
  void send(const Envelope&) override {}
  void decided(PartitionRef, std::string_view, std::string_view, Bytes) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}
};

/// The log time that a record says it is, if it does.
std::optional<Instant> time_in(const LogRecord& record) {
  const auto envelope = read_envelope(record.bytes);
  Tick tick;
  TimeJump jump;
  if (!envelope) return std::nullopt;
  if (envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick)) return tick.time;
  if (envelope->kind == RecordKind::TimeJump && flat::read_root(envelope->body, jump))
    return jump.to;
  return std::nullopt;
}

bool is_beyond(const ReplayLimit& limit, const LogRecord& record) {
  if (limit.offset && record.offset > *limit.offset) return true;
  if (!limit.time) return false;
  const auto time = time_in(record);
  return time && *time > *limit.time;
}

/// The partitions of a log that is replayed, each found by its place.
struct Replay {
  explicit Replay(const LogIdentity& log) : first(log.topics.size()) {}

  ReplayedPartition& of(PartitionRef where) { return all[first[where.topic] + where.partition]; }

  std::vector<std::size_t> first;  // of each topic, in `all`
  std::vector<ReplayedPartition> all;
  std::vector<LogPlace> from;
  std::size_t going_on = 0;
};

}  // namespace

Result<std::vector<ReplayedPartition>> replay(Log& log, PartitionRef settings, KnownVersions known,
                                              const MakePartitionConsumer& make,
                                              const ReplayLimit& limit, const Progress& progress) {
  Replay run(log.identity());
  for (const PartitionRef where : consumer_partitions(log.identity())) {
    if (where.partition == 0) run.first[where.topic] = run.all.size();
    ReplayedPartition& one = run.all.emplace_back();
    one.where = where;
    one.partition = std::make_unique<Partition>(where, log.identity(), settings, known,
                                                [&](Store& store) { return make(where, store); });
    one.partition->store().keep_no_changes();
    run.from.push_back({where, 0});
  }
  run.going_on = run.all.size();
  Nowhere nowhere;
  std::uint64_t records = 0;
  auto read = log.read(run.from, [&](const LogRecord& record) {
    ReplayedPartition& one = run.of(record.where);
    if (record.offset != one.partition->next_offset()) return true;  // it has stopped
    const bool is_over = is_beyond(limit, record);
    if (!is_over) one.differs = one.partition->apply(record.bytes, nowhere);
    if (is_over || one.differs) --run.going_on;
    if (++records % kProgressEvery == 0) progress(records);
    return run.going_on > 0;
  });
  if (!read) return Error{read.error()};
  for (ReplayedPartition& one : run.all) {
    one.next_offset = one.partition->next_offset();
    one.digest = one.partition->store().digest();
  }
  return std::move(run.all);
}

}  // namespace jari
