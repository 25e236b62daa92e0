// ops/jari/snapshot_source.h — SnapshotSource: where a running node finds a partition's state as it
// was, once the log has lost its first records: the snapshots that are kept.
//
// Reads in a thread of its own: what they are kept on may be slow. Changes nothing there.
//
// Errors:  say of each snapshot why it is not the one.
// Threads: find() from any; what it is handed is called from its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "engine/log/log.h"
#include "engine/runtime/member_options.h"

namespace jari::ops {

/// Of the finished snapshots in `from` the newest one that is of this log and fits.
[[nodiscard]] Result<ProvedCopy> find_copy(const std::string& from, const LogIdentity& log,
                                           const CopyWanted& wanted);

class SnapshotSource {
 public:
  SnapshotSource(std::string from, LogIdentity log);
  /// Waits for the one that is being read; who asked for others is told nothing.
  ~SnapshotSource();
  SnapshotSource(const SnapshotSource&) = delete;
  SnapshotSource& operator=(const SnapshotSource&) = delete;

  void find(const CopyWanted& wanted, CopyWanted::Found found);

 private:
  void read();

  const std::string from_;
  const LogIdentity log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<CopyWanted, CopyWanted::Found>> asked_;
  bool is_stopping_ = false;
  std::thread reader_;
};

}  // namespace jari::ops
