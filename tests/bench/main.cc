// What Jari does in a second on this machine: see ops/bench --help.

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "tests/bench/audit_bench.h"
#include "tests/bench/engine_bench.h"
#include "tests/bench/growth.h"
#include "tests/bench/http_bench.h"
#include "tests/bench/machine.h"
#include "tests/bench/overload.h"
#include "tests/bench/request_ids.h"
#include "tests/bench/restarts.h"
#include "tests/bench/rows.h"

namespace jari::bench {
namespace {

constexpr std::size_t kQuickRounds = 3;
constexpr std::size_t kQuickRequests = 20'000;

void run(const Settings& settings) {
  Figures figures;
  std::unique_ptr<HttpBench> http;
  if (!settings.jari.empty()) {
    std::cerr << "writing out the requests over HTTP\n";
    http = std::make_unique<HttpBench>(settings);
  }
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    std::cerr << "round " << round + 1 << " of " << settings.rounds << '\n';
    bench_machine(settings, figures);
    bench_engine(settings, round, figures);
    if (http) http->run(figures);
  }
  figures.print(std::cout);
  if (!settings.json.empty()) figures.write_json(settings.json, settings.is_quick);
}

/// What is measured instead of the figures.
struct Instead {
  std::size_t overload_seconds = 0;
  std::string overload_of = "tickets";
  std::vector<std::size_t> people;
  std::size_t restarted_people = 0;
  std::vector<std::string> last_words;
  std::size_t audited_records = 0;
  std::string audited_log;
  std::size_t request_ids = 0;
};

void add_options(CLI::App& app, Settings& settings, Instead& instead) {
  app.add_option("--dir", settings.dir,
                 "Where logs are made, and removed: the disk that is synced");
  app.add_option("--json", settings.json, "Writes the figures there, too");
  app.add_option("--jari", settings.jari, "The program whose HTTP is measured (else none is)");
  app.add_option("--only", settings.only, "Figures whose name has this text");
  app.add_option("--rounds", settings.rounds,
                 "Medians are of so many rounds (quick: 3; --restarts, unless it is given: 1)")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--requests", settings.requests, "Of each figure in a round (quick: 20000)")
      ->capture_default_str()
      ->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--overload", instead.overload_seconds,
                 "Instead: asks for ten times what it can do, for so many seconds (needs --jari)");
  app.add_option("--overload-of", instead.overload_of, "What it is asked for then")
      ->capture_default_str()
      ->check(CLI::IsMember({"tickets", "bookings", "both"}));
  app.add_option("--growth", instead.people,
                 "Instead: what a booking, a person and a start cost with so many people in the "
                 "state, as 100000,1000000")
      ->delimiter(',')
      ->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--restarts", instead.restarted_people,
                 "Instead: how long a start takes with so many people and 1, 3 and 10 times the "
                 "records, and after kill -9")
      ->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--and-die", instead.last_words, "What --restarts starts to be killed")
      ->expected(4)
      ->group("");
  app.add_option("--audit", instead.audited_records,
                 "Instead: how long the audit of a log of so many records takes (needs --jari)")
      ->check(CLI::Range(100'000, 1'000'000'000));
  app.add_option("--audit-log", instead.audited_log,
                 "Where that log is made and kept, or is already (default: made and removed)");
  app.add_option("--request-ids", instead.request_ids,
                 "Instead: what so many remembered request ids take, and cost (the tables alone)")
      ->check(CLI::Range(10'000, 100'000'000));
  app.add_flag("--quick", settings.is_quick, "Fewer and shorter rounds: a first impression");
}

std::vector<OverloadOf> overload_of(const Instead& instead) {
  if (instead.overload_of == "both") return {OverloadOf::Tickets, OverloadOf::Bookings};
  return {instead.overload_of == "tickets" ? OverloadOf::Tickets : OverloadOf::Bookings};
}

/// Writes what was measured, too; what was until then, where it failed.
template <class Bench>
void measure_instead(const char* name, const Settings& settings, const Bench& bench) {
  Rows rows(name, settings.json);
  try {
    bench(rows);
  } catch (const std::runtime_error& failed) {
    rows.write(failed.what());
    throw;
  }
  rows.write();
}

void measure(const Settings& settings, const Instead& instead) {
  if (!instead.last_words.empty()) {
    cancel_and_book_and_die(instead.last_words);
  } else if (instead.restarted_people > 0) {
    measure_instead("restarts", settings,
                    [&](Rows& rows) { bench_restarts(settings, instead.restarted_people, rows); });
  } else if (instead.audited_records > 0) {
    measure_instead("audit", settings, [&](Rows& rows) {
      bench_audit(settings, instead.audited_records, instead.audited_log, rows);
    });
  } else if (instead.request_ids > 0) {
    measure_instead("request-ids", settings,
                    [&](Rows& rows) { bench_request_ids(instead.request_ids, rows); });
  } else if (instead.overload_seconds > 0) {
    measure_instead("overload", settings, [&](Rows& rows) {
      bench_overload(settings, instead.overload_seconds, overload_of(instead), rows);
    });
  } else if (!instead.people.empty()) {
    measure_instead("growth", settings,
                    [&](Rows& rows) { bench_growth(settings, instead.people, rows); });
  } else {
    run(settings);
  }
}

/// Which of the measurements that stand instead has no rounds; empty: all that is asked for has.
std::string without_rounds(const CLI::App& app) {
  for (const char* one : {"--growth", "--overload", "--request-ids"}) {
    if (app.count(one) > 0) return one;
  }
  return {};
}

}  // namespace
}  // namespace jari::bench

int main(int argc, char** argv) {
  jari::bench::Settings settings;
  jari::bench::Instead instead;
  settings.dir = std::filesystem::temp_directory_path();
  CLI::App app(
      "Measures Jari: bookings, tickets and status reads a second, durable where written.");
  jari::bench::add_options(app, settings, instead);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  const bool has_rounds = app.count("--rounds") > 0;
  if (const auto which = jari::bench::without_rounds(app); has_rounds && !which.empty()) {
    std::cerr << "--rounds does not go with " << which
              << ", which measures once and has no median: run it several times instead\n";
    return 2;
  }
  if (settings.is_quick && !has_rounds) settings.rounds = jari::bench::kQuickRounds;
  if (app.count("--restarts") > 0 && !has_rounds) settings.rounds = 1;
  if (settings.is_quick && app.count("--requests") == 0) {
    settings.requests = jari::bench::kQuickRequests;
  }
  try {
    std::filesystem::create_directories(settings.dir);
    jari::bench::measure(settings, instead);
  } catch (const std::runtime_error& failed) {
    std::cerr << failed.what() << '\n';
    return 1;
  }
  return 0;
}
