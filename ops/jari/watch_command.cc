// jari sync watch: what clerks change in the old table, asked of the service; jari sync conflicts:
// what it said no to.

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "consumers/legacy/postgres_changes.h"
#include "consumers/legacy/watch_trigger.h"
#include "engine/base/printable.h"
#include "engine/http/json_reader.h"
#include "ops/jari/connection.h"
#include "ops/jari/settings.h"
#include "ops/jari/sync_settings.h"

namespace jari::ops {
namespace {

constexpr milliseconds kLookEvery{200};
constexpr milliseconds kTryAgain{2000};

struct WatchSettings {
  bool prints_trigger = false;
  std::shared_ptr<SyncSettings> sync;  // the command above it is the other owner
  ServerSettings server;
};

std::string appointment_in(const http::ClientAnswer& answer) {
  const auto json = http::parse_json(answer.body);
  if (!json) return {};
  const auto appointment = json->root().member("appointment");
  const auto text = appointment ? appointment->text() : std::nullopt;
  return text ? std::string{*text} : std::string{};
}

/// One thread: asks the table, asks the service, says to the table what it said.
class Watching {
 public:
  Watching(const WatchSettings& settings, LegacySettings file)
      : settings_(settings),
        file_(std::move(file)),
        changes_(postgres_options(file_, *settings_.sync, "jari sync watch"), file_.mapping),
        client_(connect(settings_.server, "legacy", "operator")) {}

  int run() {
    const sigset_t signals = block_signals();
    std::cout << "watching " << file_.mapping.table << std::endl;
    bool is_told = false;
    while (!is_stopping()) {
      const milliseconds until = moment_now().steady + look();
      while (nap(signals, std::max(milliseconds{0}, until - moment_now().steady), is_told)) {
        if (moment_now().steady >= until) break;
      }
    }
    return 0;
  }

 private:
  /// Everything that is new; how long to wait then.
  milliseconds look() {
    std::vector<legacy::Change> changes;
    if (!is_open_) {
      const legacy::Said opened = changes_.open();
      if (opened.answer != legacy::Answer::Written) {
        waits("the database: " + opened.why);
        return kTryAgain;
      }
    }
    is_open_ = true;
    if (!takes(changes_.next(changes))) return kTryAgain;
    for (const legacy::Change& change : changes) {
      if (!ask(change)) return kTryAgain;
    }
    return changes.empty() ? kLookEvery : milliseconds{0};
  }

  bool ask(const legacy::Change& change) {
    const legacy::Call call = legacy::call_of(change);
    std::vector<http::ClientHeader> headers{{"Idempotency-Key", call.key}};
    if (call.is_delete) headers.push_back({"Jari-Reason", call.reason});
    const auto answer = client_.call(call.is_delete ? http::Method::Delete : http::Method::Post,
                                     call.target, call.body, headers);
    if (!answer) return waits("the service does not answer: " + answer.error().detail);
    const auto verdict = legacy::judge(answer->status, problem_member(*answer, "code"));
    if (verdict == legacy::Verdict::Later) {
      if (answer->status == 401) client_ = connect(settings_.server, "legacy", "operator");
      return waits("the service cannot take changes now: " + problem_text(*answer));
    }
    const bool is_done = verdict == legacy::Verdict::Done;
    const std::string said = is_done ? "done" : problem_text(*answer);
    if (!takes(changes_.settle(change, verdict, said, is_done ? appointment_in(*answer) : ""))) {
      return false;  // the same key gives the same answer again
    }
    std::cout << change.id << ' ' << change.what << ' ' << printable(change.row_key) << ": "
              << printable(said) << std::endl;
    return true;
  }

  bool takes(const legacy::Said& said) {
    if (said.answer == legacy::Answer::Written) {
      if (!trouble_.empty()) (void)say_of_sync("watching again", 0);
      trouble_.clear();
      return true;
    }
    is_open_ = false;
    return waits("the database: " + said.why);
  }

  /// Said once, until something else keeps it.
  bool waits(const std::string& why) {
    if (why != trouble_) (void)say_of_sync("changes wait: " + why, 0);
    trouble_ = why;
    return false;
  }

  const WatchSettings& settings_;
  LegacySettings file_;
  legacy::PostgresChanges changes_;
  http::Client client_;
  bool is_open_ = false;
  std::string trouble_;
};

int print_trigger(const legacy::Mapping& mapping) {
  const auto sql = legacy::watch_sql(mapping);
  if (!sql) return say_of_sync(sql.error().detail, 2);
  std::cout << *sql;
  std::string unknown;
  for (const std::string_view one : legacy::unknown_of_taken(mapping)) {
    unknown += (unknown.empty() ? "" : ", ") + std::string(one);
  }
  if (!unknown.empty()) {
    (void)say_of_sync("only what clerks cancel is noted: the file has no column for " + unknown, 0);
  }
  return std::cout.flush() ? 0 : say_of_sync("it could not be written", 1);
}

int list_conflicts(const SyncSettings& settings) {
  const auto file = read_legacy_settings(settings.legacy_file);
  if (!file) return say_of_sync(file.error().detail, 2);
  legacy::PostgresChanges changes(postgres_options(*file, settings, "jari sync"), file->mapping);
  std::vector<legacy::Change> all;
  auto said = changes.open();
  if (said.answer == legacy::Answer::Written) said = changes.conflicts(all);
  if (said.answer != legacy::Answer::Written) return say_of_sync(said.why, 1);
  for (const legacy::Change& one : all) {
    std::cout << one.id << ' ' << one.what << ' ' << printable(one.row_key) << " by "
              << printable(one.by) << ": " << printable(one.answer) << '\n';
  }
  return all.empty() ? 0 : 1;
}

}  // namespace

void add_watch(CLI::App& sync, const std::shared_ptr<SyncSettings>& settings, int& exit_code) {
  CLI::App* watch = sync.add_subcommand(
      "watch",
      "Asks the service for what clerks change in the old table, as a trigger notes it:\n"
      "appointments cancelled, places taken. Prints a line for each; until SIGTERM.");
  auto watching = std::make_shared<WatchSettings>();
  watching->sync = settings;
  watch->fallthrough();
  watch->add_flag("--print-trigger", watching->prints_trigger,
                  "Prints the SQL that makes that trigger for the table of --legacy, and ends");
  add_setting(*watch, "server", watching->server.server, "The service, as http://HOST:PORT");
  add_setting(*watch, "token", watching->server.token,
              "An operator's bearer token (else --data makes one for `legacy`)");
  watch->callback([watching, &exit_code] {
    auto file = read_legacy_settings(watching->sync->legacy_file);
    if (!file) {
      exit_code = say_of_sync(file.error().detail, 2);
      return;
    }
    if (watching->prints_trigger) {
      exit_code = print_trigger(file->mapping);
      return;
    }
    watching->server.data = watching->sync->source.data;
    exit_code = Watching(*watching, std::move(*file)).run();
  });
  CLI::App* conflicts = sync.add_subcommand(
      "conflicts", "Changes of clerks that the service refused, with its reason; exit 1 if any");
  conflicts->fallthrough();
  conflicts->callback([settings, &exit_code] { exit_code = list_conflicts(*settings); });
}

}  // namespace jari::ops
