// Stories of the sync: rows of a log in memory into a database in memory, and all that happens to
// the two meanwhile.

#include <gmock/gmock.h>

#include "consumers/model/topics.h"
#include "tests/consumers/legacy/sync_story.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

/// A log of many writers, as of which nothing may be heard any more.
class QuietLog final : public Log {
 public:
  explicit QuietLog(Log& log) : log_(log) {}
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  [[nodiscard]] LogWriters writers() const override { return LogWriters::Many; }
  void append(LogBatch batch, Done done) override { log_.append(std::move(batch), done); }
  void flush() override { log_.flush(); }
  [[nodiscard]] Offset end(PartitionRef where) const override { return log_.end(where); }
  [[nodiscard]] LogEnds ends(PartitionRef where) const override {
    return {0, log_.end(where), heard_, 0};
  }
  [[nodiscard]] Result<void> read(std::span<const LogPlace> from, const Visit& visit) override {
    if (trouble) return *trouble;
    if (is_heard) ++heard_;
    return log_.read(from, visit);
  }

  bool is_heard = true;
  std::optional<Error> trouble;

 private:
  Log& log_;
  std::uint64_t heard_ = 0;
};

TEST_F(SyncStory, WritesEachAppointmentAsItWasLast) {
  bookings_.say({.appointment = "a1-7"});
  bookings_.say({.appointment = "a1-8"});
  bookings_.say({.appointment = "a1-7", .version = 2, .state = AppointmentState::Cancelled});
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 2U), Pair("a1-8", 1U)));
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(SyncStory, GoesOnWhereItWas) {
  say_many(50);
  settle();
  begin();
  bookings_.say({.appointment = "a1-7", .version = 2}, 3);
  settle();
  EXPECT_EQ(database_->batches, 1U);
  EXPECT_EQ(table().at("a1-7"), 2U);
  EXPECT_THAT(table(), SizeIs(50));
}

TEST_F(SyncStory, TakesOnlyTheNextRowOfEachStream) {
  const StreamPlace first = bookings_.next_place(1, "a1-7");
  bookings_.say({.appointment = "a1-7"});
  bookings_.say_at(first, document_of({.appointment = "a1-7", .version = 9}));  // a repeat
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 1U)));
  EXPECT_THAT(said_, IsEmpty());
  StreamPlace misfit = bookings_.next_place(1, "a1-7");
  misfit.prev_hash = Hash128{6, 6};
  bookings_.say_at(misfit, document_of({.appointment = "a1-7", .version = 9}));
  bookings_.say({.appointment = "a1-7", .version = 2});
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 2U)));
  EXPECT_EQ(sync_->figures().misfits, 1U);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("do not continue")));
}

TEST_F(SyncStory, ARowOfAnotherLogStopsIt) {
  StreamPlace place = bookings_.next_place(1, "a1-7");
  place.incarnation = Hash128{9, 9};
  bookings_.say_at(place, document_of({}));
  step();
  const auto stopped = sync_->step();
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::LogMismatch);
  EXPECT_THAT(stopped.error().detail, HasSubstr("--begin-again"));
}

TEST_F(SyncStory, APositionBeyondTheLogStopsIt) {
  tables_.position.places[2] = {bookings_.log().identity().incarnation, 5};
  const auto stopped = sync_->step();
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::LogMismatch);
}

TEST_F(SyncStory, ARefusedRowGoesAsideAndTheRestGoesOn) {
  say_many(100);
  bookings_.say({.appointment = "bad-1", .dose = 0});
  bookings_.say({.appointment = "bad-2", .dose = 0});
  for (int i = 100; i < 200; ++i) bookings_.say({.appointment = "a1-" + std::to_string(i)});
  settle();
  EXPECT_THAT(table(), SizeIs(200));
  ASSERT_THAT(tables_.letters, SizeIs(2));
  EXPECT_EQ(tables_.letters.at("bad-1").reason, "dose");
  EXPECT_EQ(tables_.letters.at("bad-1").code, "23514");
  EXPECT_EQ(sync_->figures().refused, 2U);
  EXPECT_THAT(said_, SizeIs(2));
}

// As a policy of the table says it: it could be all rows, so others are tried.
TEST_F(SyncStory, WhatIsUnclearOfARowGoesAsideWhereOthersAreWritten) {
  database_->refuses_as = Answer::Unclear;
  bookings_.say({.appointment = "bad-1", .dose = 0});  // none was written before
  say_many(100);
  bookings_.say({.appointment = "bad-2", .dose = 0});  // none waits behind it
  settle();
  EXPECT_THAT(table(), SizeIs(100));
  ASSERT_THAT(tables_.letters, SizeIs(2));
  EXPECT_EQ(tables_.letters.at("bad-2").reason, "dose");
  EXPECT_THAT(said_, ElementsAre(HasSubstr("refuses bad-1 version 1"),
                                 HasSubstr("refuses bad-2 version 1")));
}

TEST_F(SyncStory, WhatKeepsEveryRowFromTheTableMakesNoDeadLetters) {
  say_many(10);
  settle();
  database_->refuses_as = Answer::Unclear;
  database_->refuses = [](const Row&) { return "no right"; };
  for (int i = 10; i < 60; ++i) bookings_.say({.appointment = "a1-" + std::to_string(i)});
  for (int i = 0; i < 2000; ++i) step();
  EXPECT_THAT(tables_.letters, IsEmpty());
  EXPECT_EQ(sync_->figures().lag_records, 50U);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("a1-10 version 1 is not written, nor are others")));
  database_->refuses = {};
  settle();
  EXPECT_THAT(table(), SizeIs(60));
  EXPECT_THAT(tables_.letters, IsEmpty());
  EXPECT_THAT(said_, ElementsAre(HasSubstr("no right"), HasSubstr("written again")));
}

TEST_F(SyncStory, WhatIsUnclearOfTheOnlyRowWaitsForAnother) {
  database_->refuses_as = Answer::Unclear;
  bookings_.say({.appointment = "bad-1", .dose = 0});
  wait_for_words(1);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("bad-1 version 1 is not written, and there is no")));
  EXPECT_THAT(tables_.letters, IsEmpty());
  bookings_.say({.appointment = "a1-7"});
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 1U)));
  EXPECT_THAT(tables_.letters, SizeIs(1));
}

TEST_F(SyncStory, ADatabaseThatGoesAwayWhileOthersAreTriedIsAskedAgain) {
  database_->refuses_as = Answer::Unclear;
  bookings_.say({.appointment = "bad-1", .dose = 0});
  bookings_.say({.appointment = "a1-7"});
  const Said unclear{Answer::Unclear, "42501", "policy"};
  database_->finish_faults = {unclear, unclear, kAway};
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 1U)));
  EXPECT_THAT(tables_.letters, SizeIs(1));
}

TEST_F(SyncStory, ALaterVersionWaitsWithWhatWasRefusedUntilThatIsMended) {
  bookings_.say({.dose = 0});
  settle();
  bookings_.say({.version = 2, .state = AppointmentState::Cancelled});
  settle();
  EXPECT_THAT(table(), IsEmpty());
  const Letter letter = tables_.letters.at("a1-7");
  EXPECT_EQ(letter.version, 2U);
  EXPECT_EQ(letter.waiting, 1U);
  const auto document = parse_sync_document(letter.document).value();
  EXPECT_EQ(database_->retry(row_of(mapping_, document, letter.document)).answer, Answer::Written);
  bookings_.say({.version = 3});
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 3U)));
}

TEST_F(SyncStory, ARefusedRowAndItsLaterVersionInOneBatch) {
  bookings_.say({.dose = 0});
  bookings_.say({.appointment = "a1-8"});
  bookings_.say({.version = 2});
  settle();
  // The newest is what counts: the one that was refused need never have been written.
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 2U), Pair("a1-8", 1U)));
  EXPECT_THAT(tables_.letters, IsEmpty());
}

TEST_F(SyncStory, WhatIsNoDocumentIsKeptAside) {
  const StreamPlace place = bookings_.next_place(1, "a1-7");
  bookings_.say_at(place, R"({"appointment":"a1-7","version":0})");
  settle();
  ASSERT_THAT(tables_.letters, SizeIs(1));
  EXPECT_THAT(tables_.letters.begin()->first, HasSubstr("sync:"));
  EXPECT_THAT(tables_.letters.begin()->second.reason, HasSubstr("no document"));
  EXPECT_EQ(tables_.letters.begin()->second.code, "mapping");
}

TEST_F(SyncStory, WaitsForADatabaseThatIsAwaySaysSoOnceAndCatchesUp) {
  say_many(30);
  for (int i = 0; i < 500; ++i) database_->open_faults.push_back(kAway);
  const milliseconds took = settle();
  EXPECT_GT(took, milliseconds{500 * 4000});  // it does not ask all the time
  EXPECT_THAT(table(), SizeIs(30));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("could not connect"), HasSubstr("written again")));
}

TEST_F(SyncStory, SaysWhenADatabaseIsAwayInOtherWords) {
  say_many(3);
  const Said unknown{Answer::NotNow, std::string{kNoAnswer}, "could not translate host name"};
  const Said full{Answer::NotNow, "53300", "too many clients: 101"};
  const Said fuller{Answer::NotNow, "53300", "too many clients: 102"};
  database_->open_faults = {kAway, kAway, unknown, full, fuller};
  settle();
  EXPECT_THAT(said_, ElementsAre(HasSubstr("could not connect"), HasSubstr("host name"),
                                 HasSubstr("101"), HasSubstr("written again")));
}

TEST_F(SyncStory, ItsLagGrowsWhileTheDatabaseIsAway) {
  say_many(30);
  settle();
  bookings_.say({.appointment = "a2-1"});
  database_->finish_faults = {kAway};
  for (int i = 0; i < 100; ++i) database_->open_faults.push_back(kAway);
  while (!database_->open_faults.empty()) step();
  EXPECT_EQ(sync_->figures().lag_records, 1U);
  EXPECT_GT(sync_->figures().lag, milliseconds{100'000});
  EXPECT_TRUE(sync_->figures().is_waiting);
  settle();
  EXPECT_EQ(sync_->figures().lag, milliseconds{0});
}

// It said nothing for a minute, and its own figures stood still.
TEST_F(SyncStory, LooksAtTheLogWhileTheDatabaseDoesNotAnswerAndSaysSoOnce) {
  say_many(3);
  database_->takes_time = [&](milliseconds) {
    database_->takes_time = {};
    for (int slice = 0; slice < 150; ++slice) {
      now_.steady += milliseconds{200};
      now_.wall = now_.wall + milliseconds{200};
      if (slice == 10) bookings_.say({.appointment = "a2-1"});
      sync_->meanwhile();
      EXPECT_EQ(sync_->figures().lag_records, slice < 10 ? 3U : 4U);
      EXPECT_EQ(said_.empty(), now_.steady < milliseconds{6'500});  // asked at 1,000
    }
    EXPECT_EQ(sync_->figures().lag, milliseconds{30'000});
    EXPECT_TRUE(sync_->figures().is_waiting);
  };
  settle();
  EXPECT_THAT(said_, ElementsAre(HasSubstr("has not answered for 5 s"),
                                 HasSubstr("written again, after 30 s; 1 records wait")));
  EXPECT_FALSE(sync_->figures().is_waiting);
}

TEST_F(SyncStory, ADeadlockIsTriedAgainWithoutAWord) {
  say_many(5);
  database_->finish_faults = {kDeadlock, kDeadlock};
  settle();
  EXPECT_THAT(table(), SizeIs(5));
  EXPECT_THAT(said_, IsEmpty());
  for (int i = 5; i < 10; ++i) bookings_.say({.appointment = "a1-" + std::to_string(i)});
  database_->finish_faults = {kDeadlock, kDeadlock, kDeadlock, kDeadlock};
  settle();
  EXPECT_THAT(said_, ElementsAre(HasSubstr("deadlock"), HasSubstr("written again")));
}

TEST_F(SyncStory, ACommitThatWasNotHeardOfIsNotDoneTwice) {
  say_many(20);
  database_->finish_faults = {kAway};
  database_->commits_and_fails = true;
  settle();
  EXPECT_THAT(table(), SizeIs(20));
  EXPECT_EQ(database_->batches, 1U);  // the position said that it had been
}

TEST_F(SyncStory, WrongSettingsAreHopelessOnlyAtTheStart) {
  const Said denied{Answer::Never, "42501", "permission denied"};
  database_->open_faults = {denied};
  step();
  EXPECT_TRUE(sync_->hopeless().has_value());
  EXPECT_THAT(said_, IsEmpty());  // nothing waits: it is over
  begin();
  bookings_.say({});
  settle();
  bookings_.say({.version = 2});
  database_->finish_faults = {denied};
  settle();
  EXPECT_FALSE(sync_->hopeless().has_value());
  EXPECT_EQ(table().at("a1-7"), 2U);
}

TEST_F(SyncStory, KeepsThePaceThatIsSetAndTakesAnotherWhileItRuns) {
  begin({.rows_per_second = 10});
  say_many(200);
  for (int i = 0; i < 200 && now_.steady < milliseconds{11'000}; ++i) step();
  const std::size_t slow = tables_.rows.size();
  EXPECT_GE(slow, 80U);
  EXPECT_LE(slow, 120U);
  sync_->set_pace({.rows_per_second = 0});
  EXPECT_LT(settle(), milliseconds{1000});
  EXPECT_THAT(table(), SizeIs(200));
}

TEST_F(SyncStory, ASlowDatabaseGetsLess) {
  begin({.batch_rows = 64});
  say_many(1000);
  database_->answer_takes = milliseconds{3000};
  while (database_->batches < 6) step();
  EXPECT_LE(sync_->figures().share, 2U);
  EXPECT_EQ(sync_->figures().answer, milliseconds{3000});
  database_->answer_takes = milliseconds{1};
  settle();
  EXPECT_EQ(sync_->figures().share, Pace::kWholeShare);
  EXPECT_THAT(table(), SizeIs(1000));
}

TEST_F(SyncStory, WaitsForItsHours) {
  PaceSettings pace;
  pace.hours = {*parse_hours("22:00-06:00")};
  begin(pace);
  say_many(3);
  now_.minute_of_day = 12 * 60;
  for (int i = 0; i < 20; ++i) step();
  EXPECT_THAT(table(), IsEmpty());
  EXPECT_TRUE(sync_->figures().is_waiting);
  EXPECT_EQ(sync_->figures().lag_records, 3U);
  now_.minute_of_day = 22 * 60;
  settle();
  EXPECT_THAT(table(), SizeIs(3));
}

TEST_F(SyncStory, ForgettingThePositionWritesNothingTwice) {
  bookings_.say({});
  bookings_.say({.version = 2});
  settle();
  ASSERT_EQ(database_->forget().answer, Answer::Written);
  begin();
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 2U)));
}

// It was waited for in silence once: reading on finds nothing, and that is no error.
TEST_F(SyncStory, SaysWhenTheLogCannotBeRead) {
  QuietLog quiet(bookings_.log());
  log_ = &quiet;
  begin();
  say_many(3);
  settle();
  wait_for_words(1);
  EXPECT_THAT(said_, IsEmpty());
  const auto falls_silent = [&](const char* why) {
    said_.clear();
    wait_for_words(1);
    EXPECT_THAT(said_, ElementsAre(HasSubstr(std::string("cannot be read, what is new in it "
                                                         "waits: ") +
                                             why)));
    EXPECT_GE(sync_->figures().unread, milliseconds{5'000});
    EXPECT_FALSE(sync_->is_idle());
    quiet.is_heard = true;
    quiet.trouble.reset();
    wait_for_words(2);
    EXPECT_THAT(said_, ElementsAre(testing::_, HasSubstr("the log is read again, after")));
    EXPECT_EQ(sync_->figures().unread, milliseconds{0});
  };
  quiet.is_heard = false;
  falls_silent("nobody says where partition");
  quiet.trouble = Error{ErrorCode::Unavailable, "the cluster does not answer"};
  falls_silent("the cluster does not answer");
}

}  // namespace
}  // namespace jari::legacy
