#include "ops/jari/snapshots.h"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "engine/runtime/replay.h"
#include "engine/store/copy_state.h"
#include "ops/jari/business.h"
#include "ops/jari/connection.h"
#include "ops/jari/file_sums.h"
#include "ops/jari/snapshot_place.h"
#include "ops/jari/snapshot_run.h"
#include "ops/jari/synced_file.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;
using CatchUp = std::function<Result<void>()>;
constexpr std::chrono::milliseconds kBetweenLooks{200};

/// What each partition was at, as JSON: for people, and for whoever trims the log.
std::string describe(Replay& run, const LogIdentity& log, Instant taken_at) {
  std::string text;
  http::JsonWriter json(text);
  json.begin_object().field("incarnation", to_text(log.incarnation));
  json.field("taken_at", to_text(taken_at)).key("partitions").begin_array();
  for (const ReplayedPartition& one : run.partitions()) {
    json.begin_object().field("topic", log.topics[one.where.topic].name);
    json.field("partition", one.where.partition).field("next_offset", one.next_offset);
    json.field("chain", to_hex(one.partition->chain())).field("digest", to_text(one.digest));
    json.field("version", one.partition->row().reads).end_object();
  }
  json.end_array().end_object();
  return text;
}

/// Replays what follows until every partition has met a tick that says the same.
Result<std::uint64_t> prove(Replay& run, const LogIdentity& log, std::chrono::seconds patience,
                            const CatchUp& catch_up) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (auto seen = catch_up(); !seen) return seen.error();
    if (auto advanced = run.advance({}, [](std::uint64_t) {}); !advanced) return advanced.error();
    std::uint64_t compared = 0;
    const ReplayedPartition* unproved = nullptr;
    for (const ReplayedPartition& one : run.partitions()) {
      const std::string name =
          log.topics[one.where.topic].name + "/" + std::to_string(one.where.partition);
      if (one.differs) {
        return Error{ErrorCode::LogMismatch, "the state of " + name + " is wrong: " + *one.differs +
                                                 "; nothing was kept. Look at `jari replay`"};
      }
      if (one.disputes > 0) {
        return Error{ErrorCode::LogMismatch,
                     "a node says that the state of " + name +
                         " is another one than its owner's ticks tell, so they prove nothing and "
                         "nothing was kept: see which node is parked (`jari status`, "
                         "ops/RUNBOOK.md), then take another"};
      }
      if (one.compared == 0) unproved = &one;
      compared += one.compared;
    }
    if (unproved == nullptr) return compared;
    if (std::chrono::steady_clock::now() >= until) {
      return Error{ErrorCode::Unavailable,
                   "no tick came in " + log.topics[unproved->where.topic].name + "/" +
                       std::to_string(unproved->where.partition) + " within " +
                       std::to_string(patience.count()) +
                       " s, so the state there is not proved and nothing was kept: a snapshot "
                       "needs the service running"};
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

/// A copy of the state, described and summed; the run over the log that begins with it.
Result<void> make(Replay& run, const std::string& data, const fs::path& copy,
                  const LogIdentity& log, Instant taken_at) {
  if (auto copied = copy_state(data, copy); !copied) return copied;
  {
    auto state = open_state_disk(copy);
    if (!state) return std::move(state).error();
    if (auto loaded = run.load(**state); !loaded) return loaded.error();
  }
  const auto is_empty = [](const ReplayedPartition& one) { return one.next_offset == 0; };
  if (std::all_of(run.partitions().begin(), run.partitions().end(), is_empty)) {
    return Error{ErrorCode::Unavailable, "nothing has been written behind in " + data +
                                             "/state yet: it is every 15 s, so try again then"};
  }
  const std::string described = describe(run, log, taken_at) + '\n';
  if (auto written = write_synced(copy / kSnapshotDescription, described); !written) return written;
  const auto sums = sums_of(copy);
  if (!sums) return sums.error();
  return write_synced(copy / kSnapshotSums, to_text(*sums));
}

Result<void> remove_older(SnapshotRun& run, const std::string& into, std::size_t keep) {
  const auto found = find_snapshots(into);
  if (!found) return found.error();
  const auto& all = found->finished;
  for (std::size_t i = 0; i + keep < all.size(); ++i) {
    if (auto removed = run.remove(all[i]); !removed) return removed;
  }
  return {};
}

Result<SnapshotTaken> take(const SnapshotOptions& options, Log& log, const CatchUp& catch_up) {
  auto run = SnapshotRun::begin(options.data);
  if (!run) return std::move(run).error();
  fs::create_directories(options.into);
  const std::string into = fs::canonical(options.into);  // as the notes name it
  if (auto removed = run->remove_left(into); !removed) return removed.error();
  const Instant taken_at = wall_now();
  Replay replay(log, kSettingsPartition, known_versions(), make_consumer);
  auto made = make(replay, options.data, run->copy(), log.identity(), taken_at);
  if (!made) return made.error();
  const auto compared = prove(replay, log.identity(), options.patience, catch_up);
  if (!compared) return compared.error();
  const std::string name = new_snapshot_name(to_text(taken_at));
  if (auto put = run->put(fs::path(into) / name); !put) return put.error();
  SnapshotTaken taken{fs::path(options.into) / name, *compared};
  if (auto removed = remove_older(*run, into, options.keep); !removed) {
    return Error{removed.error().code, taken.path +
                                           " was taken and counts, but an older one is "
                                           "not removed: " +
                                           removed.error().detail};
  }
  return taken;
}

/// The sums that a snapshot was kept with, once its description is found to be the one they are of.
Result<FileSums> kept_sums(const fs::path& snapshot) {
  const std::string description = kSnapshotDescription;
  if (!fs::exists(snapshot / kSnapshotSums) || fs::is_empty(snapshot / kSnapshotSums)) {
    return Error{ErrorCode::NotFound, (snapshot / kSnapshotSums).string() +
                                          " is missing or empty: that snapshot is not finished"};
  }
  auto sums = read_sums(snapshot / kSnapshotSums);
  if (!sums) return sums;
  const auto described = sum_of(snapshot / description);
  if (!described) return described.error();
  const FileSums wanted{{description, (*sums)[description]}};
  auto same = compare_sums(wanted, {{description, *described}}, snapshot);
  if (!same) return same.error();
  sums->erase(description);
  return sums;
}

/// Copies it, and holds the copy against the sums that the snapshot was kept with.
Result<void> copy_whole(const fs::path& snapshot, const fs::path& into) {
  auto wanted = kept_sums(snapshot);
  if (!wanted) return wanted.error();
  fs::copy(snapshot / "state", into / "state", fs::copy_options::recursive);
  const auto found = sums_of(into);
  if (!found) return found.error();
  return compare_sums(*wanted, *found, snapshot);
}

Error not_restored(const Error& why, const fs::path& snapshot) {
  const auto found = find_snapshots(snapshot.parent_path());
  const auto all = found ? found->finished : std::vector<std::string>();
  const auto at = std::find(all.begin(), all.end(), snapshot.string());
  const bool has_older = at != all.end() && at != all.begin();
  return {why.code, why.detail + "; nothing was restored. " +
                        (has_older ? "The one before it: --from " + *std::prev(at)
                                   : "Name another one with --from, or start without: the state is "
                                     "made from the log")};
}

/// `from`, where that is one, or the newest that is finished there.
Result<fs::path> snapshot_of(const std::string& from) {
  if (fs::exists(fs::path(from) / kSnapshotDescription)) return fs::path(from);
  const auto found = find_snapshots(from);
  if (!found) return found.error();
  if (!found->finished.empty()) return fs::path(found->finished.back());
  const std::string none = "there is no snapshot in " + from;
  if (found->unfinished.empty()) {
    return Error{ErrorCode::NotFound, none + "; `jari snapshot --into` makes them"};
  }
  return Error{ErrorCode::NotFound,
               none + " that is finished: " + found->unfinished.back() + '/' + kSnapshotSums +
                   " is missing or empty; nothing was restored. `jari snapshot --into` makes them"};
}

Error as_error(const fs::filesystem_error& failed) {
  return {ErrorCode::Io, "cannot use " + failed.path1().string() + ": " + failed.code().message() +
                             "; see that it is mounted and may be written"};
}

}  // namespace

Result<SnapshotTaken> take_snapshot(const SnapshotOptions& options, Log& log,
                                    const CatchUp& catch_up) try {
  return take(options, log, catch_up);
} catch (const fs::filesystem_error& failed) {
  return as_error(failed);
}

Result<SnapshotKept> kept_snapshot(const std::string& path) try {
  const std::string file = fs::path(path) / kSnapshotDescription;
  if (const auto sums = kept_sums(path); !sums) {
    return Error{sums.error().code, sums.error().detail + "; remove that snapshot"};
  }
  const auto text = read_text_file(file);
  if (!text) return text.error();
  const auto document = http::parse_json(*text);
  const auto wrong = [&] {
    return Error{ErrorCode::BadBytes,
                 file + " is not what a snapshot says of itself; remove that snapshot"};
  };
  if (!document) return wrong();
  const auto incarnation = document->root().member("incarnation");
  const auto partitions = document->root().member("partitions");
  if (!incarnation || !incarnation->text() || !partitions) return wrong();
  SnapshotKept one;
  one.name = fs::path(path).filename();
  one.incarnation = *incarnation->text();
  for (const auto& place : partitions->elements()) {
    const auto topic = place.member("topic");
    const auto partition = place.member("partition");
    const auto next = place.member("next_offset");
    const bool is_whole =
        topic && topic->text() && partition && partition->integer() && next && next->integer();
    if (!is_whole) return wrong();
    one.places.push_back({std::string(*topic->text()),
                          static_cast<PartitionNo>(*partition->integer()),
                          static_cast<Offset>(*next->integer())});
  }
  return one;
} catch (const fs::filesystem_error& failed) {
  return as_error(failed);
}

Result<std::vector<SnapshotKept>> kept_snapshots(const std::string& into) try {
  std::vector<SnapshotKept> all;
  const auto found = find_snapshots(into);
  if (!found) return found.error();
  for (const std::string& path : found->finished) {
    auto one = kept_snapshot(path);
    if (!one) return std::move(one).error();
    all.push_back(*std::move(one));
  }
  return all;
} catch (const fs::filesystem_error& failed) {
  return as_error(failed);
}

Result<std::string> restore_snapshot(const std::string& from, const std::string& data) try {
  const auto chosen = snapshot_of(from);
  if (!chosen) return chosen.error();
  const fs::path& snapshot = *chosen;
  const fs::path state = fs::path(data) / "state";
  if (fs::exists(state) && !fs::is_empty(state)) {
    return Error{ErrorCode::InUse, state.string() +
                                       " is there already: stop the service and remove it first, "
                                       "or start without restoring"};
  }
  const fs::path making = fs::path(data) / ".state-restored";
  fs::remove_all(making);
  fs::create_directories(making);
  if (auto copied = copy_whole(snapshot, making); !copied) {
    fs::remove_all(making);
    return not_restored(copied.error(), snapshot);
  }
  fs::remove(state);
  fs::rename(making / "state", state);
  fs::remove(making);
  if (auto synced = sync_directory(data); !synced) return synced.error();
  return snapshot.string();
} catch (const fs::filesystem_error& failed) {
  return as_error(failed);
}

}  // namespace jari::ops
