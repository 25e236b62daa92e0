// The real PostgreSQL, which `ops/legacy run` has started for the test.

#include <array>

#include "tests/consumers/legacy/postgres_world.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::unique_ptr<DatabaseWorld> world_without_versions() {
  return std::make_unique<PostgresWorld>(mapping_without_version());
}

INSTANTIATE_TEST_SUITE_P(Postgres, DatabaseConformance,
                         ::testing::Values([] { return std::make_unique<PostgresWorld>(); },
                                           world_without_versions));

class Postgres : public ::testing::Test {
 protected:
  void open(PostgresDatabase& database) {
    Said said = database.open(position_);
    for (int i = 0; i < 1000 && said.answer != Answer::Written; ++i) {
      said = database.open(position_);
    }
    ASSERT_EQ(said.answer, Answer::Written) << said.why;
  }
  Said write(Database& database, const Row& row) {
    const Batch batch{{&row}, {}, {}};
    database.prepare(batch);
    database.send();
    return database.finish();
  }
  PostgresWorld world_;
  Mapping mapping_ = mapping_for_tests();
  Position position_;
};

TEST_F(Postgres, ShowsTheLocalDateAndTimeAndWhatStandsForWhat) {
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  const Row row = row_for_tests({.state = AppointmentState::Cancelled});
  ASSERT_EQ(write(database, row).answer, Answer::Written);
  Clerk().ask("SELECT appt_dt, appt_tm, canc_cd, src_cd, upd_ts, remark FROM appointments",
              [](const Cells& cells) {
                EXPECT_EQ(cells[0], "2026-03-02");
                EXPECT_EQ(cells[1], "09:00:00");  // five hours behind UTC
                EXPECT_EQ(cells[2], "P");
                EXPECT_EQ(cells[3], "JARI");
                EXPECT_EQ(cells[4], "2026-03-01 09:00:00+00");
                EXPECT_EQ(cells[5], std::nullopt);
              });
}

TEST_F(Postgres, LeavesAColumnAloneThatIsNotMapped) {
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  ASSERT_EQ(write(database, row_for_tests({})).answer, Answer::Written);
  Clerk().ask("UPDATE appointments SET remark = 'called twice'");
  ASSERT_EQ(write(database, row_for_tests({.version = 2})).answer, Answer::Written);
  Clerk().ask("SELECT remark FROM appointments",
              [](const Cells& cells) { EXPECT_EQ(cells[0], "called twice"); });
}

TEST_F(Postgres, AFirstVersionTakesTheRowOfAClerkThatHasItsId) {
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  ASSERT_EQ(write(database, row_for_tests({})).answer, Answer::Written);
  Clerk().ask(
      "UPDATE appointments SET appt_no = 'a1-8', ver_no = 0, stat_cd = 'C', remark = 'ours'");
  const Row theirs = row_for_tests({.appointment = "a1-8"});
  const Row other = row_for_tests({.appointment = "a1-9"});
  database.prepare({{&other, &theirs}, {}, {}});
  database.send();
  ASSERT_EQ(database.finish().answer, Answer::Written);
  EXPECT_THAT(world_.table(), ElementsAre(Pair("a1-8", "1 B"), Pair("a1-9", "1 B")));
  Clerk().ask("SELECT remark FROM appointments WHERE appt_no = 'a1-8'",
              [](const Cells& cells) { EXPECT_EQ(cells[0], "ours"); });
}

TEST_F(Postgres, AnIndexOfTheTableMayRefuseAFirstVersion) {
  Clerk().ask("CREATE UNIQUE INDEX one_a_slot ON appointments (slot_no)");
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  const Row first = row_for_tests({.appointment = "a1-7"});
  const Row second = row_for_tests({.appointment = "a1-8"});
  database.prepare({{&first, &second}, {}, {}});
  database.send();
  const Said said = database.finish();
  EXPECT_EQ(said.answer, Answer::Refused);
  EXPECT_EQ(said.code, "23505");
  EXPECT_THAT(said.why, HasSubstr("one_a_slot"));
  EXPECT_THAT(world_.table(), IsEmpty());
  EXPECT_EQ(write(database, first).answer, Answer::Written);
  EXPECT_EQ(write(database, second).answer, Answer::Refused);
  Clerk().ask("DROP INDEX one_a_slot");
  EXPECT_THAT(world_.table(), ElementsAre(Pair("a1-7", "1 B")));
}

TEST_F(Postgres, ALockOfSomebodyElseIsNotNow) {
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  const Row row = row_for_tests({});
  PostgresSession clerk;
  ASSERT_FALSE(clerk.connect(postgres_options()));
  clerk.send("BEGIN");
  clerk.send("LOCK TABLE appointments IN ACCESS EXCLUSIVE MODE");
  ASSERT_FALSE(clerk.collect());
  const Said said = write(database, row);
  EXPECT_EQ(said.answer, Answer::NotNow);
  EXPECT_EQ(said.code, "55P03") << said.why;
  ASSERT_FALSE(clerk.ask("COMMIT"));
  EXPECT_EQ(write(database, row).answer, Answer::Written);
}

TEST_F(Postgres, ReadOnlyIsNotNow) {
  PostgresOptions read_only = postgres_options();
  read_only.database += " options='-c default_transaction_read_only=on'";
  PostgresDatabase database(read_only, mapping_);
  open(database);
  const Said said = write(database, row_for_tests({}));
  EXPECT_EQ(said.answer, Answer::NotNow);
  EXPECT_EQ(said.code, "25006");
  EXPECT_EQ(write(database, row_for_tests({})).code, "connection");  // a new session may be another
}

TEST_F(Postgres, ASessionThatWasEndedIsNotNowAndOpensAgain) {
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  Clerk().ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
      "pg_backend_pid() AND application_name = 'jari test'");
  const Said said = write(database, row_for_tests({}));
  EXPECT_EQ(said.answer, Answer::NotNow) << said.why;
  open(database);
  EXPECT_EQ(write(database, row_for_tests({})).answer, Answer::Written);
}

TEST_F(Postgres, NobodyThereIsNotNow) {
  PostgresOptions nowhere = postgres_options();
  nowhere.database = "host=127.0.0.1 port=1";
  PostgresDatabase database(nowhere, mapping_);
  Said said = database.open(position_);
  EXPECT_EQ(said.answer, Answer::NotNow);
  EXPECT_EQ(said.code, "connection");
  const Row row = row_for_tests({});
  said = write(database, row);
  EXPECT_EQ(said.answer, Answer::NotNow);
}

TEST_F(Postgres, ALoginThatIsRefusedIsForSomebodyToMend) {
  PostgresOptions wrong = postgres_options();
  wrong.database += " dbname=nowhere";
  PostgresDatabase database(wrong, mapping_);
  const Said said = database.open(position_);
  EXPECT_EQ(said.answer, Answer::Never);
  EXPECT_EQ(said.code, "3D000");
  EXPECT_THAT(said.why,
              HasSubstr("\"nowhere\" does not exist (3D000): see `database` of the file"));
}

TEST_F(Postgres, WrongNamesAreForSomebodyToMend) {
  Mapping table = mapping_;
  table.table = "nowhere.appointments";
  EXPECT_EQ(PostgresDatabase(postgres_options(), table).open(position_).answer, Answer::Never);
  Mapping column = mapping_;
  column.columns.back().name = "colour";
  const Said said = PostgresDatabase(postgres_options(), column).open(position_);
  EXPECT_EQ(said.answer, Answer::Never);
  EXPECT_THAT(said.why, HasSubstr("colour"));
}

TEST_F(Postgres, AConstraintThatIsCheckedAtTheEndRefusesToo) {
  Clerk().ask("CREATE TABLE IF NOT EXISTS centres (ctr_cd varchar(64) PRIMARY KEY)");
  Clerk().ask(
      "ALTER TABLE appointments ADD CONSTRAINT of_a_centre FOREIGN KEY (ctr_cd) "
      "REFERENCES centres DEFERRABLE INITIALLY DEFERRED");
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  const Said said = write(database, row_for_tests({}));
  EXPECT_EQ(said.answer, Answer::Refused);
  EXPECT_EQ(said.code, "23503");
  Clerk().ask("INSERT INTO centres VALUES ('site-7')");
  EXPECT_EQ(write(database, row_for_tests({})).answer, Answer::Written);
  Clerk().ask("DROP TABLE centres CASCADE");
  EXPECT_THAT(world_.table(), ElementsAre(Pair("a1-7", "1 B")));
}

/// Each row is judged by these statements of PL/pgSQL, until the end of the story.
class Judge {
 public:
  explicit Judge(const std::string& statements) {
    Clerk().ask(
        "CREATE OR REPLACE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS "
        "$judge$ BEGIN " +
        statements + " RETURN NEW; END $judge$");
    Clerk().ask(
        "CREATE TRIGGER judge BEFORE INSERT ON appointments FOR EACH ROW EXECUTE FUNCTION "
        "judge()");
  }
  ~Judge() { Clerk().ask("DROP TRIGGER judge ON appointments"); }
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
};

// Any code is a trigger's to choose; the row waited for ever where we did not know it.
TEST_F(Postgres, WhatATriggerSaysIsOfTheRow) {
  const std::map<std::string, std::string> triggers{
      {"P0001", "IF NEW.dose_no = 1 THEN RAISE EXCEPTION 'no'; END IF;"},
      {"U0001", "IF NEW.dose_no = 1 THEN RAISE SQLSTATE 'U0001'; END IF;"},
      {"20000", "CASE NEW.dose_no WHEN 2 THEN NULL; END CASE;"},
      {"21000", "NEW.remark := (SELECT * FROM (VALUES ('a'), ('b')) AS two);"},
      {"38001", "RAISE SQLSTATE '38001';"},
      {"P0004", "ASSERT NEW.dose_no = 2;"},
  };
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  for (const auto& [code, statements] : triggers) {
    const Judge judge(statements);
    const Said said = write(database, row_for_tests({}));
    EXPECT_EQ(said.answer, Answer::Refused) << code << ": " << said.why;
    EXPECT_EQ(said.code, code);
  }
  EXPECT_EQ(write(database, row_for_tests({})).answer, Answer::Written);  // the same session
}

TEST_F(Postgres, NamesAndRightsMayBeOfTheRowOrOfAll) {
  PostgresDatabase database(postgres_options(), mapping_);
  open(database);
  {
    const Judge judge("IF NEW.ctr_cd = 'site-7' THEN PERFORM nowhere(); END IF;");
    const Said said = write(database, row_for_tests({}));
    EXPECT_EQ(said.answer, Answer::Unclear);
    EXPECT_EQ(said.code, "42883") << said.why;
    EXPECT_EQ(write(database, row_for_tests({.site = "site-8"})).answer, Answer::Written);
  }
  Clerk().ask("ALTER TABLE appointments RENAME stat_cd TO state");
  const Said said = write(database, row_for_tests({.version = 2}));
  EXPECT_EQ(said.answer, Answer::Unclear);
  EXPECT_EQ(said.code, "42703") << said.why;
  // Whoever begins anew is told what is missing, and may be in another session then.
  EXPECT_THAT(database.open(position_).why, HasSubstr("no column stat_cd"));
  Clerk().ask("ALTER TABLE appointments RENAME state TO stat_cd");
  open(database);
  EXPECT_EQ(write(database, row_for_tests({.version = 2})).answer, Answer::Written);
}

// 42501 either way: a policy's of one row, the table's of all.
TEST_F(Postgres, ARowThatAPolicyForbidsIsUnclear) {
  Clerk().ask("CREATE ROLE poor");
  Clerk().ask("GRANT USAGE ON SCHEMA jari TO poor");
  Clerk().ask("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA jari, public TO poor");
  Clerk().ask("ALTER TABLE appointments ENABLE ROW LEVEL SECURITY");
  Clerk().ask("CREATE POLICY seoul ON appointments USING (ctr_cd <> 'site-7')");
  PostgresOptions poor = postgres_options();
  poor.database += " options='-c role=poor'";
  PostgresDatabase database(poor, mapping_);
  open(database);
  const Said said = write(database, row_for_tests({}));
  EXPECT_EQ(said.answer, Answer::Unclear);
  EXPECT_EQ(said.code, "42501") << said.why;
  EXPECT_EQ(write(database, row_for_tests({.site = "site-8"})).answer, Answer::Written);
  Clerk().ask("REVOKE INSERT ON appointments FROM poor");
  EXPECT_EQ(write(database, row_for_tests({.site = "site-8"})).code, "42501");
  Clerk().ask("DROP POLICY seoul ON appointments");
  Clerk().ask("ALTER TABLE appointments DISABLE ROW LEVEL SECURITY");
  Clerk().ask("DROP OWNED BY poor");
  Clerk().ask("DROP ROLE poor");
}

// Two lock the same two rows crosswise. The server ends whoever's wait is looked at first: ours.
TEST_F(Postgres, WhoLosesADeadlockWritesInTheSameSessionAfterwards) {
  PostgresOptions patient = postgres_options();
  patient.lock_timeout = milliseconds{30'000};
  PostgresOptions ours = patient;
  ours.database += " options='-c deadlock_timeout=3s'";
  PostgresDatabase database(ours, mapping_);
  open(database);
  const std::array before{row_for_tests({}), row_for_tests({.appointment = "a1-8"})};
  for (const Row& row : before) ASSERT_EQ(write(database, row).answer, Answer::Written);
  PostgresSession clerk;
  ASSERT_FALSE(clerk.connect(patient));
  ASSERT_FALSE(clerk.ask("SET deadlock_timeout = '1min'"));
  clerk.send("BEGIN");
  clerk.send("UPDATE appointments SET remark = 'hers' WHERE appt_no = 'a1-8'");
  ASSERT_FALSE(clerk.collect());
  const std::array rows{row_for_tests({.version = 2}),
                        row_for_tests({.appointment = "a1-8", .version = 2})};
  const Batch batch{{&rows[0], &rows[1]}, {}, {}};
  database.prepare(batch);
  database.send();
  bool waits = false;
  for (int i = 0; i < 5000 && !waits; ++i) {
    Clerk().ask("SELECT FROM pg_locks WHERE NOT granted", [&](const Cells&) { waits = true; });
  }
  clerk.send("UPDATE appointments SET remark = 'hers' WHERE appt_no = 'a1-7'");
  clerk.flush();
  const Said said = database.finish();
  EXPECT_EQ(said.answer, Answer::NotNow);
  EXPECT_EQ(said.code, "40P01") << said.why;
  ASSERT_FALSE(clerk.collect());
  ASSERT_FALSE(clerk.ask("COMMIT"));
  database.prepare(batch);
  database.send();
  EXPECT_EQ(database.finish().answer, Answer::Written);
  EXPECT_THAT(world_.table(), ElementsAre(Pair("a1-7", "2 B"), Pair("a1-8", "2 B")));
}

}  // namespace
}  // namespace jari::legacy
