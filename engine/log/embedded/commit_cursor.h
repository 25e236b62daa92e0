// engine/log/embedded/commit_cursor.h — where one stands in a row of commits, and that nothing is
// missing in between.
//
// Errors:  LogGap for a commit that is missing or follows another than it was written after,
//          BadBytes and WrongVersion from the frame.
// Threads: belongs to one thread.
#pragma once

#include "engine/log/embedded/commit_frame.h"
#include "engine/log/partition_offsets.h"

namespace jari {

class CommitCursor {
 public:
  CommitCursor() = default;
  /// Stands before commit 0 of this log.
  explicit CommitCursor(const LogIdentity& identity) : ends_(identity) {}

  /// Stands before `commit`, of which the index entry is known, but not what came before it.
  void stand_before(CommitNo commit, std::vector<Offset> index) {
    next_ = {commit, {}};
    is_before_known_ = commit == 0;
    ends_.set_all(std::move(index));
  }

  /// Reads the frame found after this place and moves behind it. The frame's sections are in
  /// `reader`, not unpacked.
  [[nodiscard]] Result<void> pass(CommitNo found, Bytes frame, FrameReader& reader);
  /// Moves behind a frame that we wrote ourselves.
  void pass_own(const LogBatch& batch, Bytes frame);

  [[nodiscard]] const CommitPlace& next() const { return next_; }
  [[nodiscard]] const PartitionOffsets& ends() const { return ends_; }

 private:
  CommitPlace next_;
  bool is_before_known_ = true;
  PartitionOffsets ends_;
};

}  // namespace jari
