// jari reconcile: the appointments of the log against the old table, and what differs.

#include <iostream>
#include <map>
#include <memory>

#include "consumers/legacy/postgres_table.h"
#include "consumers/legacy/reconcile.h"
#include "engine/base/printable.h"
#include "ops/jari/commands.h"
#include "ops/jari/legacy_settings.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

struct ReconcileSettings {
  LogSource source;
  std::string legacy_file;
  std::string database;
  bool repairs = false;
};

int say(const std::string& why, int exit_code) {
  std::cerr << "jari reconcile: " << printable(why) << '\n';
  return exit_code;
}

/// Clerks' own rows, and those that somebody has tampered with, may have version 0.
std::string version_text(bool is_there, std::uint64_t version) {
  return is_there ? std::to_string(version) : "none";
}

void print(const legacy::Different& one) {
  using enum legacy::Difference;
  const bool is_row = one.what == Extra || one.what == Stale || one.what == Changed;
  std::cout << legacy::to_text(one.what) << ' ' << printable(one.appointment) << " version "
            << version_text(one.what != Extra, one.version) << " table "
            << version_text(is_row || one.old_version != 0, one.old_version) << " at "
            << printable(one.group) << '\n';
}

int repair(legacy::Reconcile& reconcile, std::uint64_t differences) {
  std::uint64_t refused = 0;
  const auto repaired =
      reconcile.repair([&](const std::string& appointment, const legacy::Said& said) {
        ++refused;
        std::cerr << appointment << ": " << printable(said.why) << '\n';
      });
  if (!repaired) return say(repaired.error().detail, 1);
  std::cout << "repaired " << reconcile.repaired() << ", refused " << refused << '\n';
  return reconcile.repaired() == differences ? 0 : 1;
}

int compare(const ReconcileSettings& settings) {
  require_log(settings.source, "--data or --kafka-brokers");
  const auto file = read_legacy_settings(settings.legacy_file);
  if (!file) return say(file.error().detail, 2);
  auto beside = open_beside(settings.source);
  if (!beside) return say(beside.error().detail, 1);
  legacy::PostgresOptions options;
  options.database = settings.database.empty() ? file->database : settings.database;
  options.application = "jari reconcile";
  options.answer_timeout = milliseconds{600'000};  // one question reads the whole table
  legacy::PostgresTable table(options, file->mapping);
  legacy::Reconcile reconcile(*beside->log, table, file->mapping);
  std::map<legacy::Difference, std::uint64_t> counts;
  const auto compared = reconcile.compare([&](const legacy::Different& one) {
    ++counts[one.what];
    print(one);
  });
  if (!compared) return say(compared.error().detail, 1);
  std::uint64_t differences = 0;
  std::string summary;
  for (const auto& [what, count] : counts) {
    differences += count;
    summary += ", " + std::to_string(count) + " " + std::string{legacy::to_text(what)};
  }
  std::cout << "compared " << reconcile.appointments() << " appointments of "
            << reconcile.groups_compared() << " sites and days, " << differences
            << (differences == 1 ? " differs" : " differ") << summary << '\n';
  if (reconcile.lost() > 0) {
    std::cout << "sync lacks " << reconcile.lost()
              << " rows: what they said is not compared, and a row of the table that is newer than "
                 "the log is `changed` and stays\n";
  }
  if (settings.repairs && differences > 0) return repair(reconcile, differences);
  return differences == 0 ? 0 : 1;
}

}  // namespace

void add_reconcile(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "reconcile",
      "Compares the appointments with the old table, as of what `jari sync` has written: a digest\n"
      "for each site and day, and row by row where that differs. Prints a line for each that is\n"
      "missing, extra, stale (an older version), changed (by hand) or refused (a dead letter).\n"
      "Beside a running service and `jari sync`. Exit 1 where one differs.");
  auto settings = std::make_shared<ReconcileSettings>();
  add_setting(*command, "data", settings->source.data, "The data directory of the service");
  add_kafka_settings(*command, settings->source.kafka);
  add_setting(*command, "legacy", settings->legacy_file, "TOML file, as of `jari sync`")
      ->required();
  add_setting(*command, "legacy-database", settings->database,
              "How to connect, as libpq takes it; over the file's");
  command->add_flag("--repair", settings->repairs,
                    "Writes what is missing, stale or changed again; extra rows stay");
  command->callback([settings, &exit_code] { exit_code = compare(*settings); });
}

}  // namespace jari::ops
