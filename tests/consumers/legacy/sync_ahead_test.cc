// Stories of the rows that are made ready while the database works on those before them.

#include <gmock/gmock.h>

#include "tests/consumers/legacy/sync_story.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_F(SyncStory, TheNextRowsAreReadyWhenTheDatabaseAnswers) {
  begin({.batch_rows = 8});
  say_many(36);
  std::vector<bool> ready;
  database_->takes_time = [&](milliseconds) { ready.push_back(database_->is_ready()); };
  settle();
  EXPECT_THAT(ready, ElementsAre(true, true, true, false, false));  // four rows are the last
  EXPECT_THAT(table(), SizeIs(36));
}

// What becomes of the batch under way decides about the one that is ready.
class ManyRows : public SyncStory, public ::testing::WithParamInterface<Answer> {};

INSTANTIATE_TEST_SUITE_P(Sync, ManyRows, ::testing::Values(Answer::Refused, Answer::Unclear));

TEST_P(ManyRows, WhatWasMadeReadyIsWrittenOnceAndNothingIsPassedOver) {
  begin({.batch_rows = 8});
  database_->refuses_as = GetParam();
  std::map<std::string, std::uint32_t> expected;
  std::size_t bad = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string name = "a1-" + std::to_string(i);
    if (i % 31 == 17) {
      bookings_.say({.appointment = name, .dose = 0});
      ++bad;
    } else {
      bookings_.say({.appointment = name});
      expected[name] = 1;
    }
    const auto earlier = expected.find("a1-" + std::to_string(i / 2));
    if (i % 5 != 0 || earlier == expected.end()) continue;
    bookings_.say({.appointment = earlier->first, .version = ++earlier->second});
  }
  for (int i = 0; i < 120; ++i) {
    database_->finish_faults.push_back(i % 7 == 3 ? kDeadlock : Said{});
    if (i % 40 == 20) database_->open_faults.push_back(kAway);
  }
  settle();
  EXPECT_EQ(table(), expected);
  EXPECT_THAT(tables_.letters, SizeIs(bad));
  EXPECT_EQ(sync_->figures().refused, bad);
}

TEST_F(SyncStory, ACommitThatWasNotHeardOfLeavesNothingReady) {
  begin({.batch_rows = 8});
  say_many(40);
  database_->finish_faults = {Said{}, kAway};
  database_->commits_and_fails = true;
  settle();
  EXPECT_THAT(table(), SizeIs(40));
  EXPECT_EQ(database_->batches, 5U);
}

TEST_F(SyncStory, AnotherPaceHoldsForWhatWasMadeReadyToo) {
  begin({.batch_rows = 64});
  say_many(400);
  while (database_->batches < 2) step();
  sync_->set_pace({.batch_rows = 4});
  database_->largest_batch = 0;
  step();  // what is under way
  database_->largest_batch = 0;
  settle();
  EXPECT_EQ(database_->largest_batch, 4U);
  EXPECT_THAT(table(), SizeIs(400));
}

}  // namespace
}  // namespace jari::legacy
