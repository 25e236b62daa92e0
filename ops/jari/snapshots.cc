#include "ops/jari/snapshots.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/http/json_reader.h"
#include "engine/http/json_writer.h"
#include "engine/runtime/replay.h"
#include "engine/store/copy_state.h"
#include "ops/jari/business.h"
#include "ops/jari/connection.h"
#include "ops/jari/file_sums.h"
#include "ops/jari/text_file.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;
using CatchUp = std::function<Result<void>()>;
constexpr std::string_view kPrefix = "snapshot-";
constexpr std::string_view kMaking = ".making";  // and a random name: none is another's
constexpr const char* kLock = "lock";
constexpr const char* kDescription = "snapshot.json";
constexpr const char* kSums = "snapshot.sha256";  // of all files but itself
constexpr std::chrono::milliseconds kBetweenLooks{200};

Result<void> sync_directory(const fs::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (is_synced) return {};
  return Error{ErrorCode::Io, "cannot sync " + path.string()};
}

/// One run at a time in a directory. The file stays, only its lock says anything.
class RunLock {
 public:
  static Result<RunLock> take(const fs::path& into) {
    const fs::path path = into / kLock;
    RunLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (lock.handle_ >= 0 && ::flock(lock.handle_, LOCK_EX | LOCK_NB) == 0) return lock;
    if (lock.handle_ >= 0 && errno == EWOULDBLOCK) {
      return Error{ErrorCode::InUse, "another `jari snapshot` is at work in " + into.string() +
                                         "; let it end, or name another directory"};
    }
    return Error{ErrorCode::Io, "cannot lock " + path.string() + ": " + std::strerror(errno) +
                                    "; name a directory on a disk that has locks"};
  }
  ~RunLock() {
    if (handle_ >= 0) ::close(handle_);
  }
  RunLock(RunLock&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  explicit RunLock(int handle) : handle_(handle) {}
  int handle_;
};

/// Where a snapshot is made, under a name that no other run has; gone with it, unless renamed.
class Making {
 public:
  explicit Making(const fs::path& into)
      : path_(into / (std::string(kMaking) + "-" + to_text(random_hash()))) {
    fs::create_directory(path_);
  }
  ~Making() {
    std::error_code none;
    fs::remove_all(path_, none);
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What runs that were killed have left. Under the lock: of one that runs it would be in the way.
void remove_unfinished(const fs::path& into) {
  std::vector<fs::path> left;
  for (const auto& one : fs::directory_iterator(into)) {
    if (one.path().filename().string().starts_with(kMaking)) left.push_back(one.path());
  }
  for (const fs::path& path : left) fs::remove_all(path);
}

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

/// Oldest first: their names are times.
std::vector<fs::path> snapshots_in(const fs::path& into) {
  std::vector<fs::path> all;
  std::error_code failed;
  for (const auto& one : fs::directory_iterator(into, failed)) {
    if (one.path().filename().string().starts_with(kPrefix)) all.push_back(one.path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// `20261126T061500.123Z`: sorts by time, and is a file's name everywhere.
std::string name_of(Instant taken_at) {
  std::string name = to_text(taken_at);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return std::string(kPrefix) + name;
}

Result<void> write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (out.flush()) return {};
  return Error{ErrorCode::Io, "cannot write " + file.string() + "; is its disk full?"};
}

Result<SnapshotTaken> take(const SnapshotOptions& options, Log& log, const CatchUp& catch_up,
                           const fs::path& making) {
  const Instant taken_at = wall_now();
  if (auto copied = copy_state(options.data, making); !copied) return copied.error();
  Replay run(log, kSettingsPartition, known_versions(), make_consumer);
  {
    auto copy = open_state_disk(making);
    if (!copy) return std::move(copy).error();
    if (auto loaded = run.load(**copy); !loaded) return loaded.error();
  }
  const auto is_empty = [](const ReplayedPartition& one) { return one.next_offset == 0; };
  if (std::all_of(run.partitions().begin(), run.partitions().end(), is_empty)) {
    return Error{ErrorCode::Unavailable, "nothing has been written behind in " + options.data +
                                             "/state yet: it is every 15 s, so try again then"};
  }
  auto described =
      write_text(making / kDescription, describe(run, log.identity(), taken_at) + '\n');
  if (!described) return described.error();
  const auto sums = sums_of(making);
  if (!sums) return sums.error();
  if (auto summed = write_text(making / kSums, to_text(*sums)); !summed) return summed.error();
  const auto compared = prove(run, log.identity(), options.patience, catch_up);
  if (!compared) return compared.error();
  const fs::path path = fs::path(options.into) / name_of(taken_at);
  fs::rename(making, path);
  if (auto synced = sync_directory(options.into); !synced) return synced.error();
  auto all = snapshots_in(options.into);
  for (std::size_t i = 0; i + options.keep < all.size(); ++i) fs::remove_all(all[i]);
  return SnapshotTaken{path, *compared};
}

/// The sums that a snapshot was kept with, once its description is found to be the one they are of.
Result<FileSums> kept_sums(const fs::path& snapshot) {
  if (!fs::exists(snapshot / kSums)) {
    return Error{ErrorCode::NotFound, (snapshot / kSums).string() + " is missing"};
  }
  auto sums = read_sums(snapshot / kSums);
  if (!sums) return sums;
  const auto described = sum_of(snapshot / kDescription);
  if (!described) return described.error();
  const FileSums wanted{{kDescription, (*sums)[kDescription]}};
  auto same = compare_sums(wanted, {{kDescription, *described}}, snapshot);
  if (!same) return same.error();
  sums->erase(kDescription);
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
  const auto all = snapshots_in(snapshot.parent_path());
  const auto at = std::find(all.begin(), all.end(), snapshot);
  const bool has_older = at != all.end() && at != all.begin();
  return {why.code, why.detail + "; nothing was restored. " +
                        (has_older ? "The one before it: --from " + std::prev(at)->string()
                                   : "Name another one with --from, or start without: the state is "
                                     "made from the log")};
}

Error as_error(const fs::filesystem_error& failed) {
  return {ErrorCode::Io, failed.path1().string() + ": " + failed.code().message()};
}

}  // namespace

Result<SnapshotTaken> take_snapshot(const SnapshotOptions& options, Log& log,
                                    const CatchUp& catch_up) try {
  fs::create_directories(options.into);
  const auto lock = RunLock::take(options.into);
  if (!lock) return lock.error();
  remove_unfinished(options.into);
  const Making making(options.into);
  return take(options, log, catch_up, making.path());
} catch (const fs::filesystem_error& failed) {
  return as_error(failed);
}

Result<std::vector<SnapshotKept>> kept_snapshots(const std::string& into) {
  std::vector<SnapshotKept> all;
  for (const fs::path& path : snapshots_in(into)) {
    const std::string file = path / kDescription;
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
    SnapshotKept& one = all.emplace_back();
    one.name = path.filename();
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
  }
  return all;
}

Result<std::string> restore_snapshot(const std::string& from, const std::string& data) try {
  fs::path snapshot = from;
  if (!fs::exists(snapshot / kDescription)) {
    const auto all = snapshots_in(from);
    if (all.empty()) {
      return Error{ErrorCode::NotFound,
                   "there is no snapshot in " + from + "; `jari snapshot --into` makes them"};
    }
    snapshot = all.back();
  }
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
