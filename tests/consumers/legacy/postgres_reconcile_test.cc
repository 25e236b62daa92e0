// Rows that somebody has tampered with, in a real PostgreSQL: exactly those are found, and mended.

#include <set>

#include "consumers/legacy/postgres_table.h"
#include "consumers/legacy/reconcile.h"
#include "consumers/legacy/sync.h"
#include "tests/consumers/legacy/postgres_world.h"

namespace jari::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class Reconciled : public ::testing::TestWithParam<bool> {
 protected:
  Reconciled() : world_(mapping_) {
    for (int i = 0; i < 300; ++i) {
      Booked booked;
      booked.appointment = "a1-" + std::to_string(i);
      booked.site = "site-" + std::to_string(i % 5);
      booked.starts_at = booked.starts_at + std::chrono::hours{24 * (i % 7)};
      bookings_.say(booked, static_cast<PartitionNo>(i % 4));
    }
    for (const int i : {4, 5, 6}) {
      Booked booked;
      booked.appointment = "a1-" + std::to_string(i);
      booked.version = 2;
      booked.state = AppointmentState::Cancelled;
      bookings_.say(booked, static_cast<PartitionNo>(i % 4));
    }
    write();
  }
  static Mapping mapping() { return GetParam() ? mapping_for_tests() : mapping_without_version(); }
  void write() {
    const auto database = world_.program();
    Moment now{Booked{}.as_of, milliseconds{1}, 0};
    Sync sync({bookings_.log(), [] { return Result<void>{}; }, *database, mapping_,
               [&] { return now; }, [](const std::string& what) { FAIL() << what; }},
              {});
    for (int i = 0; i < 10'000; ++i) {
      const auto wait = sync.step();
      ASSERT_TRUE(wait.has_value());
      now.steady += *wait + milliseconds{1};
      if (sync.is_idle() && sync.figures().lag_records == 0) return;
    }
    FAIL() << "not written";
  }
  /// `what appointment`, each.
  std::multiset<std::string> differences(bool repairs = false) {
    PostgresTable table(postgres_options(), mapping_);
    Reconcile reconcile(bookings_.log(), table, mapping_);
    std::multiset<std::string> found;
    auto compared = reconcile.compare([&](const Different& one) {
      found.insert(std::string{to_text(one.what)} + " " + one.appointment);
    });
    EXPECT_TRUE(compared.has_value()) << compared.error().detail;
    groups_different_ = reconcile.groups_different();
    EXPECT_EQ(reconcile.appointments(), 300U);
    if (!repairs) return found;
    refused_.clear();
    auto repaired = reconcile.repair([&](const std::string& appointment, const Said& said) {
      refused_.insert(appointment + ": " + said.why);
    });
    EXPECT_TRUE(repaired.has_value()) << repaired.error().detail;
    repaired_ = reconcile.repaired();
    return found;
  }

  SyncLog bookings_;
  Mapping mapping_ = mapping();
  PostgresWorld world_;
  std::size_t groups_different_ = 0;
  std::uint64_t repaired_ = 0;
  std::multiset<std::string> refused_;  // by the last repair
};

TEST_P(Reconciled, NothingDiffersWhereNobodyTouchedIt) {
  EXPECT_THAT(differences(), IsEmpty());
  EXPECT_EQ(groups_different_, 0U);
}

TEST_P(Reconciled, FindsExactlyWhatWasTamperedWithAndMendsIt) {
  const auto before = world_.whole_table();
  Clerk().ask("DELETE FROM appointments WHERE appt_no = 'a1-10'");
  Clerk().ask("UPDATE appointments SET stat_cd = 'C' WHERE appt_no = 'a1-20'");
  Clerk().ask("UPDATE appointments SET ctr_cd = 'site-9' WHERE appt_no = 'a1-30'");
  Clerk().ask("UPDATE appointments SET appt_dt = appt_dt + 1 WHERE appt_no = 'a1-40'");
  Clerk().ask("UPDATE appointments SET upd_ts = upd_ts + interval '1 h' WHERE appt_no = 'a1-50'");
  Clerk().ask(
      "INSERT INTO appointments SELECT 'a3-999', prog_cd, pers_ref, ctr_cd, slot_no, "
      "vac_cd, dose_no, appt_dt, appt_tm, stat_cd, canc_cd, ver_no, upd_ts, src_cd "
      "FROM appointments WHERE appt_no = 'a1-60'");
  Clerk().ask("UPDATE appointments SET remark = 'a clerk may say so' WHERE appt_no = 'a1-70'");
  Clerk().ask(
      "INSERT INTO appointments SELECT 'old-1', prog_cd, pers_ref, ctr_cd, slot_no, "
      "vac_cd, dose_no, appt_dt, appt_tm, stat_cd, canc_cd, ver_no, upd_ts, 'CLERK' "
      "FROM appointments WHERE appt_no = 'a1-60'");
  EXPECT_THAT(differences(true),
              UnorderedElementsAre("missing a1-10", "changed a1-20", "changed a1-30",
                                   "changed a1-40", "changed a1-50", "extra a3-999"));
  EXPECT_EQ(repaired_, 5U);
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_THAT(differences(), ElementsAre("extra a3-999"));
  Clerk().ask("DELETE FROM appointments WHERE appt_no IN ('a3-999', 'old-1')");
  EXPECT_THAT(differences(), IsEmpty());
  EXPECT_EQ(world_.whole_table(), before);
}

TEST_P(Reconciled, AnOlderVersionIsStale) {
  if (GetParam()) {
    Clerk().ask(
        "UPDATE appointments SET ver_no = 1, stat_cd = 'B', canc_cd = ' ' "
        "WHERE appt_no = 'a1-5'");
    Clerk().ask("UPDATE appointments SET ver_no = 9 WHERE appt_no = 'a1-6'");
  } else {
    Clerk().ask("UPDATE appointments SET stat_cd = 'B', canc_cd = ' ' WHERE appt_no = 'a1-5'");
    Clerk().ask("UPDATE jari.versions SET version = 1 WHERE appointment = 'a1-5'");
    Clerk().ask("UPDATE appointments SET ver_no = 9 WHERE appt_no = 'a1-6'");
  }
  EXPECT_THAT(differences(true), UnorderedElementsAre("stale a1-5", "changed a1-6"));
  EXPECT_THAT(differences(), IsEmpty());
}

TEST_P(Reconciled, NoVersionIsOlderThanAny) {
  Clerk().ask("ALTER TABLE appointments ALTER ver_no DROP NOT NULL");
  Clerk().ask("UPDATE appointments SET ver_no = NULL WHERE appt_no IN ('a1-5', 'a1-20', 'a1-21')");
  if (!GetParam()) Clerk().ask("DELETE FROM jari.versions WHERE appointment IN ('a1-5', 'a1-20')");
  Booked next{.appointment = "a1-21", .version = 2, .site = "site-1"};
  bookings_.say(next, 1);
  write();
  EXPECT_THAT(differences(true), UnorderedElementsAre("stale a1-5", "stale a1-20"));
  EXPECT_EQ(repaired_, 2U);
  EXPECT_THAT(differences(), IsEmpty());
  Clerk().ask("ALTER TABLE appointments ALTER ver_no SET NOT NULL");
}

TEST_P(Reconciled, WhatATriggerSwallowsOrChangesIsNotRepaired) {
  Clerk().ask(
      "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.appt_no = 'a1-10' THEN RETURN NULL; END IF; "
      "IF NEW.appt_no = 'a1-20' THEN NEW.slot_no := 'xx'; END IF; RETURN NEW; END $$");
  Clerk().ask(
      "CREATE TRIGGER swallow BEFORE INSERT OR UPDATE ON appointments FOR EACH ROW "
      "EXECUTE FUNCTION swallow()");
  Clerk().ask("DELETE FROM appointments WHERE appt_no IN ('a1-10', 'a1-20', 'a1-30')");
  EXPECT_THAT(differences(true),
              UnorderedElementsAre("missing a1-10", "missing a1-20", "missing a1-30"));
  EXPECT_EQ(repaired_, 1U);
  EXPECT_THAT(refused_, ElementsAre(StartsWith("a1-10: it was written without an error"),
                                    StartsWith("a1-20: it was written without an error")));
  EXPECT_THAT(differences(), UnorderedElementsAre("missing a1-10", "changed a1-20"));
  Clerk().ask("DROP TRIGGER swallow ON appointments");
  Clerk().ask("DROP FUNCTION swallow");
  EXPECT_THAT(differences(true), UnorderedElementsAre("missing a1-10", "changed a1-20"));
  EXPECT_EQ(repaired_, 2U);
  EXPECT_THAT(differences(), IsEmpty());
}

TEST_P(Reconciled, ACodeIsWhatTheTypeOfItsColumnMakesOfIt) {
  Clerk().ask("ALTER TABLE appointments ADD is_on boolean, ADD prog_no integer, ADD src_no bigint");
  mapping_.columns.push_back(
      {.name = "is_on",
       .field = Field::State,
       .values = {{"booked", "t"}, {"cancelled", "F"}, {"attended", "on"}, {"missed", "1"}}});
  mapping_.columns.push_back({.name = "prog_no",
                              .field = Field::Programme,
                              .values = {{"flu", "01"}, {"never", "no number"}}});
  mapping_.columns.push_back({.name = "src_no", .field = std::nullopt, .constant = "007"});
  EXPECT_EQ(differences(true).size(), 300U);
  EXPECT_EQ(repaired_, 300U);
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_THAT(differences(), IsEmpty());
  Clerk().ask("UPDATE appointments SET is_on = NOT is_on WHERE appt_no = 'a1-20'");
  Clerk().ask("UPDATE appointments SET prog_no = 2 WHERE appt_no = 'a1-30'");
  EXPECT_THAT(differences(), UnorderedElementsAre("changed a1-20", "changed a1-30"));
  Clerk().ask("ALTER TABLE appointments DROP is_on, DROP prog_no, DROP src_no");
}

TEST_P(Reconciled, WhatIsNotWrittenYetIsNoDifference) {
  bookings_.say({.appointment = "a1-7", .version = 2}, 3);
  EXPECT_THAT(differences(), IsEmpty());  // as of what was written
  write();
  EXPECT_THAT(differences(), IsEmpty());
}

TEST_P(Reconciled, ADeadLetterIsListedAndNothingElseOfIt) {
  bookings_.say({.appointment = "a1-7", .version = 2, .dose = 0}, 3);
  const auto database = world_.program();
  Moment now{Booked{}.as_of, milliseconds{1}, 0};
  Sync sync({bookings_.log(), [] { return Result<void>{}; }, *database, mapping_,
             [&] { return now; }, [](const std::string&) {}},
            {});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(sync.step().has_value());
    now.steady += milliseconds{100};
  }
  EXPECT_THAT(differences(true), ElementsAre("refused a1-7"));
  EXPECT_THAT(differences(), ElementsAre("refused a1-7"));
}

TEST_P(Reconciled, AnEmptyTableIsMadeAgain) {
  const auto before = world_.whole_table();
  Clerk().ask("DELETE FROM appointments");
  EXPECT_EQ(differences(true).size(), 300U);
  EXPECT_EQ(world_.whole_table(), before);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutAVersionColumn, Reconciled, ::testing::Bool());

}  // namespace
}  // namespace jari::legacy
