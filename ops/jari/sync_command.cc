// jari sync: the rows of `sync` into the old database, until it is told to stop; and what became
// of those that the database refused.

#include <iostream>
#include <memory>
#include <utility>

#include "consumers/legacy/postgres_database.h"
#include "consumers/legacy/sync.h"
#include "engine/base/printable.h"
#include "ops/jari/commands.h"
#include "ops/jari/legacy_lag.h"
#include "ops/jari/settings.h"
#include "ops/jari/sync_metrics.h"
#include "ops/jari/sync_settings.h"

namespace jari::ops {
namespace {

constexpr milliseconds kReportEvery{1000};

/// Hours and a bound on the lag pull against each other; here nobody knows whether there is a
/// bound.
void say_of_hours(const legacy::PaceSettings& pace) {
  if (pace.hours.empty()) return;
  (void)say_of_sync(
      "it writes only within its `hours`: outside of them the lag grows, and a `jari serve "
      "--legacy-hold-seconds` of less admits nobody until they come",
      0);
}

/// One thread does all of it; what waits within the database is asked by a handler's flag.
class SyncRun {
 public:
  SyncRun(const SyncSettings& settings, LegacySettings file)
      : settings_(settings), file_(std::move(file)), database_(options(), file_.mapping) {}

  int run() {
    auto beside = open_beside(settings_.source);
    if (!beside) return say_of_sync(beside.error().detail, 1);
    if (settings_.begins_again) {
      if (const auto said = database_.forget(); said.answer != legacy::Answer::Written) {
        return say_of_sync("the position cannot be forgotten: " + said.why, 1);
      }
    }
    legacy::Sync sync({*beside->log, beside->catch_up_durably, database_, file_.mapping, moment_now,
                       [](const std::string& what) { (void)say_of_sync(what, 0); }},
                      file_.pace);
    auto metrics = SyncMetrics::start(settings_.metrics);
    if (!metrics) {
      return say_of_sync(metrics.error().detail,
                         metrics.error().code == ErrorCode::BadArgument ? 2 : 1);
    }
    metrics_ = std::move(*metrics);
    if (!metrics_->address().empty()) std::cout << "metrics on " << metrics_->address() << '\n';
    std::cout << "syncing to " << file_.mapping.table << std::endl;
    say_of_hours(file_.pace);
    return follow(sync);
  }

 private:
  legacy::PostgresOptions options() {
    legacy::PostgresOptions chosen = postgres_options(file_, settings_, "jari sync");
    chosen.while_waiting = [this] { look_up(); };
    return chosen;
  }

  /// While the database is waited for.
  void look_up() {
    if (sync_ == nullptr) return;
    sync_->meanwhile();
    report(sync_->figures());
    (void)nap(signals_, milliseconds{0}, is_told_);
  }

  int follow(legacy::Sync& sync) {
    sync_ = &sync;
    while (true) {
      const auto wait = sync.step();
      if (!wait) return say_of_sync(wait.error().detail, 1);
      if (sync.hopeless()) return say_of_sync(sync.hopeless()->why, 1);
      report(sync.figures());
      const bool is_done = sync.figures().lag_records == 0 && sync.is_idle();
      if (!nap(signals_, *wait, is_told_) || (settings_.is_once && is_done)) break;
      if (std::exchange(is_told_, false)) read_pace_again(sync);
    }
    sync.finish();
    reported_ = milliseconds{0};
    report(sync.figures());
    sync_ = nullptr;
    const bool is_whole = says_what_is_missing(sync.figures());
    return settings_.is_once && !is_whole ? 1 : 0;
  }

  /// In the end, once more. Whether nothing is.
  static bool says_what_is_missing(const legacy::SyncFigures& figures) {
    const std::uint64_t lost = figures.lost - figures.late;
    if (lost == 0 && figures.misfits == 0) return true;
    (void)say_of_sync("in this run rows of sync were given up: " + std::to_string(lost) +
                          ", passed over since they do not continue their stream: " +
                          std::to_string(figures.misfits) +
                          "; what they said the table may lack; see the runbook",
                      0);
    return false;
  }

  /// Once a second: to whoever scrapes, and to the service beside it.
  void report(const legacy::SyncFigures& figures) {
    const legacy::Moment now = moment_now();
    if (now.steady - reported_ < kReportEvery) return;
    reported_ = now.steady;
    metrics_->take(figures);
    if (settings_.source.data.empty()) return;
    const LegacyLag lag{figures.lag_records, figures.lag.count() / 1000,
                        figures.lost - figures.late + figures.misfits};
    const auto written = write_legacy_lag(settings_.source.data, lag, now.wall);
    if (!written && !is_report_lost_) (void)say_of_sync(written.error().detail, 0);
    is_report_lost_ = !written;
  }

  /// Only the pace: another table, or other columns, are for a new start.
  void read_pace_again(legacy::Sync& sync) {
    const auto file = read_legacy_settings(settings_.legacy_file);
    if (!file) {
      (void)say_of_sync("the pace from before still holds: " + file.error().detail, 0);
      return;
    }
    sync.set_pace(file->pace);
    (void)say_of_sync("the pace was read again", 0);
    say_of_hours(file->pace);
  }

  const SyncSettings& settings_;
  LegacySettings file_;
  legacy::PostgresDatabase database_;
  legacy::Sync* sync_ = nullptr;  // while it runs
  const sigset_t signals_ = block_signals();
  bool is_told_ = false;  // to read the pace again
  std::unique_ptr<SyncMetrics> metrics_;
  milliseconds reported_{0};
  bool is_report_lost_ = false;
};

int run_sync(const SyncSettings& settings) {
  require_log(settings.source, "--data or --kafka-brokers");
  auto file = read_legacy_settings(settings.legacy_file);
  if (!file) return say_of_sync(file.error().detail, 2);
  block_signals();  // before any thread
  return SyncRun(settings, std::move(*file)).run();
}

void print_letter(const legacy::Letter& letter) {
  std::cout << letter.appointment << ' ' << letter.version << ' ' << letter.refused_at << ' '
            << letter.waiting << " waiting " << letter.attempts
            << " tried: " << printable(letter.reason) << '\n';
}

int retry_all(legacy::Database& database, const legacy::Mapping& mapping,
              const std::vector<legacy::Letter>& letters) {
  std::size_t mended = 0;
  for (const legacy::Letter& letter : letters) {
    const auto document = legacy::parse_sync_document(letter.document);
    legacy::Said said{legacy::Answer::Refused, "document", letter.reason};
    if (document) said = database.retry(legacy::row_of(mapping, *document, letter.document));
    if (said.answer == legacy::Answer::Written) {
      ++mended;
    } else {
      std::cerr << letter.appointment << ": " << printable(said.why) << '\n';
    }
  }
  std::cout << "mended " << mended << ", refused " << letters.size() - mended << '\n';
  return mended == letters.size() ? 0 : 1;
}

int show_letters(const SyncSettings& settings) {
  const auto file = read_legacy_settings(settings.legacy_file);
  if (!file) return say_of_sync(file.error().detail, 2);
  legacy::PostgresDatabase database(postgres_options(*file, settings, "jari sync"), file->mapping);
  std::vector<legacy::Letter> letters;
  const auto said =
      database.letters([&](const legacy::Letter& letter) { letters.push_back(letter); });
  if (said.answer != legacy::Answer::Written) return say_of_sync(said.why, 1);
  if (settings.retries) return retry_all(database, file->mapping, letters);
  for (const legacy::Letter& letter : letters) print_letter(letter);
  return letters.empty() ? 0 : 1;
}

}  // namespace

void add_sync(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "sync",
      "Writes the appointments into an existing table of PostgreSQL, at the pace that the file of\n"
      "--legacy sets; beside a running service, until SIGTERM. SIGHUP reads the pace again. While\n"
      "the database cannot be written it waits, says so, and catches up.");
  auto settings = std::make_shared<SyncSettings>();
  command->require_subcommand(0, 1);
  command->fallthrough();
  add_setting(*command, "data", settings->source.data, "The data directory of the service");
  add_kafka_settings(*command, settings->source.kafka);
  add_setting(*command, "legacy", settings->legacy_file,
              "TOML file: database, table, columns, pace (ops/examples/legacy.toml)")
      ->required();
  add_setting(*command, "legacy-database", settings->database,
              "How to connect, as libpq takes it; over the file's");
  add_setting(*command, "metrics", settings->metrics,
              "HOST:PORT on loopback for its own /metrics; port 0 picks one");
  command->add_flag("--begin-again", settings->begins_again,
                    "Forgets how far it was: reads all of it, older versions change nothing");
  command->add_flag("--once", settings->is_once,
                    "Ends when everything is written: 1 where rows were given up or passed over");
  CLI::App* letters = command->add_subcommand("dead-letters",
                                              "What the table refused: appointment, version, since "
                                              "when, later versions that wait with it,\n"
                                              "how often tried, why. Exit 1 where there are any.");
  letters->fallthrough();
  letters->add_flag("--retry", settings->retries,
                    "Writes their newest versions again; prints how many were taken");
  letters->callback([settings, &exit_code] { exit_code = show_letters(*settings); });
  add_watch(*command, settings, exit_code);
  command->callback([settings, command, &exit_code] {
    if (command->get_subcommands().empty()) exit_code = run_sync(*settings);
  });
}

}  // namespace jari::ops
