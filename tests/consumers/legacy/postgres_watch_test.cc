// What clerks do to rows of their own, in a real PostgreSQL: what Jari is asked for then, and what
// a human is told. The trigger is the one of ops/legacy-watch.sql.

#include "consumers/legacy/postgres_changes.h"
#include "consumers/legacy/watch_trigger.h"
#include "tests/consumers/legacy/postgres_world.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Watched : public ::testing::Test {
 protected:
  Watched() {
    clerk_.ask("SET jari.sync = 'off'");
    clerk_.ask("TRUNCATE jari.changes");
    EXPECT_EQ(changes_.open().answer, Answer::Written);
  }
  void take(const std::string& key, char state = 'B') {
    clerk_.ask(
        "INSERT INTO appointments (appt_no, prog_cd, pers_ref, ctr_cd, slot_no, vac_cd, "
        "dose_no, appt_dt, appt_tm, stat_cd, ver_no, upd_ts) VALUES ('" +
        key + "', 'flu', 'kim', 'seoul', 'am', 'vaccine-a', 1, '2026-03-02', '09:00', '" + state +
        "', 0, now())");
  }
  void set(const std::string& key, const std::string& what) {
    clerk_.ask("UPDATE appointments SET " + what + " WHERE appt_no = '" + key + "'");
  }
  /// `jari sync watch` begins to ask.
  std::vector<Change> asked() {
    std::vector<Change> changes;
    EXPECT_EQ(changes_.next(changes).answer, Answer::Written);
    return changes;
  }
  void answer(const Change& change, const std::string& appointment) {
    const Said said = changes_.settle(change, Verdict::Done, "done", appointment);
    EXPECT_EQ(said.answer, Answer::Written) << said.why;
  }
  void refuse(const Change& change) {
    const Said said = changes_.settle(change, Verdict::Conflict, "slot-full", "");
    EXPECT_EQ(said.answer, Answer::Written) << said.why;
  }
  /// `what row slot: state`, each, oldest first.
  std::vector<std::string> noted() {
    return read(
        "SELECT concat_ws(' ', what, row_key, slot) || ': ' || state FROM jari.changes "
        "ORDER BY id");
  }
  /// `row slot state version`, each.
  std::vector<std::string> rows() {
    return read(
        "SELECT concat_ws(' ', appt_no, slot_no, stat_cd, ver_no) FROM appointments ORDER BY 1");
  }
  std::string told() {
    std::vector<Change> all;
    EXPECT_EQ(changes_.conflicts(all).answer, Answer::Written);
    return all.empty() ? "" : all.back().answer;
  }
  void watch(const Mapping& mapping) {
    const auto sql = watch_sql(mapping);
    ASSERT_TRUE(sql.has_value());
    clerk_.ask(as_one(*sql));
  }
  /// The same as one statement, which is all or nothing, too.
  static std::string as_one(const std::string& sql) {
    const std::string begin = "\nBEGIN;\n";
    const std::size_t from = sql.find(begin) + begin.size();
    return "DO $all$ BEGIN " + sql.substr(from, sql.rfind("COMMIT;") - from) + " END $all$";
  }
  std::vector<std::string> read(const std::string& sql) {
    std::vector<std::string> all;
    clerk_.ask(sql, [&](const Cells& cells) { all.push_back(*cells[0]); });
    return all;
  }

  PostgresWorld world_;
  Mapping mapping_ = mapping_for_tests();
  Clerk clerk_;
  PostgresChanges changes_{postgres_options(), mapping_};
};

TEST_F(Watched, ARowSavedBeforeItIsBookedIsTakenOnceItIs) {
  take("CL-1", 'M');
  EXPECT_THAT(noted(), IsEmpty());
  set("CL-1", "slot_no = 'pm'");
  EXPECT_THAT(noted(), IsEmpty());
  set("CL-1", "stat_cd = 'B'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 pm: new"));
  set("CL-1", "remark = 'called twice', stat_cd = 'B', upd_ts = now()");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 pm: new"));
}

TEST_F(Watched, WhatWasTakenBackByMistakeIsTakenAgain) {
  take("CL-1");
  set("CL-1", "stat_cd = 'C'");
  set("CL-1", "stat_cd = 'B', slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: taken back", "taken CL-1 pm: new"));
}

TEST_F(Watched, WhatWasTakenBackByMistakeWhileItIsAskedForIsKept) {
  take("CL-1");
  const auto changes = asked();
  set("CL-1", "stat_cd = 'C'");
  set("CL-1", "stat_cd = 'B'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: new"));
  answer(changes[0], "a1-5");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: done"));
  EXPECT_THAT(rows(), ElementsAre("a1-5 am B 0"));
}

TEST_F(Watched, WhatWasTakenBackWhileItIsAskedForAndTakenElsewhereIsForAHuman) {
  take("CL-1");
  const auto changes = asked();
  set("CL-1", "stat_cd = 'C'");
  set("CL-1", "stat_cd = 'B', slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: taken back", "taken CL-1 pm: conflict"));
  EXPECT_THAT(told(), HasSubstr("asked already"));
  answer(changes[0], "a1-5");
  EXPECT_THAT(noted(),
              ElementsAre("taken CL-1 am: done", "taken CL-1 pm: conflict", "cancelled a1-5: new"));
  EXPECT_THAT(rows(), ElementsAre("CL-1 pm B 0"));
}

TEST_F(Watched, ACancellationOfWhatJariHasBookedIsTakenBackWhileNobodyHasAsked) {
  take("CL-1");
  answer(asked()[0], "a1-5");
  set("a1-5", "stat_cd = 'C'");
  set("a1-5", "stat_cd = 'B'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: done", "cancelled a1-5: taken back"));
  set("a1-5", "stat_cd = 'C'");
  answer(asked()[0], "");
  set("a1-5", "stat_cd = 'B'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: done", "cancelled a1-5: taken back",
                                   "cancelled a1-5: done", "taken a1-5 am: conflict"));
}

TEST_F(Watched, ARowOfJarisBookedAgainAfterItWasAskedToCancelItIsForAHuman) {
  Clerk jari;
  take("a1-5");
  jari.ask("UPDATE appointments SET src_cd = 'JARI', ver_no = 1");
  clerk_.ask("TRUNCATE jari.changes");
  set("a1-5", "stat_cd = 'C'");
  set("a1-5", "stat_cd = 'B'");
  EXPECT_THAT(noted(), ElementsAre("cancelled a1-5: taken back"));
  EXPECT_THAT(asked(), IsEmpty());
  set("a1-5", "stat_cd = 'C'");
  EXPECT_EQ(asked().size(), 1U);
  set("a1-5", "stat_cd = 'B'");
  EXPECT_THAT(noted(), ElementsAre("cancelled a1-5: taken back", "cancelled a1-5: new",
                                   "cancelled a1-5: conflict"));
  EXPECT_THAT(told(), HasSubstr("booked again"));
}

TEST_F(Watched, WhatIsMovedBeforeJariIsAskedIsAskedForWhereItIs) {
  take("CL-1");
  set("CL-1", "slot_no = 'pm', ctr_cd = 'busan', pers_ref = 'lee', vac_cd = 'vaccine-b'");
  set("CL-1", "appt_no = 'CL-2'");
  const auto changes = asked();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].row_key, "CL-2");
  EXPECT_EQ(changes[0].slot, "pm");
  EXPECT_EQ(changes[0].site, "busan");
  EXPECT_EQ(changes[0].person, "lee");
  EXPECT_EQ(changes[0].product, "vaccine-b");
  answer(changes[0], "a1-5");
  EXPECT_THAT(rows(), ElementsAre("a1-5 pm B 0"));
}

TEST_F(Watched, WhatIsMovedWhileJariIsAskedIsForAHumanAndItsRowIsLeftAlone) {
  take("CL-1");
  const auto changes = asked();
  set("CL-1", "slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: new", "taken CL-1 pm: conflict"));
  EXPECT_THAT(told(), HasSubstr("asked already"));
  answer(changes[0], "a1-5");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: done", "taken CL-1 pm: conflict"));
  EXPECT_THAT(rows(), ElementsAre("CL-1 pm B 0"));
}

TEST_F(Watched, WhatIsMovedAfterJariHasBookedItIsForAHuman) {
  take("CL-1");
  answer(asked()[0], "a1-5");
  set("a1-5", "slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: done", "taken a1-5 pm: conflict"));
  EXPECT_THAT(told(), HasSubstr("booked it as a1-5"));
}

TEST_F(Watched, WhereTheIdAloneSaysWhoseARowIsTheSameHoldsUntilJariHasWrittenIt) {
  mapping_.ours.clear();
  watch(mapping_);
  take("CL-1");
  answer(asked()[0], "a1-5");
  set("a1-5", "slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: done", "taken a1-5 pm: conflict"));
  Clerk jari;
  jari.ask("UPDATE appointments SET slot_no = 'am', ver_no = 1");
  set("a1-5", "slot_no = 'pm'");  // reconcile lists it
  EXPECT_EQ(noted().size(), 2U);
  set("a1-5", "stat_cd = 'C'");
  EXPECT_EQ(noted().back(), "cancelled a1-5: new");
  watch(mapping_for_tests());
}

TEST_F(Watched, WhatWasRefusedIsAskedForAnewWhereItIsMovedTo) {
  take("CL-1");
  refuse(asked()[0]);
  set("CL-1", "slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: conflict", "taken CL-1 pm: new"));
}

TEST_F(Watched, ARowThatJariKnowsNothingOfIsForAHumanOnceItIsMoved) {
  take("CL-1");
  clerk_.ask("TRUNCATE jari.changes");
  set("CL-1", "remark = 'called twice'");
  EXPECT_THAT(noted(), IsEmpty());
  set("CL-1", "slot_no = 'pm'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 pm: conflict"));
  EXPECT_THAT(told(), HasSubstr("knows nothing"));
}

TEST_F(Watched, AnotherStateThanBookedAndCancelledIsForAHuman) {
  take("CL-1");
  set("CL-1", "stat_cd = 'A'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: conflict"));
  EXPECT_THAT(asked(), IsEmpty());
  take("CL-2");
  const auto changes = asked();
  set("CL-2", "stat_cd = 'A'");
  answer(changes[0], "a1-6");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: conflict", "taken CL-2 am: done",
                                   "taken CL-2 am: conflict"));
  EXPECT_THAT(rows(), ElementsAre("CL-1 am A 0", "CL-2 am A 0"));
}

TEST_F(Watched, AStateThatAnotherTriggerSetsIsSeen) {
  clerk_.ask(
      "CREATE FUNCTION cancel_by_remark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.remark LIKE 'off%' THEN NEW.stat_cd := 'C'; END IF; RETURN NEW; END $$");
  clerk_.ask(
      "CREATE TRIGGER by_remark BEFORE UPDATE ON appointments FOR EACH ROW "
      "EXECUTE FUNCTION cancel_by_remark()");
  take("CL-1");
  set("CL-1", "remark = 'off: moved away'");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: taken back"));
  clerk_.ask("DROP TRIGGER by_remark ON appointments");
  clerk_.ask("DROP FUNCTION cancel_by_remark");
}

TEST_F(Watched, WithoutAColumnForTheSlotOnlyCancellationsAreNoted) {
  std::erase_if(mapping_.columns, [](const Column& one) { return one.field == Field::Slot; });
  watch(mapping_);
  take("a1-5");
  set("a1-5", "src_cd = 'JARI'");
  set("a1-5", "stat_cd = 'C'");
  set("a1-5", "stat_cd = 'B'");
  set("a1-5", "slot_no = 'pm'");
  clerk_.ask("DELETE FROM appointments");
  EXPECT_THAT(noted(), ElementsAre("cancelled a1-5: taken back", "cancelled a1-5: new"));
  watch(mapping_for_tests());
}

TEST_F(Watched, ACodeIsWhatTheTypeOfItsColumnMakesOfIt) {
  clerk_.ask(
      "ALTER TABLE appointments ADD is_on boolean DEFAULT true, ADD prog_no integer DEFAULT 1");
  for (Column& column : mapping_.columns) {
    if (column.field == Field::State) {
      column.name = "is_on";
      column.values = {{"booked", "on"}, {"cancelled", "f"}, {"attended", "t"}, {"missed", "1"}};
    } else if (column.field == Field::Programme) {
      column.name = "prog_no";
      column.values = {{"flu", "01"}};
    }
  }
  watch(mapping_);
  take("CL-1");
  EXPECT_THAT(read("SELECT programme FROM jari.changes"), ElementsAre("flu"));
  set("CL-1", "is_on = false");
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: taken back"));
  set("CL-1", "is_on = true");
  answer(asked()[0], "a1-5");
  EXPECT_THAT(rows(), ElementsAre("a1-5 am B 0"));
  watch(mapping_for_tests());
  clerk_.ask("ALTER TABLE appointments DROP is_on, DROP prog_no");
}

TEST_F(Watched, ACodeThatItsColumnDoesNotTakeIsSaidWhenTheTriggerIsMade) {
  std::erase_if(mapping_.columns, [](const Column& one) { return one.field == Field::Dose; });
  for (Column& column : mapping_.columns) {
    if (column.field == Field::State) column.name = "dose_no";
  }
  PostgresSession owner;
  ASSERT_FALSE(owner.connect(postgres_options()));
  const auto failed = owner.ask(as_one(*watch_sql(mapping_)));
  ASSERT_TRUE(failed.has_value());
  EXPECT_THAT(failed->text, HasSubstr("invalid input syntax for type smallint: \"B\""));
  take("CL-1");  // the trigger is the one before
  EXPECT_THAT(noted(), ElementsAre("taken CL-1 am: new"));
}

TEST_F(Watched, WhatJariWritesIsNoClerksChange) {
  Clerk jari;
  take("CL-1", 'M');
  jari.ask("UPDATE appointments SET stat_cd = 'B'");
  jari.ask("UPDATE appointments SET slot_no = 'pm'");
  jari.ask("DELETE FROM appointments");
  EXPECT_THAT(noted(), IsEmpty());
}

}  // namespace
}  // namespace jari::legacy
