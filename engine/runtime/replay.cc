#include "engine/runtime/replay.h"

#include "engine/runtime/node_parts.h"

namespace jari {
namespace {

constexpr std::uint64_t kProgressEvery = 100'000;

class Nowhere final : public Outbox {
 public:
  explicit Nowhere(ReplayedPartition& one) : one_(one) {}
  void send(const Envelope&) override {}
  void decided(PartitionRef, std::string_view, std::string_view, Bytes) override {}
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}
  void disputed(PartitionRef, const Disputed&) override { ++one_.disputes; }

 private:
  ReplayedPartition& one_;
};

/// The log time that comes of a record, where it is one that the partition takes.
std::optional<Instant> time_in(const LogRecord& record, const Partition& partition) {
  const auto envelope = envelope_of(record);
  Tick tick;
  TimeJump jump;
  if (!envelope) return std::nullopt;
  if (envelope->kind == RecordKind::Tick && flat::read_root(envelope->body, tick)) {
    return partition.takes(tick) ? std::optional{tick.time} : std::nullopt;
  }
  if (envelope->kind == RecordKind::TimeJump && flat::read_root(envelope->body, jump)) {
    return partition.takes(jump) ? std::optional{jump.to} : std::nullopt;
  }
  return std::nullopt;
}

bool is_beyond(const ReplayLimit& limit, const LogRecord& record, const Partition& partition) {
  if (limit.offset && record.offset > *limit.offset) return true;
  if (!limit.time) return false;
  const auto time = time_in(record, partition);
  return time && *time > *limit.time;
}

}  // namespace

Replay::Replay(Log& log, PartitionRef settings, KnownVersions known,
               const MakePartitionConsumer& make)
    : log_(log), first_(log.identity().topics.size()) {
  for (const PartitionRef where : consumer_partitions(log.identity())) {
    if (where.partition == 0) first_[where.topic] = all_.size();
    ReplayedPartition& one = all_.emplace_back();
    one.where = where;
    one.partition = std::make_unique<Partition>(where, log.identity(), settings, known,
                                                [&](Store& store) { return make(where, store); });
    one.partition->store().keep_no_changes();
  }
}

Result<void> Replay::load(StateDisk& copy) {
  positions_.assign(all_.size(), {});
  const LogIdentity& identity = log_.identity();
  auto rows = load_rows(copy, identity,
                        [&](PartitionRef where, std::uint8_t table, std::string_view key,
                            std::string_view row) { return take_row(where, table, key, row); });
  if (!rows) return rows;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    ReplayedPartition& one = all_[i];
    if (auto loaded = one.partition->loaded(positions_[i]); !loaded) return loaded;
    one.next_offset = one.partition->next_offset();
    one.digest = one.partition->store().digest();
  }
  return {};
}

Result<void> Replay::take_row(PartitionRef where, std::uint8_t table, std::string_view key,
                              std::string_view row) {
  const bool is_nodes = table >= kFirstNodesTable && table != kPositionTable;
  if (!log_.identity().has_consumer(where) || is_nodes) return {};
  if (table != kPositionTable) return of(where).partition->store().load(table, key, row);
  auto position = read_position(row);
  if (!position) return std::move(position).error();
  positions_[static_cast<std::size_t>(&of(where) - all_.data())] = *position;
  return {};
}

Result<void> Replay::advance(const ReplayLimit& limit, const Progress& progress) {
  std::vector<LogPlace> from;
  going_on_ = 0;
  for (ReplayedPartition& one : all_) {
    one.is_over = false;
    going_on_ += one.differs ? 0 : 1;
    const Offset next = one.partition->next_offset();
    from.push_back({one.where, next - (next > 0 ? 1 : 0)});  // the one before must be the same
  }
  std::optional<Error> another;
  auto read = log_.read(from, [&](const LogRecord& record) {
    ReplayedPartition& one = of(record.where);
    if (record.offset + 1 == one.partition->next_offset() &&
        hash128(record.bytes) != one.partition->position().last_record) {
      another =
          not_its_log(log_.identity(), record.where,
                      "the record at offset " + std::to_string(record.offset) + " is another");
      return false;
    }
    if (one.is_over || one.differs || record.offset < one.partition->next_offset()) return true;
    take(record, limit);
    if (++records_ % kProgressEvery == 0) progress(records_);
    return going_on_ > 0;
  });
  if (!read) return read;
  if (another) return *std::move(another);
  for (ReplayedPartition& one : all_) {
    one.next_offset = one.partition->next_offset();
    one.digest = one.partition->store().digest();
    one.compared = one.partition->digests_compared();
  }
  return {};
}

void Replay::take(const LogRecord& record, const ReplayLimit& limit) {
  ReplayedPartition& one = of(record.where);
  one.is_over = is_beyond(limit, record, *one.partition);
  Nowhere nowhere(one);
  if (!one.is_over) one.differs = why_missing(one.partition->next_offset(), record.offset);
  if (!one.is_over && !one.differs) one.differs = one.partition->apply(record, nowhere);
  if (one.is_over || one.differs) --going_on_;
}

Result<std::vector<ReplayedPartition>> replay(Log& log, PartitionRef settings, KnownVersions known,
                                              const MakePartitionConsumer& make,
                                              const ReplayLimit& limit, const Progress& progress) {
  Replay run(log, settings, known, make);
  if (auto advanced = run.advance(limit, progress); !advanced) return std::move(advanced).error();
  return std::move(run.partitions());
}

}  // namespace jari
