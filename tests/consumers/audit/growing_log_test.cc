// A log that goes on while it is audited: the ends of two partitions are not of one moment.

#include <map>

#include <gmock/gmock.h>

#include "consumers/audit/audit.h"
#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/stories.h"
#include "tests/consumers/audit/tale.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;

/// A log that goes on while it is read: the end of some partitions is heard of late.
class GrowingLog final : public Log {
 public:
  explicit GrowingLog(Log& log, LogWriters writers = LogWriters::One)
      : log_(log), writers_(writers) {}
  void hide_tail(PartitionRef where, Offset records) { hidden_[where] = records; }
  /// Its end is one record further each time that somebody asks.
  void grow_slowly(PartitionRef where, Offset records) { growing_[where] = records; }
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  [[nodiscard]] LogWriters writers() const override { return writers_; }
  void append(LogBatch, Done) override { FAIL(); }
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override {
    if (const auto growing = growing_.find(where); growing != growing_.end()) {
      return log_.end(where) - (growing->second > 0 ? growing->second-- : 0);
    }
    const auto hidden = hidden_.find(where);
    return log_.end(where) - (hidden == hidden_.end() ? 0 : hidden->second);
  }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    if (++reads_ >= log_.identity().partitions().size()) hidden_.clear();  // it has heard of them
    return log_.read(from, visit);
  }

 private:
  Log& log_;
  LogWriters writers_;
  std::map<PartitionRef, Offset> hidden_;
  mutable std::map<PartitionRef, Offset> growing_;
  std::size_t reads_ = 0;
};

Report audit_growing(GrowingLog& log) {
  Records records = records_in_any_order(log, [] {});
  records.block_records = 16;
  return audit(records).value();
}

/// How many records of bookings stand from the newest acknowledgement of that sink on.
Offset records_from_last_ack(Log& log, PartitionRef sink) {
  const PartitionRef where{kBookingsTopic, sink.partition};
  Offset last = log.end(where);
  const LogPlace from{where, 0};
  const auto note = [&](const LogRecord& record) {
    const auto envelope = envelope_of(record).value();
    Ack ack;
    const bool is_it = envelope.kind == RecordKind::Ack && flat::read_root(envelope.body, ack) &&
                       ack.destination == sink;
    if (is_it) last = record.offset;
    return true;
  };
  log.read({&from, 1}, note).value();
  return log.end(where) - last;
}

// The cut may fall between an effect and its cause: what is named as a cause is read, too.
TEST(AuditOfAGrowingLog, LooksAtNoEffectWithoutItsCause) {
  SmallDay day;
  GrowingLog log(day.log());
  for (PartitionNo partition = 0; partition < 2; ++partition) {
    const PartitionRef where{kBookingsTopic, partition};
    log.hide_tail(where, day.log().end(where) / 2);
  }
  const Report report = audit_growing(log);
  EXPECT_TRUE(report.is_good()) << lines_of(report);
}

// Or before what is acknowledged.
TEST(AuditOfAGrowingLog, LooksAtNoAcknowledgementWithoutItsRow) {
  SmallDay day;
  for (PartitionNo partition = 0; partition < 2; ++partition) {
    GrowingLog log(day.log(), LogWriters::Many);
    log.hide_tail({kSyncTopic, partition}, 1);
    const Report report = audit_growing(log);
    EXPECT_TRUE(report.is_good()) << lines_of(report);
  }
}

// It would read for ever where the log grows as fast as it is read.
TEST(AuditOfAGrowingLog, DoesNotSeekForLongWhatWasAcknowledgedAndLost) {
  Tale tale(whole_day().log());
  PartitionRef lost{kBookingsTopic, 0};
  tale.alter_own<Ack>(RecordKind::Ack, [&](Ack& ack, const At&) {
    lost = ack.destination;
    ack.last += 1000;
    return true;
  });
  const auto all = tale.log();
  const Offset hidden = all->end(lost) - 2;
  GrowingLog log(*all, LogWriters::Many);
  log.grow_slowly(lost, hidden);
  const Report report = audit_growing(log);
  EXPECT_THAT(lines_of(report), HasSubstr("a tail was lost"));
  EXPECT_GT(log.end(lost), 0U);
  EXPECT_LT(log.end(lost), all->end(lost)) << "all " << hidden << " were waited for";
}

// Or between two effects of one cause: what was answered last stands in outcomes, and in sync
// behind where it was read to.
TEST(AuditOfAGrowingLog, AsksNothingOfSyncThatMayStillCome) {
  SmallDay day;
  const PartitionRef sync{kSyncTopic, 1};
  GrowingLog log(day.log(), LogWriters::Many);
  log.hide_tail(sync, 1);
  log.hide_tail({kBookingsTopic, 1}, records_from_last_ack(day.log(), sync));
  const Report report = audit_growing(log);
  EXPECT_TRUE(report.is_good()) << lines_of(report);
  EXPECT_LT(report.records(), audit(records_of(day.log())).value().records());
}

}  // namespace
}  // namespace jari::audit
