// Stories of rows that come early, and of those before them, which come later or never.

#include <gmock/gmock.h>

#include "consumers/legacy/reconcile.h"
#include "consumers/model/topics.h"
#include "tests/consumers/legacy/sync_story.h"

namespace jari::legacy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// The table in memory as one that can be compared, all of it in one group that differs: what is
/// expected of each row is what is asked here.
class ComparedTable final : public OldTable {
 public:
  explicit ComparedTable(MemoryDatabase::Tables& tables) : tables_(tables) {}
  [[nodiscard]] Said look(std::vector<Compared>&, Position& position) override {
    position = tables_.position;
    return {};
  }
  [[nodiscard]] Said groups(const VisitGroup& visit) override {
    visit("all", {-1, 0, 0});
    return {};
  }
  [[nodiscard]] Said rows(const std::vector<std::string>&, const VisitRow& visit) override {
    for (const auto& [name, row] : tables_.rows) visit("all", {name, row.version, 0});
    return {};
  }
  [[nodiscard]] Said letters(const std::function<void(const std::string&)>&) override { return {}; }
  [[nodiscard]] Said done() override { return {}; }
  [[nodiscard]] Said mend(const std::vector<Mending>& rows, std::set<std::string>&) override {
    for (const Mending& one : rows) mended.push_back(named(*one.row));
    return {};
  }
  static std::string named(const Row& row) {
    return row.appointment + " " + std::to_string(row.version);
  }

  std::vector<std::string> mended;

 private:
  MemoryDatabase::Tables& tables_;
};

class SyncGaps : public SyncStory {
 protected:
  /// The next row of that stream, as who wrote it has it, which stands nowhere yet.
  struct Written {
    StreamPlace place;
    std::string document;
  };
  Written write(const Booked& booked) {
    Written row{bookings_.next_place(1, booked.appointment), document_of(booked)};
    StreamMark& mark = streams_[row.place.destination.partition];
    row.place.seq = ++mark.seq;
    row.place.prev_hash = mark.hash;
    mark.hash = chained(mark.hash, hash128(bytes_of(row.document)));
    return row;
  }
  void say(const Written& row) { bookings_.say_at(row.place, row.document); }
  /// Versions `first` to `last` of one appointment.
  std::vector<Written> write_versions(std::uint32_t first, std::uint32_t last) {
    std::vector<Written> rows;
    for (std::uint32_t version = first; version <= last; ++version) {
      rows.push_back(write({.appointment = "a1-7", .version = version}));
    }
    return rows;
  }
  void run_for(milliseconds span) {
    const milliseconds until = now_.steady + span;
    while (now_.steady < until) step();
  }
  std::vector<std::string> differences() {
    ComparedTable compared(tables_);
    Reconcile reconcile(bookings_.log(), compared, mapping_);
    std::vector<std::string> found;
    const auto done = reconcile.compare([&](const Different& one) {
      if (one.version == one.old_version) return;  // its group and hash are of no matter here
      found.push_back(std::string{to_text(one.what)} + " " + one.appointment + " " +
                      std::to_string(one.version) + "/" + std::to_string(one.old_version));
    });
    EXPECT_TRUE(done.has_value()) << done.error().detail;
    lacking_ = reconcile.lost();
    EXPECT_TRUE(reconcile.repair([](const std::string&, const Said&) {}).has_value());
    mended_ = compared.mended;
    return found;
  }

  std::map<PartitionNo, StreamMark> streams_;
  std::uint64_t lacking_ = 0;        // as the comparison said
  std::vector<std::string> mended_;  // by it
};

TEST_F(SyncGaps, WhatComesEarlyWaitsForWhatIsMissing) {
  const auto rows = write_versions(1, 4);
  say(rows[0]);
  say(rows[2]);
  say(rows[3]);
  run_for(kComesWithin / 2);
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 1U)));
  EXPECT_EQ(sync_->figures().lag_records, 2U);
  for (std::size_t i = 1; i < 4; ++i) say(rows[i]);  // from the one that is missing on
  settle();
  run_for(2 * kComesWithin);
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 4U)));
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_EQ(sync_->figures().lost, 0U);
  EXPECT_THAT(differences(), IsEmpty());
  EXPECT_EQ(lacking_, 0U);
}

// An operator gave up number 2: everything behind it was dropped, for good and in silence.
TEST_F(SyncGaps, WhatNeverComesIsNamedOnceAndTheRestIsWritten) {
  const auto rows = write_versions(1, 299);
  for (const Written& row : rows) {
    if (row.place.seq != 2) say(row);
  }
  const milliseconds took = settle();
  EXPECT_GE(took, kComesWithin);
  EXPECT_LT(took, kComesWithin + milliseconds{5'000});
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 299U)));
  const PartitionNo sync = rows[0].place.destination.partition;
  EXPECT_THAT(said_, ElementsAre(AllOf(HasSubstr("given up, what follows"),
                                       HasSubstr("sync/" + std::to_string(sync) +
                                                 " has none of bookings/1 with "
                                                 "number 2 before offset 2"))));
  EXPECT_EQ(sync_->figures().lost, 1U);
  EXPECT_THAT(differences(), IsEmpty());
  begin();
  say(write({.appointment = "a1-7", .version = 300}));
  settle();
  run_for(2 * kComesWithin);
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 300U)));
  EXPECT_EQ(said_.size(), 1U);
  EXPECT_EQ(sync_->figures().lost, 0U);
}

TEST_F(SyncGaps, TheLogReadFromItsBeginningFindsThemAgain) {
  for (const Written& row : write_versions(1, 50)) {
    if (row.place.seq < 10 || row.place.seq > 19) say(row);
  }
  settle();
  ASSERT_EQ(database_->forget().answer, Answer::Written);
  tables_.rows.clear();
  begin();
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 50U)));
  EXPECT_THAT(said_, testing::Each(HasSubstr("with the numbers 10 to 19 before offset 10")));
  EXPECT_EQ(sync_->figures().lost, 10U);
}

TEST_F(SyncGaps, SeveralSourcesAndSeveralGapsEachHaveTheirWord) {
  const auto rows = write_versions(1, 9);
  for (const std::size_t i : {0, 2, 3, 6, 8}) say(rows[i]);
  StreamPlace other = rows[0].place;
  other.source.partition = 3;
  other.seq = 5;
  bookings_.say_at(other, document_of({.appointment = "a1-7", .version = 10}));
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 10U)));
  EXPECT_THAT(said_, UnorderedElementsAre(HasSubstr("number 2 before offset 2"),
                                          HasSubstr("the numbers 5 to 6 before offset 4"),
                                          HasSubstr("number 8 before offset 5"),
                                          HasSubstr("bookings/3 with the numbers 1 to 4")));
  EXPECT_EQ(sync_->figures().lost, 8U);
}

// Every node was away for longer than it is waited for.
TEST_F(SyncGaps, WhatComesAfterAllIsWritten) {
  const auto first = write({.appointment = "a1-7"});
  const std::string other = "a1-8";
  Written missing{first.place, document_of({.appointment = other})};
  missing.place.seq = 2;
  const auto rows = write_versions(2, 3);
  say(first);
  say(rows[1]);  // number 3; number 2 is to be the other appointment's
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 3U)));
  say(missing);
  say(rows[1]);
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 3U), Pair(other, 1U)));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("given up, what follows"),
                                 HasSubstr("1 rows that were given up have come")));
  EXPECT_EQ(sync_->figures().lost, 1U);
  EXPECT_EQ(sync_->figures().late, 1U);
}

// It had counted as read, since others behind it were written.
TEST_F(SyncGaps, WhatWaitsIsMetAgainAfterAStart) {
  const auto rows = write_versions(1, 5);
  say(rows[0]);
  say(rows[2]);
  Written beside = rows[0];
  beside.place.source.partition = 3;
  beside.document = document_of({.appointment = "a9-1"});
  say(beside);
  run_for(milliseconds{1'000});
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 1U), Pair("a9-1", 1U)));
  EXPECT_THAT(differences(), IsEmpty());
  begin();
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 3U), Pair("a9-1", 1U)));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("number 2 before offset 2")));
}

TEST_F(SyncGaps, ADatabaseThatGoesAwayMeanwhileHearsOfItOnce) {
  for (const Written& row : write_versions(1, 40)) {
    if (row.place.seq != 7) say(row);
  }
  while (table()["a1-7"] < 6) step();
  database_->finish_faults = {kDeadlock, kDeadlock};
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 40U)));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("number 7 before offset 7")));
  EXPECT_EQ(sync_->figures().lost, 1U);
}

TEST_F(SyncGaps, NothingIsGivenUpBehindAFork) {
  const auto rows = write_versions(1, 4);
  say(rows[0]);
  Written fork = rows[1];
  fork.place.prev_hash = Hash128{6, 6};
  say(fork);
  say(rows[2]);
  say(rows[3]);
  run_for(3 * kComesWithin);
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 1U)));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("do not continue")));
  EXPECT_EQ(sync_->figures().lost, 0U);
  begin();  // it is not passed over by that
  run_for(3 * kComesWithin);
  EXPECT_EQ(said_.size(), 2U);
  EXPECT_EQ(sync_->figures().misfits, 1U);
  for (std::size_t i = 1; i < 4; ++i) say(rows[i]);
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 4U)));
}

// An older program passed over them.
TEST_F(SyncGaps, ReconcileExpectsTheNewestDocumentInSpiteOfAGap) {
  const auto rows = write_versions(1, 6);
  say(rows[0]);
  settle();
  for (std::size_t i = 2; i < 6; ++i) say(rows[i]);
  const PartitionNo sync = rows[0].place.destination.partition;
  Written beside = rows[0];
  beside.place.source.partition = 3;
  say(beside);
  tables_.position.places[sync].next_offset = bookings_.log().end({kSyncTopic, sync});
  tables_.position.streams[{sync, beside.place.source}] = {
      1, chained({}, hash128(bytes_of(beside.document)))};
  EXPECT_THAT(differences(), ElementsAre("stale a1-7 6/1"));
  EXPECT_EQ(lacking_, 1U);
  EXPECT_THAT(mended_, ElementsAre("a1-7 6"));
}

// It had been written before it was lost.
TEST_F(SyncGaps, WhatALostRowSaidIsNotTakenBack) {
  const auto rows = write_versions(1, 3);
  for (const std::size_t i : {0, 2}) say(rows[i]);
  settle();
  tables_.rows.at("a1-7").version = 4;
  EXPECT_THAT(differences(), ElementsAre("changed a1-7 3/4"));
  EXPECT_THAT(mended_, IsEmpty());
  tables_.rows.at("a1-7").version = 1;
  EXPECT_THAT(differences(), ElementsAre("stale a1-7 3/1"));
  EXPECT_THAT(mended_, ElementsAre("a1-7 3"));
}

// `sync` lost its end, was given up, and has grown past the place since.
TEST_F(SyncGaps, APositionWithinAnotherEndOfTheLogStopsIt) {
  const auto rows = write_versions(1, 5);
  for (const Written& row : rows) say(row);
  settle();
  const PartitionNo sync = rows[0].place.destination.partition;
  StreamMark& mark = tables_.position.streams.at({sync, rows[0].place.source});
  const StreamMark read = mark;
  const auto stops = [&] {
    begin();
    step();
    const auto stopped = sync_->step();
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(stopped.error().code, ErrorCode::LogMismatch);
    EXPECT_THAT(stopped.error().detail,
                AllOf(HasSubstr("row at offset 5 is not the one"), HasSubstr("--begin-again")));
    ComparedTable compared(tables_);
    Reconcile reconcile(bookings_.log(), compared, mapping_);
    const auto done = reconcile.compare([](const Different&) {});
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, ErrorCode::LogMismatch);
  };
  mark.seq = 4;  // number 5 cannot have been read there
  stops();
  mark = {5, Hash128{1, 2}};
  stops();
  mark = read;
  begin();
  say(write({.appointment = "a1-7", .version = 6}));
  settle();
  EXPECT_THAT(table(), ElementsAre(Pair("a1-7", 6U)));
}

}  // namespace
}  // namespace jari::legacy
