// ops/jari/snapshot_run.h — one run of `jari snapshot`: its lock, the copy that it proves, and its
// notes, all on the service's own disk, in DATA/.snapshot.
//
// The notes name what it is about to write or to remove where snapshots are kept, so that the next
// run of the same directory knows what is left of one that was killed, and removes nobody else's.
//
// Errors:  InUse where another run is at work; DiskFull, Io with where and what to do.
// Threads: one.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "ops/jari/file_sums.h"

namespace jari::ops {

class SnapshotRun {
 public:
  /// Removes the copy that a killed run has left. DiskFull where another one would take the room
  /// that the service needs.
  [[nodiscard]] static Result<SnapshotRun> begin(const std::string& data);
  /// The copy goes with it.
  ~SnapshotRun();
  SnapshotRun(SnapshotRun&& other) noexcept
      : room_(std::move(other.room_)),
        notes_(std::move(other.notes_)),
        lock_(std::exchange(other.lock_, -1)) {}
  SnapshotRun(const SnapshotRun&) = delete;
  SnapshotRun& operator=(const SnapshotRun&) = delete;

  /// An empty directory for the copy.
  [[nodiscard]] std::string copy() const { return room_ / "copy"; }

  /// Removes what killed runs of this directory have left unfinished in `into`.
  [[nodiscard]] Result<void> remove_left(const std::string& into);
  /// Puts the copy, a snapshot with its sums, to where they are kept. Nothing of it stays there
  /// where that fails.
  [[nodiscard]] Result<void> put(const std::string& path);
  [[nodiscard]] Result<void> remove(const std::string& path);

 private:
  SnapshotRun(std::filesystem::path room, int lock) : room_(std::move(room)), lock_(lock) {}
  [[nodiscard]] Result<void> read_notes();
  [[nodiscard]] Result<void> write_notes();
  [[nodiscard]] Result<void> note(const std::string& path, const std::string& sums);
  [[nodiscard]] Result<void> forget(const std::string& path);

  std::filesystem::path room_;
  FileSums notes_;  // of each snapshot that is being written or removed: the sum of its sums
  int lock_;
};

}  // namespace jari::ops
