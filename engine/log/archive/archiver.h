// engine/log/archive/archiver.h — Archiver: goes on with an archive where it ended, from the log
// that it is of.
//
// Removes and changes nothing that is finished. Whatever ends it in the middle, the next one goes
// on after the last finished segment of each partition.
//
// Errors:  InUse where another one is at work, LogMismatch for another log or one that does not
//          continue the archive, LogGap for records that the log no longer keeps, and what reading
//          and writing say.
// Threads: one.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "engine/log/archive/archive.h"
#include "engine/log/archive/archive_file.h"

namespace jari {

class SegmentWriter;

struct ArchiverOptions {
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  // of records; then a segment is finished
};

class Archiver {
 public:
  /// The directory is made where it is missing. The log must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Archiver>> open(const std::string& dir, Log& log,
                                                              const ArchiverOptions& options = {});
  ~Archiver();
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;

  /// Takes what the log has by now, and says how many records that were.
  [[nodiscard]] Result<std::uint64_t> advance();
  /// Whether all was taken that the log had when it was read last, and belongs together: no record
  /// of it was caused by one that was not taken.
  [[nodiscard]] bool is_whole() const;
  /// Finishes what is begun, and says how many records are in it. From then on readers find it.
  [[nodiscard]] Result<std::uint64_t> close();
  /// How many records wait in segments that are not finished.
  [[nodiscard]] std::uint64_t open_records() const;
  [[nodiscard]] const Archive& archive() const { return *archive_; }

 private:
  struct Line {
    std::unique_ptr<SegmentWriter> writer;  // none: nothing waits
    bool is_joined = false;                 // what the log gives continues the archive
    std::uint64_t generation = 0;           // of the log, when that was looked at
    Offset caused = 0;                      // after its last record that one taken names as cause
  };
  Archiver(Log& log, const ArchiverOptions& options, ArchiveFile lock,
           std::unique_ptr<Archive> archive);
  [[nodiscard]] Result<LogPlace> place_of(PartitionRef where, Line& line);
  [[nodiscard]] Result<void> take(const LogRecord& record);
  [[nodiscard]] Result<void> add(const LogRecord& record, Line& line);
  [[nodiscard]] Result<void> finish(PartitionRef where);
  [[nodiscard]] Offset next_offset(PartitionRef where) const;
  void note_cause(const LogRecord& record);

  Log& log_;
  ArchiverOptions options_;
  ArchiveFile lock_;
  std::unique_ptr<Archive> archive_;
  std::map<PartitionRef, Line> lines_;
  std::uint64_t taken_ = 0;
  std::uint64_t finished_ = 0;  // records in segments finished since the last close()
};

}  // namespace jari
