// ops/jari/snapshot_place.h — where snapshots are kept: a directory, which may be an object store
// mounted as a file system, and that of several nodes.
//
// Nothing is asked of it but to make directories, to write a file from its front to its end, to
// read, to list and to remove. `snapshot.sha256` is the last file of a snapshot that is written and
// the first that is removed: a snapshot counts while it has that one.
//
// Errors:  Io, DiskFull; BadBytes for what is read back otherwise; each with where and what to do.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace jari::ops {

inline constexpr const char* kSnapshotDescription = "snapshot.json";
inline constexpr const char* kSnapshotSums = "snapshot.sha256";  // of all files but itself

/// `snapshot-20261126T061500.123Z-0123456789abcdef`: sorts by `time`, as an Instant is written; no
/// other node's is called so.
[[nodiscard]] std::string new_snapshot_name(std::string time);

/// Paths, the oldest first.
struct SnapshotsFound {
  std::vector<std::string> finished;
  std::vector<std::string> unfinished;  // being written or removed, or left so
};
/// None where there is no such directory.
[[nodiscard]] Result<SnapshotsFound> find_snapshots(const std::string& into);

/// Writes the files of `made` as `path`, which is new, and reads them back before it counts. What
/// it has written stays where it fails.
[[nodiscard]] Result<void> put_snapshot(const std::string& made, const std::string& path);

/// All of it; what somebody else has removed is no error.
[[nodiscard]] Result<void> remove_snapshot(const std::string& path);

}  // namespace jari::ops
