// Records read by a thread of their own, more of them than are kept ahead. The thread sanitizer
// runs these too (the `tsan` preset).

#include "consumers/audit/read_ahead.h"

#include <utility>
#include <vector>

#include "consumers/audit/audit.h"
#include "tests/consumers/audit/audit_world.h"

namespace jari::audit {
namespace {

constexpr int kDays = 40;  // one after the other: the reader waits for room again and again

/// The day's records again and again: no log of ours, but the same one to whoever reads it.
Result<void> read_days(const Records& day, int days, const Log::Visit& visit) {
  bool goes_on = true;
  for (int i = 0; i < days && goes_on; ++i) {
    auto read = day.read([&](const LogRecord& record) {
      goes_on = visit(record);
      return goes_on;
    });
    if (!read) return read;
  }
  return {};
}

class AuditReadingAhead : public ::testing::Test {
 protected:
  const Records day = records_of(whole_day().log());
  std::vector<std::pair<PartitionRef, Offset>> visited;  // by the thread that reads

  /// All of the days, noted.
  Result<void> read_noted(const Log::Visit& visit) {
    return read_days(day, kDays, [&](const LogRecord& record) {
      visited.emplace_back(record.where, record.offset);
      return visit(record);
    });
  }
  /// Takes all that comes, and gives the blocks back to be used again.
  static std::vector<std::pair<PartitionRef, Offset>> taken_from(ReadAhead& ahead) {
    std::vector<std::pair<PartitionRef, Offset>> taken;
    for (Blocks blocks = ahead.next({}); !blocks.empty();) {
      for (Block& block : blocks) {
        for (const Seen& seen : block.records()) taken.emplace_back(seen.at.where, seen.at.offset);
        block.clear();
      }
      blocks = ahead.next(std::move(blocks));
    }
    return taken;
  }
};

TEST_F(AuditReadingAhead, HandsOnEachRecordInItsOrder) {
  const ReadAhead::Read read = [this](const Log::Visit& visit) { return read_noted(visit); };
  Arrivals arrivals(day.identity);
  ReadAhead ahead(read, arrivals);
  const auto taken = taken_from(ahead);
  EXPECT_TRUE(ahead.result().has_value());
  ASSERT_GT(taken.size(), 20 * Block::kRecords) << "all of it was kept ahead";
  EXPECT_TRUE(taken == visited);
}

TEST_F(AuditReadingAhead, SaysWhatOneThreadSays) {
  Records long_one = day;
  long_one.read = [this](const Log::Visit& visit) { return read_days(day, kDays, visit); };
  const Report alone = audit(long_one).value();
  EXPECT_FALSE(alone.is_good()) << "a day was told twice";
  long_one.is_read_ahead = true;
  EXPECT_EQ(audit(long_one).value().json(), alone.json());
}

TEST_F(AuditReadingAhead, HandsOnWhatCameBeforeAnErrorInTheMiddle) {
  const ReadAhead::Read read = [this](const Log::Visit& visit) -> Result<void> {
    if (auto good = read_noted(visit); !good) return good;
    return Error{ErrorCode::BadBytes, "damaged"};
  };
  Arrivals arrivals(day.identity);
  ReadAhead ahead(read, arrivals);
  EXPECT_TRUE(taken_from(ahead) == visited);
  ASSERT_FALSE(ahead.result().has_value());
  EXPECT_EQ(ahead.result().error().detail, "damaged");
}

// Wherever the reader is then: waiting for room, filling a block, or done.
TEST_F(AuditReadingAhead, EndsWhenNobodyTakesMore) {
  const auto all = static_cast<std::size_t>(kDays) * day.count;
  for (std::size_t taken_most = 0; taken_most <= all; taken_most += all / 4) {
    visited.clear();
    const ReadAhead::Read read = [this](const Log::Visit& visit) { return read_noted(visit); };
    Arrivals arrivals(day.identity);
    std::size_t taken = 0;
    {
      ReadAhead ahead(read, arrivals);
      while (taken < taken_most) {
        Blocks blocks = ahead.next({});
        if (blocks.empty()) break;
        for (Block& block : blocks) taken += block.records().size();
      }
    }
    EXPECT_GE(visited.size(), taken);
    EXPECT_LE(visited.size(), all);
    if (taken_most == 0) {
      EXPECT_LT(visited.size(), all) << "it read all, and nobody took any";
    }
  }
}

}  // namespace
}  // namespace jari::audit
