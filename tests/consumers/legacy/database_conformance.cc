#include "tests/consumers/legacy/database_conformance.h"

#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// How far a batch says that `sync` was read.
Position far(std::uint64_t seq) {
  Position position;
  position.places[2] = {Hash128{1, 2}, seq + 1};
  position.streams[{2, {1, 3}}] = {seq, Hash128{seq, 0xffff'ffff'ffff'ffffU}};
  return position;
}

Letter letter_for_tests(const Row& row) {
  return {row.appointment, row.version, row.document, "22001", "too long", 0, 1, ""};
}

}  // namespace

Position DatabaseConformance::position_now() {
  database_.reset();
  database_ = world_->program();
  open();
  return position_;
}

std::map<std::string, Letter> DatabaseConformance::letters() {
  std::map<std::string, Letter> all;
  const auto said = world_->program()->letters(
      [&](const Letter& letter) { all.emplace(letter.appointment, letter); });
  EXPECT_EQ(said.answer, Answer::Written) << said.why;
  return all;
}

TEST_P(DatabaseConformance, BeginsWithNothing) {
  open();
  EXPECT_EQ(position_, Position{});
  EXPECT_THAT(world_->table(), IsEmpty());
  EXPECT_THAT(letters(), IsEmpty());
}

TEST_P(DatabaseConformance, WritesRowsAndPositionTogether) {
  open();
  const Row first = row_for_tests({.appointment = "a1-7"});
  const Row second = row_for_tests({.appointment = "a1-8"});
  ASSERT_EQ(write({{&first, &second}, {}, far(2)}).answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "1 B"), Pair("a1-8", "1 B")));
  EXPECT_EQ(position_now(), far(2));
}

TEST_P(DatabaseConformance, WritesWhatIsNewerAndNothingElse) {
  open();
  const Row old = row_for_tests({.version = 2});
  const Row newer = row_for_tests({.version = 3, .state = AppointmentState::Cancelled});
  ASSERT_EQ(write({{&newer}, {}, far(1)}).answer, Answer::Written);
  ASSERT_EQ(write({{&old}, {}, far(2)}).answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "3 C")));
  EXPECT_EQ(position_now(), far(2));
}

TEST_P(DatabaseConformance, AFirstVersionIsWrittenBesideOneThatIsThereAlready) {
  open();
  const Row newer = row_for_tests({.version = 3, .state = AppointmentState::Cancelled});
  ASSERT_EQ(write({{&newer}, {}, far(1)}).answer, Answer::Written);
  const Row first = row_for_tests({});
  const Row other = row_for_tests({.appointment = "a1-8"});
  const Row third = row_for_tests({.appointment = "a1-9", .version = 2});
  ASSERT_EQ(write({{&other, &first, &third}, {}, far(4)}).answer, Answer::Written);
  EXPECT_THAT(world_->table(),
              ElementsAre(Pair("a1-7", "3 C"), Pair("a1-8", "1 B"), Pair("a1-9", "2 B")));
  EXPECT_EQ(position_now(), far(4));
}

TEST_P(DatabaseConformance, TheNextBatchIsMadeReadyWhileOneIsUnderWay) {
  open();
  const Row first = row_for_tests({.appointment = "a1-7"});
  const Row dropped = row_for_tests({.appointment = "a1-8"});
  const Row second = row_for_tests({.appointment = "a1-9"});
  database_->prepare({{&first}, {}, far(1)});
  database_->send();
  database_->prepare({{&dropped}, {}, far(2)});
  database_->prepare({{&second}, {}, far(3)});
  ASSERT_EQ(database_->finish().answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "1 B")));
  database_->send();
  ASSERT_EQ(database_->finish().answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "1 B"), Pair("a1-9", "1 B")));
  EXPECT_EQ(position_now(), far(3));
}

TEST_P(DatabaseConformance, WhatIsReadyIsSentOnceAndForgottenByWhoBeginsAnew) {
  open();
  const Row row = row_for_tests({});
  ASSERT_EQ(write({{&row}, {}, far(1)}).answer, Answer::Written);
  EXPECT_DEATH(database_->send(), "CHECK");
  database_->prepare({{}, {letter_for_tests(row)}, far(2)});
  open();
  EXPECT_DEATH(database_->send(), "CHECK");
  EXPECT_EQ(position_now(), far(1));
}

TEST_P(DatabaseConformance, ARefusedBatchLeavesWhatIsReadyAsItWas) {
  open();
  const Row there = row_for_tests({.appointment = "a1-8", .version = 2});
  ASSERT_EQ(write({{&there}, {}, far(1)}).answer, Answer::Written);
  const Row bad = row_for_tests({.dose = 0});
  const Row next = row_for_tests({.appointment = "a1-9"});
  database_->prepare({{&bad}, {}, far(2)});
  database_->send();
  database_->prepare({{&next}, {}, far(3)});
  EXPECT_EQ(database_->finish().answer, Answer::Refused);
  database_->send();
  ASSERT_EQ(database_->finish().answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-8", "2 B"), Pair("a1-9", "1 B")));
  EXPECT_EQ(position_now(), far(3));
}

TEST_P(DatabaseConformance, ARefusedRowLeavesNothingOfItsBatch) {
  open();
  const Row good = row_for_tests({.appointment = "a1-7"});
  const Row bad = row_for_tests({.appointment = "a1-8", .dose = 0});
  const Said said = write({{&good, &bad}, {}, far(1)});
  EXPECT_EQ(said.answer, Answer::Refused);
  EXPECT_FALSE(said.code.empty());
  EXPECT_FALSE(said.why.empty());
  EXPECT_THAT(world_->table(), IsEmpty());
  // And the next batch is written as if there had been none.
  ASSERT_EQ(write({{&good}, {}, far(1)}).answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "1 B")));
  EXPECT_EQ(position_now(), far(1));
}

TEST_P(DatabaseConformance, WhatIsTooLongIsRefusedAndNotCut) {
  open();
  const Row bad = row_for_tests({.programme = std::string(65, 'x')});
  EXPECT_EQ(write({{&bad}, {}, far(1)}).answer, Answer::Refused);
  EXPECT_THAT(world_->table(), IsEmpty());
}

TEST_P(DatabaseConformance, ALaterVersionJoinsItsDeadLetter) {
  open();
  const Row bad = row_for_tests({.appointment = "a1-8", .dose = 0});
  ASSERT_EQ(write({{}, {letter_for_tests(bad)}, far(1)}).answer, Answer::Written);
  const Row later = row_for_tests({.appointment = "a1-8", .version = 2});
  const Row other = row_for_tests({.appointment = "a1-9"});
  ASSERT_EQ(write({{&later, &other}, {}, far(3)}).answer, Answer::Written);
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-9", "1 B")));
  const Letter letter = letters().at("a1-8");
  EXPECT_EQ(letter.version, 2U);
  EXPECT_EQ(letter.document, later.document);
  EXPECT_EQ(letter.waiting, 1U);
  EXPECT_EQ(letter.reason, "too long");
  EXPECT_EQ(position_now(), far(3));
}

TEST_P(DatabaseConformance, ALetterOfTheSameBatchHoldsALaterVersion) {
  open();
  const Row bad = row_for_tests({.dose = 0});
  const Row later = row_for_tests({.version = 2});
  ASSERT_EQ(write({{&later}, {letter_for_tests(bad)}, far(2)}).answer, Answer::Written);
  EXPECT_THAT(world_->table(), IsEmpty());
  EXPECT_EQ(letters().at("a1-7").version, 2U);
}

TEST_P(DatabaseConformance, ARetryThatIsTakenEndsTheLetter) {
  open();
  const Row bad = row_for_tests({.dose = 0});
  ASSERT_EQ(write({{}, {letter_for_tests(bad)}, far(1)}).answer, Answer::Written);
  const Row mended = row_for_tests({.dose = 1});
  EXPECT_EQ(world_->program()->retry(mended).answer, Answer::Written);
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "1 B")));
}

TEST_P(DatabaseConformance, ARetryThatIsRefusedSaysWhyAnew) {
  open();
  const Row bad = row_for_tests({.dose = 0});
  ASSERT_EQ(write({{}, {letter_for_tests(bad)}, far(1)}).answer, Answer::Written);
  EXPECT_EQ(world_->program()->retry(bad).answer, Answer::Refused);
  const Letter letter = letters().at("a1-7");
  EXPECT_EQ(letter.attempts, 2U);
  EXPECT_NE(letter.reason, "too long");
  EXPECT_THAT(world_->table(), IsEmpty());
}

TEST_P(DatabaseConformance, ARetryOfAnOlderVersionChangesNothing) {
  open();
  const Row bad = row_for_tests({.dose = 0});
  const Row later = row_for_tests({.version = 2});
  ASSERT_EQ(write({{&later}, {letter_for_tests(bad)}, far(2)}).answer, Answer::Written);
  EXPECT_EQ(world_->program()->retry(row_for_tests({})).answer, Answer::NotNow);
  EXPECT_EQ(letters().at("a1-7").version, 2U);
  EXPECT_THAT(world_->table(), IsEmpty());
}

TEST_P(DatabaseConformance, OnlyOneSyncs) {
  open();
  Position position;
  const auto second = world_->program();
  EXPECT_EQ(second->open(position).answer, Answer::NotNow);
  database_.reset();
  Said said = second->open(position);
  // The server needs a moment to see that the first has gone.
  for (int i = 0; i < 1000 && said.answer != Answer::Written; ++i) said = second->open(position);
  EXPECT_EQ(said.answer, Answer::Written) << said.why;
}

TEST_P(DatabaseConformance, ForgetsThePositionAndKeepsTheRows) {
  open();
  const Row row = row_for_tests({.version = 2});
  ASSERT_EQ(write({{&row}, {}, far(1)}).answer, Answer::Written);
  database_.reset();
  database_ = world_->program();
  ASSERT_EQ(database_->forget().answer, Answer::Written);
  EXPECT_EQ(position_now(), Position{});
  EXPECT_THAT(world_->table(), ElementsAre(Pair("a1-7", "2 B")));
}

}  // namespace jari::legacy
