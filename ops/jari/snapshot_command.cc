// jari snapshot, jari restore: copies of the state that were proved against the log.

#include <iostream>
#include <memory>

#include "ops/jari/commands.h"
#include "ops/jari/log_source.h"
#include "ops/jari/settings.h"
#include "ops/jari/snapshot_place.h"
#include "ops/jari/snapshots.h"

namespace jari::ops {
namespace {

int say(const char* command, const Error& why) {
  std::cerr << "jari " << command << ": " << why.detail << '\n';
  return 1;
}

/// Nobody else can tell whether their run is still at work.
void name_unfinished(const char* command, const std::string& into) {
  const auto found = find_snapshots(into);
  if (!found) return;
  for (const std::string& path : found->unfinished) {
    std::cerr << "jari " << command << ": " << path << " is not finished: a run of another node is "
              << "writing or removing it, or was killed; if none is at work, remove it\n";
  }
}

int take(SnapshotOptions options, const LogSource& source) {
  options.data = source.data;
  auto beside = open_beside(source);
  if (!beside) return say("snapshot", beside.error());
  const auto taken = take_snapshot(options, *beside->log, beside->catch_up);
  if (!taken) return say("snapshot", taken.error());
  name_unfinished("snapshot", options.into);
  std::cout << taken->path << ": proved by " << taken->compared << " ticks\n";
  return 0;
}

int restore(const std::string& from, const std::string& data) {
  const auto restored = restore_snapshot(from, data);
  if (!restored) return say("restore", restored.error());
  name_unfinished("restore", from);
  std::cout << "restored from " << *restored << ": start with `jari serve --data " << data << "`\n";
  return 0;
}

}  // namespace

void add_snapshot(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "snapshot",
      "Copies the state while the service runs, replays what the log has after it, and keeps the\n"
      "copy only when a tick of every partition says the same. It is made in DATA, which needs\n"
      "room for it, and then written to INTO, which may be a mounted object store and that of\n"
      "several nodes: INTO/snapshot-TIME-DRAWN counts once it has its snapshot.sha256. The newest\n"
      "are kept; `jari restore` begins a node with one.");
  auto options = std::make_shared<SnapshotOptions>();
  auto source = std::make_shared<LogSource>();
  auto patience =
      std::make_shared<std::uint32_t>(static_cast<std::uint32_t>(options->patience.count()));
  add_setting(*command, "data", source->data, "The data directory of the service")->required();
  add_kafka_settings(*command, source->kafka);
  command->add_option("--into", options->into, "Where snapshots are kept: a directory")->required();
  command->add_option("--keep", options->keep, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--patience", *patience, "Seconds to wait for a tick of every partition")
      ->capture_default_str()
      ->check(CLI::Range(0, 3600));
  command->callback([options, source, patience, &exit_code] {
    options->patience = std::chrono::seconds{*patience};
    exit_code = take(*options, *source);
  });
}

void add_restore(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "restore",
      "Begins a node's state with a snapshot: the next `jari serve` reads only what the log has\n"
      "after it. The state of before must have been removed.");
  auto from = std::make_shared<std::string>();
  auto data = std::make_shared<std::string>();
  command
      ->add_option("--from", *from, "A snapshot, or where they are kept: the newest finished one")
      ->required();
  add_setting(*command, "data", *data, "The data directory of the node")->required();
  command->callback([from, data, &exit_code] { exit_code = restore(*from, *data); });
}

}  // namespace jari::ops
