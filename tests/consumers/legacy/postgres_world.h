// tests/consumers/legacy/postgres_world.h — the PostgreSQL that `ops/legacy run` has started for
// the test, as the port's suite needs it, and a clerk who works on it.
//
// Errors:  a statement that fails fails the test.
// Threads: one.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "consumers/legacy/postgres_database.h"
#include "tests/consumers/legacy/database_conformance.h"
#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {

inline PostgresOptions postgres_options() {
  const char* const database = std::getenv("JARI_LEGACY_DATABASE");
  CHECK(database != nullptr);  // run it by `ops/legacy run`
  PostgresOptions options;
  options.database = database;
  options.application = "jari test";
  options.lock_timeout = milliseconds{300};
  return options;
}

/// As if the table said nothing of versions: they are kept beside it.
inline Mapping mapping_without_version() {
  Mapping mapping = mapping_for_tests();
  for (Column& column : mapping.columns) {
    if (column.field != Field::Version) continue;
    column.values = {{"1", "1"}, {"2", "2"}, {"3", "3"}};  // no longer the plain version
  }
  return mapping;
}

/// Another program's session.
class Clerk {
 public:
  Clerk() { CHECK(!session_.connect(postgres_options())); }
  void ask(const std::string& sql, Visit visit = {}) {
    const auto failed = session_.ask(sql, {}, std::move(visit));
    if (failed) ADD_FAILURE() << sql << ": " << failed->text;
  }

 private:
  PostgresSession session_;
};

class PostgresWorld final : public DatabaseWorld {
 public:
  explicit PostgresWorld(Mapping mapping = mapping_for_tests()) : mapping_(std::move(mapping)) {
    Clerk().ask(
        "TRUNCATE appointments, jari.sync_places, jari.sync_streams, jari.dead_letters, "
        "jari.versions");
  }
  std::unique_ptr<Database> program() override {
    return std::make_unique<PostgresDatabase>(postgres_options(), mapping_);
  }
  std::map<std::string, std::string> table() override {
    return read("SELECT appt_no, ver_no || ' ' || stat_cd FROM appointments");
  }
  /// Every column but the clerks' own.
  std::map<std::string, std::string> whole_table() {
    return read(
        "SELECT appt_no, (prog_cd, pers_ref, ctr_cd, slot_no, vac_cd, dose_no, appt_dt, "
        "appt_tm, stat_cd, canc_cd, ver_no, upd_ts, src_cd)::text FROM appointments");
  }

 private:
  static std::map<std::string, std::string> read(const std::string& sql) {
    std::map<std::string, std::string> all;
    Clerk().ask(sql, [&](const Cells& cells) { all[*cells[0]] = *cells[1]; });
    return all;
  }
  Mapping mapping_;
};

}  // namespace jari::legacy
