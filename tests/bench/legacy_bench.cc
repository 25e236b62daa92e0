// Rows a second into a real PostgreSQL: `jari sync` from an embedded log, against the database's
// own COPY and against inserts of single rows, into the same table with the same indexes, in turn;
// then a second version of each row by the sync; and `jari reconcile` of all of them, in a process
// of its own (`--jari PROGRAM`, else the one of build/release). Run it by
// `ops/legacy run -- build/release/legacy_bench`.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>
#include <sys/resource.h>
#include <unistd.h>

#include "consumers/legacy/postgres_database.h"
#include "consumers/legacy/sync.h"
#include "tests/bench/legacy_rows.h"
#include "tests/bench/own_process.h"
#include "tests/consumers/legacy/legacy_world.h"

namespace jari::legacy {
namespace {

struct Settings {
  int rows = 100'000;
  int rounds = 3;
  int singles = 2'000;
  bool only_reconciles = false;
  std::string jari = "build/release/jari";
  std::string dir = "build/legacy-bench";
};

double seconds_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/// Of one process, and of its children that have ended; 0 where it has just ended itself.
double cpu_seconds_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::ostringstream all;
  all << file.rdbuf();  // of one that ends meanwhile the iterators of a stream would throw
  const std::string text = all.str();
  if (text.empty()) return 0;
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string passed;
  for (int i = 0; i < 11; ++i) fields >> passed;  // state to cmajflt
  double ticks = 0;
  for (int i = 0; i < 4; ++i) {  // utime, stime, cutime, cstime
    double one = 0;
    fields >> one;
    ticks += one;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Of the database and all that it has started: what a busy machine does not change much.
double server_cpu_seconds() {
  const char* const dir = std::getenv("JARI_LEGACY_DIR");
  std::string pid;
  std::ifstream(std::string{dir == nullptr ? "" : dir} + "/pid") >> pid;
  double seconds = cpu_seconds_of(pid);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  for (std::string child; children >> child;) seconds += cpu_seconds_of(child);
  return seconds;
}

PostgresOptions postgres() {
  const char* const database = std::getenv("JARI_LEGACY_DATABASE");
  if (database == nullptr) {
    std::fprintf(stderr, "run it by `ops/legacy run -- build/release/legacy_bench`\n");
    std::exit(2);
  }
  PostgresOptions options;
  options.database = database;
  options.application = "jari bench";
  options.answer_timeout = milliseconds{600'000};
  return options;
}

void ask(const std::string& sql, const Visit& visit = {}) {
  PostgresSession session;
  auto failed = session.connect(postgres());
  if (!failed) failed = session.ask(sql, {}, visit);
  if (!failed) return;
  std::fprintf(stderr, "%s: %s\n", sql.c_str(), failed->text.c_str());
  std::exit(1);
}

/// As before the first row; no trigger: none of the three has to pay for it.
void empty_table() {
  ask("ALTER TABLE appointments DISABLE TRIGGER ALL");
  ask("TRUNCATE appointments, jari.sync_places, jari.sync_streams, jari.dead_letters, "
      "jari.versions");
  ask("CHECKPOINT");
}

/// The rows stay as they are, for another log.
void forget_position() {
  ask("TRUNCATE jari.sync_places, jari.sync_streams");
  ask("CHECKPOINT");
}

void expect_rows(int rows, int version) {
  int found = 0;
  ask("SELECT count(*) FROM appointments WHERE ver_no = " + std::to_string(version),
      [&](const Cells& cells) { found = number_of<int>(cells[0]); });
  if (found == rows) return;
  std::fprintf(stderr, "the table has %d rows, not %d\n", found, rows);
  std::exit(1);
}

double sync_rows(Log& log, const Mapping& mapping) {
  PostgresDatabase database(postgres(), mapping);
  const auto clock = [] {
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    return Moment{Booked{}.as_of, std::chrono::duration_cast<milliseconds>(steady), 0};
  };
  Sync sync({log, [] { return Result<void>{}; }, database, mapping, clock,
             [](const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); }},
            {});
  const double begun = seconds_now();
  while (true) {
    CHECK(sync.step().has_value());
    if (sync.is_idle() && sync.figures().written > 0 && sync.figures().lag_records == 0) break;
  }
  return seconds_now() - begun;
}

/// Lines as COPY takes them, made before the clock runs.
std::vector<std::string> lines_for_copy(int rows) {
  std::vector<std::string> lines;
  for (int i = 0; i < rows; ++i) {
    const Row row = row_for_tests(booked(i));
    std::string line;
    for (const Value& value : row.values)
      line += (line.empty() ? "" : "\t") + value.value_or("\\N");
    lines.push_back(line + "\n");
  }
  return lines;
}

std::string column_names(const Mapping& mapping) {
  std::string names;
  for (const Column& column : mapping.columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

/// COPY in transactions as large as the sync's: 1,000 rows.
double copy_rows(const std::vector<std::string>& lines, const Mapping& mapping,
                 std::size_t at_once) {
  PGconn* const connection = PQconnectdb(postgres().database.c_str());
  const std::string sql = "COPY appointments (" + column_names(mapping) + ") FROM STDIN";
  const double begun = seconds_now();
  for (std::size_t i = 0; i < lines.size(); i += at_once) {
    PQclear(PQexec(connection, sql.c_str()));
    std::string all;
    for (std::size_t j = i; j < std::min(lines.size(), i + at_once); ++j) all += lines[j];
    PQputCopyData(connection, all.data(), static_cast<int>(all.size()));
    PQputCopyEnd(connection, nullptr);
    while (PGresult* const result = PQgetResult(connection)) PQclear(result);
  }
  const double took = seconds_now() - begun;
  PQfinish(connection);
  return took;
}

double insert_single_rows(int rows, const Mapping& mapping) {
  std::string places;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    places += (i == 0 ? "$" : ", $") + std::to_string(i + 1);
  }
  PGconn* const connection = PQconnectdb(postgres().database.c_str());
  const std::string sql =
      "INSERT INTO appointments (" + column_names(mapping) + ") VALUES (" + places + ")";
  PQclear(PQprepare(connection, "one", sql.c_str(), 0, nullptr));
  const double begun = seconds_now();
  for (int i = 0; i < rows; ++i) {
    const Row row = row_for_tests(booked(i));
    std::vector<const char*> values;
    for (const Value& value : row.values) values.push_back(value->c_str());
    PQclear(PQexecPrepared(connection, "one", static_cast<int>(values.size()), values.data(),
                           nullptr, nullptr, 0));
  }
  const double took = seconds_now() - begun;
  PQfinish(connection);
  return took;
}

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

/// Of what each round says: both of its halves were as much disturbed.
double median_quotient(const std::vector<double>& one, const std::vector<double>& other) {
  std::vector<double> all;
  for (std::size_t i = 0; i < one.size(); ++i) all.push_back(one[i] / other[i]);
  return median(all);
}

/// Rounds of one way to write rows.
struct Way {
  const char* what;
  int version = 1;  // later ones are written over those before
  std::vector<double> a_second = {};
  std::vector<double> cpu_us = {};  // of the database, a row
  template <class Write>
  void measure(int rows, const Write& write) {
    version == 1 ? empty_table() : forget_position();
    const double before = server_cpu_seconds();
    a_second.push_back(rows / write());
    cpu_us.push_back((server_cpu_seconds() - before) * 1e6 / rows);
    expect_rows(rows, version);
  }
  /// Held against COPY in transactions like the sync's, and against one COPY of all.
  void print(const Way& copy, const Way& copy_all) const {
    std::printf(
        "%-38s %9.0f rows/s  %5.2f of COPY by 1,000  %5.2f of one COPY  %6.1f us of the "
        "database's CPU a row\n",
        what, median(a_second), median_quotient(a_second, copy.a_second),
        median_quotient(a_second, copy_all.a_second), median(cpu_us));
  }
};

void measure_rows(const Settings& settings, LogOfRows& rows, const Mapping& mapping) {
  LogOfRows changes(settings.dir + "/changes", settings.rows, 2);
  const auto lines = lines_for_copy(settings.rows);
  Way copy{"COPY, 1,000 rows a transaction"};
  Way copy_all{"COPY, all rows in one transaction"};
  Way sync{"jari sync, 1,000 rows a transaction"};
  Way later{"jari sync, their second versions", 2};
  Way single{"INSERT, a row a transaction"};
  double cpu = 0;
  for (int round = 0; round < settings.rounds; ++round) {
    copy.measure(settings.rows, [&] { return copy_rows(lines, mapping, 1000); });
    copy_all.measure(settings.rows, [&] { return copy_rows(lines, mapping, lines.size()); });
    const double before = cpu_seconds();
    sync.measure(settings.rows, [&] { return sync_rows(rows.log(), mapping); });
    cpu += cpu_seconds() - before;
    later.measure(settings.rows, [&] { return sync_rows(changes.log(), mapping); });
    single.measure(settings.singles, [&] { return insert_single_rows(settings.singles, mapping); });
  }
  for (const Way* way : {&copy, &copy_all, &sync, &later, &single}) way->print(copy, copy_all);
  std::printf("CPU of jari sync: %.1f us a row, its log included\n",
              cpu * 1e6 / settings.rounds / settings.rows);
}

void write_all_but_one(LogOfRows& rows, const Mapping& mapping) {
  empty_table();
  (void)sync_rows(rows.log(), mapping);
  ask("VACUUM ANALYZE appointments");
  ask("UPDATE appointments SET slot_no = 'xx' WHERE appt_no = '" + booked(7).appointment + "'");
}

/// The program, in a process of its own, which finds the one that differs.
void reconcile_with(const Settings& settings) {
  const std::string said = settings.dir + "/said";
  const auto ran =
      bench::run_program({settings.jari, "reconcile", "--data", settings.dir, "--legacy",
                          "ops/examples/legacy.toml", "--legacy-database", postgres().database},
                         said);
  std::ifstream file(said);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string all = "compared " + std::to_string(settings.rows) + " appointments";
  if (text.find(all) == std::string::npos || text.find(", 1 differs") == std::string::npos) {
    std::fprintf(stderr, "it did not find the one that differs: %s\n", text.c_str());
    std::exit(1);
  }
  std::printf("%sjari reconcile in a process of its own: %.1f s, %.1f s of CPU, %.0f MB at most\n",
              text.c_str(), ran.seconds, ran.cpu_seconds, ran.resident_mb);
}

Settings settings_of(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "0";
    if (name == "--only-reconcile") settings.only_reconciles = true;
    if (name == "--rows") settings.rows = std::atoi(value);
    if (name == "--rounds") settings.rounds = std::atoi(value);
    if (name == "--dir") settings.dir = value;
    if (name == "--jari") settings.jari = value;
  }
  settings.singles = std::min(settings.singles, settings.rows);
  return settings;
}

int measure(int argc, char** argv) {
  const Settings settings = settings_of(argc, argv);
  std::filesystem::remove_all(settings.dir);
  bench::in_a_child([&] {
    const Mapping mapping = mapping_for_tests();
    LogOfRows rows(settings.dir, settings.rows);
    if (!settings.only_reconciles) measure_rows(settings, rows, mapping);
    write_all_but_one(rows, mapping);
    std::fflush(stdout);
  });
  reconcile_with(settings);
  std::filesystem::remove_all(settings.dir);
  return 0;
}

}  // namespace
}  // namespace jari::legacy

int main(int argc, char** argv) {
  return jari::legacy::measure(argc, argv);
}
