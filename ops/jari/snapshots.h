// ops/jari/snapshots.h — snapshots of the state: taken beside a running service, proved against the
// log before they count, and where a new node begins.
//
// A snapshot is a directory `snapshot-TIME-DRAWN` with the state, `snapshot.json`, which says for
// each partition the offset, the chain and the digest, and `snapshot.sha256`, by which damage is
// found (`sha256sum -c` does, too). It is made on the service's own disk; what follows it in the
// log is replayed over it, until every partition had a tick that says the same. Then it is written
// to where snapshots are kept, and counts once it is whole there (snapshot_place.h).
//
// Errors:  say what is wrong and what to do. A state that contradicts the log is LogMismatch.
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace jari::ops {

struct SnapshotOptions {
  std::string data;                   // of the service
  std::string into;                   // where the snapshots are kept; may be a mounted bucket
  std::size_t keep = 3;               // the newest
  std::chrono::seconds patience{30};  // for a tick of each partition
};

struct SnapshotTaken {
  std::string path;
  std::uint64_t compared = 0;  // ticks that said the same as the state replayed from it
};

/// Takes one, proves it, and removes all but the newest `keep`, and what runs of the same `data`
/// that were killed have left in `into`. InUse where another run is at work on `data`. `catch_up`
/// makes `log` see what was appended since.
[[nodiscard]] Result<SnapshotTaken> take_snapshot(const SnapshotOptions& options, Log& log,
                                                  const std::function<Result<void>()>& catch_up);

/// What a snapshot that is kept says of itself.
struct SnapshotKept {
  std::string name;
  std::string incarnation;
  struct Place {
    std::string topic;
    PartitionNo partition = 0;
    Offset next_offset = 0;
  };
  std::vector<Place> places;
};
/// Of one that is finished.
[[nodiscard]] Result<SnapshotKept> kept_snapshot(const std::string& path);
/// All that are finished in `into`, the oldest first.
[[nodiscard]] Result<std::vector<SnapshotKept>> kept_snapshots(const std::string& into);

/// Copies the newest finished snapshot in `from`, or `from` itself if it is one, into `data`/state,
/// which must not be there. Says which. One with a file that is not as it was written is refused.
[[nodiscard]] Result<std::string> restore_snapshot(const std::string& from,
                                                   const std::string& data);

}  // namespace jari::ops
