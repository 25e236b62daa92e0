#include "consumers/proof/log_marks.h"

#include <gmock/gmock.h>

#include "tests/consumers/audit/audit_world.h"
#include "tests/consumers/audit/breaks.h"
#include "tests/consumers/proof/unseen.h"

namespace jari::proof {
namespace {

using audit::SmallDay;
using audit::Tale;
using audit::whole_day;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void no_wait() {
  ADD_FAILURE() << "all of it is there";
}

Checkpoint checkpoint_of(Log& log) {
  return make_checkpoint(log, no_wait).value();
}

std::vector<Difference> differences_of(Log& log, const std::vector<Checkpoint>& checkpoints) {
  return differences(log, checkpoints, no_wait).value();
}

std::string lines_of(const std::vector<Difference>& all) {
  std::string lines;
  for (const auto& one : all) lines += std::to_string(one.offset) + ": " + one.why + "\n";
  return lines;
}

/// The day as it was published in the evening, before anybody altered anything.
const Checkpoint& published() {
  static const Checkpoint checkpoint = checkpoint_of(*Tale(whole_day().log()).log());
  return checkpoint;
}

TEST(LogMarks, SaysOfEachPartitionWhatItIs) {
  Log& log = whole_day().log();
  const Checkpoint checkpoint = checkpoint_of(log);
  EXPECT_EQ(checkpoint, published());
  EXPECT_EQ(checkpoint.log, log.identity().incarnation);
  EXPECT_EQ(parse_checkpoint(to_text(checkpoint)).value(), checkpoint);
  ASSERT_THAT(checkpoint.partitions, SizeIs(log.identity().partitions().size()));
  Instant last;
  for (const PartitionRef where : log.identity().partitions()) {
    const auto* mark = checkpoint.find(log.identity().topics[where.topic].name, where.partition);
    ASSERT_NE(mark, nullptr);
    EXPECT_EQ(mark->size, log.end(where));
    Sha256Chain chain;
    MerkleTree tree;
    std::optional<DigestMark> digest;
    const LogPlace from{where, 0};
    log.read({&from, 1},
             [&](const LogRecord& record) {
               chain.step(record.bytes);
               tree.add(leaf_hash(record.bytes));
               const auto envelope = read_envelope(record.bytes).value();
               Tick tick;
               if (envelope.kind == RecordKind::Tick && flat::read_root(envelope.body, tick)) {
                 digest = DigestMark{record.offset, tick.upto, tick.digest};
                 last = std::max(last, tick.time);
               }
               return true;
             })
        .value();
    EXPECT_EQ(mark->chain, chain.value());
    EXPECT_EQ(mark->root, tree.root());
    EXPECT_EQ(mark->digest, digest);
    EXPECT_EQ(mark->digest.has_value(), !log.identity().topics[where.topic].is_sink);
  }
  EXPECT_EQ(checkpoint.time, last);
}

TEST(LogMarks, FindNothingWhereTheLogHasOnlyGrown) {
  SmallDay day;
  std::vector<Checkpoint> all{checkpoint_of(day.log())};
  EXPECT_EQ(all[0], published());
  for (int i = 0; i < 3; ++i) {
    day.pass(milliseconds{20'000});
    all.push_back(checkpoint_of(day.log()));
    EXPECT_NE(all.back(), all[all.size() - 2]);
  }
  EXPECT_THAT(differences_of(day.log(), all), IsEmpty());
  std::reverse(all.begin(), all.end());
  EXPECT_THAT(differences_of(day.log(), all), IsEmpty());
  EXPECT_THAT(differences_of(day.log(), {}), IsEmpty());
}

class UnseenByTheAuditor : public ::testing::TestWithParam<const Unseen*> {};

TEST_P(UnseenByTheAuditor, ACheckpointTells) {
  const auto log = GetParam()->log();
  const audit::Report report = audit::audit(audit::records_of(*log)).value();
  EXPECT_TRUE(report.is_good()) << report.json();
  EXPECT_TRUE(audit::audit(audit::records_in_any_order(*log, [] {})).value().is_good());
  const auto found = differences_of(*log, {published()});
  EXPECT_FALSE(found.empty());
}

std::vector<const Unseen*> all_unseen() {
  std::vector<const Unseen*> all;
  for (const Unseen& one : only_a_checkpoint_tells()) all.push_back(&one);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Unseen, UnseenByTheAuditor, ::testing::ValuesIn(all_unseen()),
                         [](const auto& one) { return std::string(one.param->name); });

class SeenByTheAuditor : public ::testing::TestWithParam<const audit::Break*> {};

// Whatever breaks a rule differs from what was published, too.
TEST_P(SeenByTheAuditor, ACheckpointTellsToo) {
  Tale tale(whole_day().log());
  (void)GetParam()->breaks(tale);
  if (GetParam()->is_chained_anew) tale.chain_anew();
  const auto log = tale.log();
  EXPECT_FALSE(differences_of(*log, {published()}).empty());
}

std::vector<const audit::Break*> all_seen() {
  std::vector<const audit::Break*> all;
  for (const auto* some :
       {&audit::breaks_of_sales(), &audit::breaks_of_lines(), &audit::breaks_of_records(),
        &audit::breaks_of_answers(), &audit::breaks_of_bytes()}) {
    for (const audit::Break& one : *some) all.push_back(&one);
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Seen, SeenByTheAuditor, ::testing::ValuesIn(all_seen()),
                         [](const auto& one) { return std::string(one.param->name); });

TEST(LogMarks, SayTheRecordWhereTheLogEnds) {
  Tale tale(whole_day().log());
  const auto log = tale.log();
  log->truncate(1);
  const auto found = differences_of(*log, {published()});
  ASSERT_FALSE(found.empty());
  for (const Difference& one : found) {
    EXPECT_EQ(one.offset, log->end(one.where));
    EXPECT_THAT(one.why, HasSubstr("the log ends here, and had "));
  }
}

TEST(LogMarks, SayTheTickWhoseDigestIsAnother) {
  for (const Unseen& one : only_a_checkpoint_tells()) {
    if (std::string_view(one.name) != "AnotherDigest") continue;
    const auto log = one.log();
    const auto found = differences_of(*log, {published()});
    const auto* mark = published().find("inventory", 0);
    const bool is_said = std::any_of(found.begin(), found.end(), [&](const Difference& it) {
      return it.where == PartitionRef{kInventoryTopic, 0} && it.offset == mark->digest->tick &&
             it.why.find("the tick here says another digest") == 0;
    });
    EXPECT_TRUE(is_said) << lines_of(found);
  }
}

TEST(LogMarks, SayHowFarTheyAre) {
  SmallDay day;
  day.pass(milliseconds{90'000});
  const Checkpoint checkpoint = checkpoint_of(day.log());
  day.pass(milliseconds{1'000});
  std::vector<std::uint64_t> told;
  const auto found =
      differences(day.log(), {&checkpoint, 1}, no_wait, [&](std::uint64_t read, std::uint64_t all) {
        EXPECT_EQ(all, checkpoint.records());
        told.push_back(read);
      });
  EXPECT_TRUE(found.value().empty());
  ASSERT_GT(told.size(), 2U);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_LE(told.back(), checkpoint.records());
  EXPECT_GT(2 * told.back(), checkpoint.records());
}

// A hash says only that something is another; two of them say between which.
TEST(LogMarks, SayBetweenWhichCheckpointsItWasAltered) {
  SmallDay day;
  day.pass(milliseconds{1'000});
  const Checkpoint before = checkpoint_of(day.log());
  day.pass(milliseconds{90'000});
  const Checkpoint after = checkpoint_of(day.log());
  Tale tale(day.log());
  const PartitionRef where{kInventoryTopic, 1};
  audit::Page& page = tale.late_tick(where, 2);
  const Offset altered = page.at.offset;
  Tale::silence(page);
  const auto log = tale.log();
  const Offset proved = before.find("inventory", 1)->size;
  ASSERT_LT(proved, altered);
  const auto found = differences_of(*log, {after, before});
  ASSERT_THAT(found, SizeIs(1)) << lines_of(found);
  EXPECT_EQ(found[0].where, where);
  EXPECT_EQ(found[0].offset, proved);
  EXPECT_EQ(found[0].why, "somewhere behind the first " + std::to_string(proved) +
                              " of the first " + std::to_string(after.find("inventory", 1)->size) +
                              " records the log was altered: another chain and root (checkpoint "
                              "of " +
                              to_text(after.time) + ")");
  const auto later_only = differences_of(*log, {after});
  ASSERT_THAT(later_only, SizeIs(1));
  EXPECT_EQ(later_only[0].offset, 0U);
  EXPECT_THAT(later_only[0].why, HasSubstr("somewhere in the first "));
}

// Chain and root are two opinions: a checkpoint in which they part is no log's.
TEST(LogMarks, HoldChainAndRootEach) {
  const auto log = Tale(whole_day().log()).log();
  for (const char* what : {"chain", "root"}) {
    Checkpoint other = published();
    auto& hash = what[0] == 'c' ? other.partitions[1].chain : other.partitions[1].root;
    hash[5] ^= std::byte{1};
    const auto found = differences_of(*log, {other});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].why, HasSubstr(std::string("another ") + what + " ("));
  }
}

TEST(LogMarks, RefuseAForeignLog) {
  Log& log = whole_day().log();
  const Hash128 first = first_incarnation(log, no_wait).value();
  EXPECT_EQ(first, log.identity().incarnation);
  EXPECT_TRUE(check_is_of(published(), log.identity(), first).has_value());
  Checkpoint other = published();
  ++other.log.low;
  EXPECT_EQ(check_is_of(other, log.identity(), first).error().code, ErrorCode::LogMismatch);
  other = published();
  other.partitions.pop_back();
  EXPECT_THAT(check_is_of(other, log.identity(), first).error().detail,
              HasSubstr("its partitions"));
}

// A backup's copy has an incarnation of its own, and all that was before it.
TEST(LogMarks, TakeACopyForTheLogItIsOf) {
  Tale tale(whole_day().log());
  LogIdentity copy = whole_day().log().identity();
  copy.copy_of = copy.incarnation;
  copy.incarnation = {8, 8};
  tale.add_genesis(copy);
  const auto log = tale.log();
  const Hash128 first = first_incarnation(*log, no_wait).value();
  EXPECT_TRUE(check_is_of(published(), copy, first).has_value());
  EXPECT_THAT(differences_of(*log, {published()}), IsEmpty());
  copy.copy_of = {9, 9};  // and the copy of a copy
  EXPECT_TRUE(check_is_of(published(), copy, first).has_value());
}

// In each form of the report, and only where a checkpoint was held against the log.
TEST(LogMarks, AreARuleOfTheirOwnInTheReport) {
  audit::Report report(whole_day().log().identity());
  EXPECT_EQ(report.json().find("checkpoint"), std::string::npos);
  EXPECT_EQ(report.html().find("checkpoint"), std::string::npos);
  report.checked(audit::Rule::Checkpoint, 11);
  EXPECT_TRUE(report.is_good());
  EXPECT_THAT(report.json(), HasSubstr(R"("checkpoint":{"checked":11,"violations":0})"));
  report.break_rule(audit::Rule::Checkpoint, {{kSyncTopic, 1}, 7}, "the log ends here");
  EXPECT_FALSE(report.is_good());
  EXPECT_EQ(report.line_of(report.violations().front()),
            "violation: checkpoint sync 1 7: the log ends here");
  EXPECT_THAT(report.json(), HasSubstr(R"("first_violation":{"rule":"checkpoint","topic":"sync",)"
                                       R"("partition":1,"offset":7,)"));
  EXPECT_THAT(report.html(), HasSubstr("begins as the checkpoints named say"));
}

/// Gives one record of each partition a read, and none now and then, as a log in Kafka may.
class SlowLog final : public Log {
 public:
  explicit SlowLog(Log& log) : log_(log) {}
  void stop_before(PartitionRef where, Offset end) { stops_[where] = end; }
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  void append(LogBatch, Done) override { FAIL(); }
  void flush() override {}
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    if (++reads_ % 2 == 0) return {};
    for (const LogPlace& place : from) {
      const auto stop = stops_.find(place.where);
      if (stop != stops_.end() && place.next_offset >= stop->second) continue;
      auto read = log_.read({&place, 1}, [&](const LogRecord& record) {
        visit(record);
        return false;
      });
      if (!read) return read;
    }
    return {};
  }

 private:
  Log& log_;
  std::map<PartitionRef, Offset> stops_;
  std::size_t reads_ = 0;
};

TEST(LogMarks, WaitForWhatComesLate) {
  SlowLog slow(whole_day().log());
  std::size_t waits = 0;
  EXPECT_EQ(make_checkpoint(slow, [&] { ++waits; }).value(), published());
  EXPECT_GT(waits, 0U);
  SlowLog stuck(whole_day().log());
  stuck.stop_before({kSyncTopic, 0}, 1);
  const auto made = make_checkpoint(stuck, [] {});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(made.error().detail, HasSubstr("offset 1 of sync 0 does not come"));
}

}  // namespace
}  // namespace jari::proof
