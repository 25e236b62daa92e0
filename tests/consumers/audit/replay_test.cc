// What `jari replay` rests on: the same log gives the same digests, and a tick that says otherwise
// is found where it stands.

#include "engine/runtime/replay.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/tale.h"

namespace jari::audit {
namespace {

using ::testing::HasSubstr;

std::vector<ReplayedPartition> replayed(Log& log, const ReplayLimit& limit = {}) {
  return replay(log, {kProgrammesTopic, 0}, {kLogicVersionFirst, kLogicVersion}, make_consumer,
                limit, [](std::uint64_t) {})
      .value();
}

const ReplayedPartition& of(const std::vector<ReplayedPartition>& all, PartitionRef where) {
  return *std::find_if(all.begin(), all.end(),
                       [&](const ReplayedPartition& one) { return one.where == where; });
}

/// A tick of bookings 0 says another digest than it had.
At plant(Tale& tale) {
  std::uint32_t ticks = 0;
  return tale.alter_own<Tick>(RecordKind::Tick, [&](Tick& tick, const At& at) {
    if (!(at.where == PartitionRef{kBookingsTopic, 0}) || ++ticks < 4) return false;
    ++tick.digest.low;
    return true;
  });
}

TEST(Replay, AgreesWithEveryTickOfAGoodLog) {
  for (const ReplayedPartition& one : replayed(whole_day().log())) {
    EXPECT_FALSE(one.differs.has_value()) << one.differs.value_or("");
    EXPECT_EQ(one.next_offset, whole_day().log().end(one.where));
  }
}

TEST(Replay, FindsAPlantedDifference) {
  Tale tale(whole_day().log());
  const At planted = plant(tale);
  const auto log = tale.log();
  for (const ReplayedPartition& one : replayed(*log)) {
    EXPECT_EQ(one.differs.has_value(), one.where == planted.where);
    if (!one.differs) continue;
    EXPECT_THAT(*one.differs, HasSubstr("the same log gave another state"));
    EXPECT_EQ(one.next_offset, planted.offset);  // where to look
  }
}

TEST(Replay, StopsBehindTheOffsetNamed) {
  Tale tale(whole_day().log());
  const At planted = plant(tale);
  const auto log = tale.log();
  ReplayLimit limit;
  limit.offset = planted.offset - 1;
  const auto before = replayed(*log, limit);
  EXPECT_FALSE(of(before, planted.where).differs.has_value());
  EXPECT_EQ(of(before, planted.where).next_offset, planted.offset);
  limit.offset = planted.offset;
  EXPECT_TRUE(of(replayed(*log, limit), planted.where).differs.has_value());
}

TEST(Replay, StopsBeforeLogTimePassesTheTimeNamed) {
  const auto all = replayed(whole_day().log());
  const PartitionRef bookings{kBookingsTopic, 0};
  ReplayLimit limit;
  limit.time = of(all, bookings).partition->time().now - seconds{10};
  for (const ReplayedPartition& one : replayed(whole_day().log(), limit)) {
    EXPECT_LE(one.partition->time().now, *limit.time);
    EXPECT_LT(one.next_offset, whole_day().log().end(one.where));
  }
  limit.time = of(all, bookings).partition->time().now;
  EXPECT_EQ(of(replayed(whole_day().log(), limit), bookings).digest, of(all, bookings).digest);
}

}  // namespace
}  // namespace jari::audit
