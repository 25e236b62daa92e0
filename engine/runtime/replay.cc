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

bool is_beyond(const ReplayLimit& limit, const ReplayedPartition& one, Offset offset) {
  if (limit.offset && offset > *limit.offset) return true;
  return limit.time && one.partition->time().now > *limit.time;
}

}  // namespace

Result<std::vector<ReplayedPartition>> replay(Log& log, PartitionRef settings, KnownVersions known,
                                              const MakePartitionConsumer& make,
                                              const ReplayLimit& limit, const Progress& progress) {
  std::vector<ReplayedPartition> all;
  std::vector<LogPlace> from;
  for (const PartitionRef where : consumer_partitions(log.identity())) {
    ReplayedPartition& one = all.emplace_back();
    one.where = where;
    one.partition = std::make_unique<Partition>(where, log.identity(), settings, known,
                                                [&](Store& store) { return make(where, store); });
    from.push_back({where, 0});
  }
  Nowhere nowhere;
  std::uint64_t records = 0;
  auto read = log.read(from, [&](const LogRecord& record) {
    for (ReplayedPartition& one : all) {
      if (one.where != record.where || one.differs) continue;
      if (is_beyond(limit, one, record.offset)) break;
      one.differs = one.partition->apply(record.bytes, nowhere);
      break;
    }
    if (++records % kProgressEvery == 0) progress(records);
    return true;
  });
  if (!read) return Error{read.error()};
  for (ReplayedPartition& one : all) {
    one.next_offset = one.partition->next_offset();
    one.digest = one.partition->store().digest();
  }
  return all;
}

}  // namespace jari
