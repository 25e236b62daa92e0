#include "ops/jari/snapshot_run.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/jari/service.h"
#include "ops/jari/snapshot_place.h"
#include "ops/jari/synced_file.h"
#include "ops/jari/system_ports.h"

namespace jari::ops {
namespace {

namespace fs = std::filesystem;
constexpr const char* kRoom = ".snapshot";
constexpr const char* kLock = "lock";  // stays, only its lock says anything
constexpr const char* kNotes = "notes";
constexpr std::string_view kNoSum =  // another run has removed them already
    "0000000000000000000000000000000000000000000000000000000000000000";
constexpr mode_t kRoomMode = 0750;
constexpr mode_t kLockMode = 0640;

Error failed(const char* doing, const fs::path& path, const std::string& why) {
  return {ErrorCode::Io, std::string("cannot ") + doing + ' ' + path.string() + ": " + why +
                             "; name the --data of a running service, as who may write there"};
}

Result<int> lock_room(const fs::path& room) {
  const int lock = ::open((room / kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kLockMode);
  if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  const int why = errno;
  if (lock >= 0) ::close(lock);
  if (lock >= 0 && why == EWOULDBLOCK) {
    return Error{ErrorCode::InUse, "another `jari snapshot` is at work on " +
                                       room.parent_path().string() + "; let it end"};
  }
  return failed("lock", room / kLock, std::strerror(why));
}

/// The copy is as big as the state; a service whose disk is full refuses.
Result<void> check_room(const fs::path& data) {
  constexpr std::uint64_t kMb = std::uint64_t{1} << 20;
  std::uint64_t bytes = 0;
  std::error_code why;
  for (fs::directory_iterator at(data / "state", why), end; !why && at != end; at.increment(why)) {
    std::error_code gone;  // the service compacts
    const auto size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  const std::uint64_t wanted = bytes / kMb + 1 + ServiceSettings{}.disk_floor_mb;
  const std::uint64_t free = free_bytes(data) / kMb;
  if (free >= wanted) return {};
  return Error{ErrorCode::DiskFull, "a copy of " + (data / "state").string() +
                                        " is made beside it and needs " + std::to_string(wanted) +
                                        " MB, with what the service needs free, and there are " +
                                        std::to_string(free) + "; make room on that disk"};
}

/// Whether all of its sums are there, and so all of it: they come last, and go first.
Result<bool> has_sums(const fs::path& snapshot, const std::string& wanted) {
  const fs::path sums = snapshot / kSnapshotSums;
  std::error_code why;
  const bool exists = fs::exists(sums, why);
  if (why) return failed("look at", sums, why.message());
  if (!exists) return false;
  const auto found = sum_of(sums);
  if (!found) return found.error();
  return *found == wanted;
}

}  // namespace

Result<SnapshotRun> SnapshotRun::begin(const std::string& data) {
  const fs::path room = fs::path(data) / kRoom;
  if (::mkdir(room.c_str(), kRoomMode) != 0 && errno != EEXIST) {
    return failed("make", room, std::strerror(errno));
  }
  const auto lock = lock_room(room);
  if (!lock) return lock.error();
  SnapshotRun run(room, *lock);
  std::error_code why;
  fs::remove_all(run.copy(), why);
  if (!why) fs::create_directory(run.copy(), why);
  if (why) return failed("make anew", run.copy(), why.message());
  if (auto read = run.read_notes(); !read) return read.error();
  if (auto fits = check_room(data); !fits) return fits.error();
  return run;
}

SnapshotRun::~SnapshotRun() {
  if (lock_ < 0) return;
  std::error_code none;
  fs::remove_all(copy(), none);
  ::close(lock_);
}

Result<void> SnapshotRun::remove_left(const std::string& into) {
  std::vector<std::string> left;
  for (const auto& [path, sums] : notes_) {
    if (fs::path(path).parent_path() == into) left.push_back(path);
  }
  for (const std::string& path : left) {
    const auto is_whole = has_sums(path, notes_[path]);
    if (!is_whole) return is_whole.error();
    if (!*is_whole) {
      if (auto removed = remove_snapshot(path); !removed) return removed;
    }
    if (auto forgotten = forget(path); !forgotten) return forgotten;
  }
  return {};
}

Result<void> SnapshotRun::put(const std::string& path) {
  const auto sums = sum_of(fs::path(copy()) / kSnapshotSums);
  if (!sums) return sums.error();
  if (auto noted = note(path, *sums); !noted) return noted;
  auto done = put_snapshot(copy(), path);
  const bool is_left = !done && done.error().code != ErrorCode::InUse;
  if (is_left && !remove_snapshot(path)) return done;  // the notes have it for the next run
  auto forgotten = forget(path);
  return done ? forgotten : done;
}

Result<void> SnapshotRun::remove(const std::string& path) {
  const auto sums = sum_of(fs::path(path) / kSnapshotSums);
  if (auto noted = note(path, sums ? *sums : std::string(kNoSum)); !noted) return noted;
  if (auto removed = remove_snapshot(path); !removed) return removed;
  return forget(path);
}

Result<void> SnapshotRun::note(const std::string& path, const std::string& sums) {
  notes_[path] = sums;
  return write_notes();
}

Result<void> SnapshotRun::forget(const std::string& path) {
  notes_.erase(path);
  return write_notes();
}

Result<void> SnapshotRun::read_notes() {
  if (!fs::exists(room_ / kNotes)) return {};
  auto notes = read_sums(room_ / kNotes);
  if (!notes) {
    return Error{notes.error().code,
                 notes.error().detail + "; remove it: what killed runs have left is named then"};
  }
  notes_ = std::move(*notes);
  return {};
}

Result<void> SnapshotRun::write_notes() {
  const fs::path made = room_ / (std::string(kNotes) + ".new");
  std::error_code why;
  fs::remove(made, why);
  if (auto written = write_synced(made, to_text(notes_)); !written) return written;
  fs::rename(made, room_ / kNotes, why);
  if (why) return failed("write", room_ / kNotes, why.message());
  return sync_directory(room_);
}

}  // namespace jari::ops
