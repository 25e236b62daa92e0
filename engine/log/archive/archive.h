// engine/log/archive/archive.h — Archive: a directory with the segments of a log, partition by
// partition, each going on where the one before it ends.
//
// DIR/TOPIC-PARTITION/OFFSET.segment, and DIR/ends, which says up to where the partitions belong
// together: no record before those ends was caused by one behind them. Nothing in it is ever
// changed or removed; only `ends` is written anew.
//
// Units:   offsets count records.
// Errors:  NotFound where there is none, LogGap for a segment that is missing, LogMismatch for one
//          of another log, BadBytes for what is not as it was written, Io, DiskFull. Each says what
//          to do.
// Threads: read() from any, also while another process adds to it; the rest from one.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/log/archive/segment.h"
#include "engine/log/partition_offsets.h"

namespace jari {

class Archive {
 public:
  struct Segment {
    Offset base_offset = 0;
    Offset end_offset = 0;
  };
  /// One partition.
  struct Line {
    std::vector<Segment> segments;
    Sha256 chain{};  // after the last of them
    Hash128 last_record;
    [[nodiscard]] Offset end() const { return segments.empty() ? 0 : segments.back().end_offset; }
  };

  [[nodiscard]] static Result<std::unique_ptr<Archive>> open(const std::string& dir);
  /// An empty one, in a directory that holds none.
  [[nodiscard]] static std::unique_ptr<Archive> begin(const std::string& dir,
                                                      const LogIdentity& identity,
                                                      LogWriters writers);

  [[nodiscard]] const LogIdentity& identity() const { return identity_; }
  [[nodiscard]] LogWriters writers() const { return writers_; }
  /// What each segment carries to say which log it is of.
  [[nodiscard]] const std::string& genesis() const { return genesis_; }
  [[nodiscard]] const Line& line(PartitionRef where) const { return lines_.at(where); }
  /// Up to where the partitions belong together.
  [[nodiscard]] const PartitionOffsets& ends() const { return ends_; }
  [[nodiscard]] std::string directory_of(PartitionRef where) const;

  /// The records from the place on and before `until`; false where `visit` had enough.
  [[nodiscard]] Result<bool> read(const LogPlace& place, Offset until,
                                  const Log::Visit& visit) const;
  /// Reads the segments that have records from the place on and before `until`, whole, and makes
  /// their chains once more.
  [[nodiscard]] Result<void> verify(const LogPlace& place, Offset until) const;

  /// Where such a log is read on from: at the archive's last record, which must be the same there,
  /// or behind it, where the log keeps nothing before. LogGap, LogMismatch where it does not fit.
  [[nodiscard]] Result<Offset> joint(PartitionRef where, const LogEnds& ends) const;
  /// Holds the log's record before the archive's end against the archive's.
  [[nodiscard]] Result<void> compare(const LogRecord& record) const;

  /// A segment that was finished.
  void add(const SegmentAbout& about);
  /// Writes that the partitions belong together up to where they are now.
  [[nodiscard]] Result<void> write_ends();

 private:
  explicit Archive(std::string dir) : dir_(std::move(dir)) {}
  [[nodiscard]] Result<void> find_identity();
  [[nodiscard]] Result<void> read_line(PartitionRef where);
  [[nodiscard]] Result<void> take(const SegmentAbout& about, PartitionRef where,
                                  const std::string& path);
  [[nodiscard]] Result<void> read_ends();
  [[nodiscard]] Result<void> check_ends() const;
  [[nodiscard]] std::string name_of(PartitionRef where) const;
  /// For each segment that has records from the place on and before `until`, while visit says so.
  template <class Visit>
  [[nodiscard]] Result<bool> each(const LogPlace& place, Offset until, Visit&& visit) const;

  std::string dir_;
  std::string genesis_;  // as its segments carry it
  LogIdentity identity_;
  LogWriters writers_ = LogWriters::One;
  std::map<PartitionRef, Line> lines_;
  PartitionOffsets ends_;
};

}  // namespace jari
