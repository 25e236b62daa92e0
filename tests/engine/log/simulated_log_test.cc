#include "engine/log/simulated/simulated_log.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/log/log_writer.h"

namespace jari {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr PartitionRef kWhere{0, 0};

void append(LogWriter& writer, int batches) {
  for (int i = 0; i < batches; ++i) {
    writer.add(kWhere, std::to_string(i));
    writer.append();
  }
}

TEST(SimulatedLog, DoesNothingBeforeItIsTold) {
  SimulatedLog log(identity_for_tests());
  LogWriter writer(log);
  append(writer, 2);
  EXPECT_EQ(log.waiting(), 2U);
  EXPECT_EQ(log.end(kWhere), 1U);
  EXPECT_TRUE(log.step());
  EXPECT_EQ(log.end(kWhere), 2U);
  EXPECT_THAT(writer.answers(), SizeIs(1));
  EXPECT_TRUE(log.step());
  EXPECT_FALSE(log.step());
  EXPECT_THAT(writer.answers(), SizeIs(2));
}

TEST(SimulatedLog, DelaysBySeed) {
  const auto steps = [](std::uint64_t seed) {
    SimulatedLog log(identity_for_tests(), {.seed = seed, .delay_steps_max = 9});
    LogWriter writer(log);
    append(writer, 50);
    int count = 0;
    while (log.step()) ++count;
    return count;
  };
  EXPECT_GT(steps(1), 50);
  EXPECT_EQ(steps(1), steps(1));
  EXPECT_NE(steps(1), steps(2));
}

TEST(SimulatedLog, SettlesWhatAnAnswerAppends) {
  SimulatedLog log(identity_for_tests());
  int left = 5;
  std::function<void(Result<void>)> again = [&](const Result<void>&) {
    if (left-- == 0) return;
    LogSection section;
    section.where = kWhere;
    section.base_offset = log.end(kWhere);
    section.add(bytes_of("x"));
    LogBatch batch;
    batch.sections.push_back(std::move(section));
    log.append(std::move(batch), again);
  };
  again({});
  log.settle();
  EXPECT_EQ(log.end(kWhere), 6U);
}

TEST(SimulatedLog, LosesAtACrashWhatWasNotDurableButKeepsAFirstPart) {
  std::set<Offset> ends;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SimulatedLog log(identity_for_tests(), {.seed = seed});
    LogWriter writer(log);
    append(writer, 3);
    log.settle();
    append(writer, 4);
    log.crash();
    EXPECT_THAT(writer.answers(), SizeIs(3));
    ends.insert(log.end(kWhere));
    LogWriter next(log);  // and it goes on from there
    append(next, 1);
    log.settle();
    EXPECT_THAT(next.answers(), SizeIs(1));
  }
  EXPECT_THAT(ends, ElementsAre(4, 5, 6, 7, 8));
}

TEST(SimulatedLog, FailsFromThereOnUntilTheNextLife) {
  SimulatedLog log(identity_for_tests());
  LogWriter writer(log);
  log.fail_after(1, {ErrorCode::Io, "the disk is gone"});
  append(writer, 3);
  log.settle();
  const auto answers = writer.answers();
  EXPECT_TRUE(answers[0].second.has_value());
  EXPECT_EQ(answers[1].second.error().code, ErrorCode::Io);
  EXPECT_EQ(answers[2].second.error().detail, "the disk is gone");
  EXPECT_EQ(log.end(kWhere), 2U);
  log.crash();
  LogWriter next(log);
  append(next, 1);
  log.settle();
  EXPECT_TRUE(next.answers()[0].second.has_value());
}

TEST(SimulatedLog, MayHaveWrittenWhatItCouldNotSync) {
  std::set<Offset> ends;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedLog log(identity_for_tests(), {.seed = seed});
    LogWriter writer(log);
    log.fail_after(1, {ErrorCode::Io, "the sync failed"});
    append(writer, 4);
    log.settle();
    EXPECT_EQ(log.end(kWhere), 2U);
    log.crash();
    ends.insert(log.end(kWhere));
  }
  EXPECT_THAT(ends, ElementsAre(2, 3));  // the first that failed, and never one after it
}

TEST(SimulatedLog, FailsAReadWhereItIsToldToAndOnce) {
  SimulatedLog log(identity_for_tests());
  LogWriter writer(log);
  append(writer, 4);
  log.settle();
  const std::vector<LogPlace> all{{kWhere, 0}};
  Offset read = 0;
  const auto count = [&](const LogRecord&) { return ++read > 0; };
  log.fail_read_after(3);
  EXPECT_EQ(log.read(all, count).error().code, ErrorCode::Io);
  EXPECT_EQ(read, 3U);
  EXPECT_TRUE(log.take_read_fault());
  EXPECT_FALSE(log.take_read_fault());
  EXPECT_TRUE(log.read(all, count).has_value());
  EXPECT_EQ(read, 3U + 5U);
}

TEST(SimulatedLog, ReadsTheSameFromAnywhere) {
  SimulatedLog log(identity_for_tests());
  LogWriter writer(log);
  append(writer, 30);
  log.settle();
  for (Offset from = 0; from <= 31; ++from) {
    std::vector<Offset> read;
    const std::vector<LogPlace> places{{kWhere, from}};
    ASSERT_TRUE(log.read(places,
                         [&](const LogRecord& record) {
                           read.push_back(record.offset);
                           return true;
                         })
                    .has_value());
    ASSERT_THAT(read, SizeIs(31 - from));
    EXPECT_TRUE(read.empty() || read.front() == from);
  }
}

TEST(SimulatedLog, IsFullOnceItsRoomIsUsedUp) {
  SimulatedLog log(identity_for_tests());
  LogWriter writer(log);
  log.set_room(0);
  append(writer, 1);
  log.settle();
  EXPECT_EQ(writer.answers()[0].second.error().code, ErrorCode::DiskFull);
}

TEST(SimulatedLog, MayLoseItsTailOrRepeatItselfBetweenTwoLives) {
  SimulatedLog log(identity_for_tests());
  {
    LogWriter writer(log);
    append(writer, 4);
    log.settle();
  }
  log.truncate(2);
  EXPECT_THAT(texts_of(log, {{kWhere, 1}})[kWhere], ElementsAre("0", "1"));
  log.repeat_last();
  EXPECT_THAT(texts_of(log, {{kWhere, 1}})[kWhere], ElementsAre("0", "1", "1"));
  log.truncate(100);
  EXPECT_EQ(log.end(kWhere), 1U);  // the genesis stays
}

}  // namespace
}  // namespace jari
