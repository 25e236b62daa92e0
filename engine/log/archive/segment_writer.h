// engine/log/archive/segment_writer.h — writes one segment: block after block into a file that has
// its name only once it is whole and on the disk.
//
// Private to engine/log/archive/.
//
// Errors:  Io and DiskFull; LogGap for a record that is not the next one.
// Threads: one.
#pragma once

#include <memory>

#include "engine/log/archive/archive_file.h"
#include "engine/log/archive/segment.h"

namespace jari {

class SegmentWriter {
 public:
  /// `about` says which log and partition, and where the segment begins.
  [[nodiscard]] static Result<std::unique_ptr<SegmentWriter>> begin(const std::string& directory,
                                                                    SegmentAbout about);
  /// What was not finished is removed.
  ~SegmentWriter();
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  [[nodiscard]] Result<void> add(const LogRecord& record);
  [[nodiscard]] Result<SegmentAbout> finish();
  [[nodiscard]] Offset next_offset() const { return about_.end_offset; }
  [[nodiscard]] std::uint64_t raw_bytes() const { return raw_bytes_; }

 private:
  SegmentWriter(std::string directory, SegmentAbout about, ArchiveFile file);
  [[nodiscard]] Result<void> write_block();

  std::string directory_;
  SegmentAbout about_;
  ArchiveFile file_;
  bool is_finished_ = false;
  Sha256Chain chain_;
  Offset block_base_ = 0;
  LogSection block_;
  std::vector<bool> is_forged_;  // by record of the block
  std::string payload_;
  std::string packed_;
  std::uint64_t at_ = 0;  // of the next block
  std::uint64_t raw_bytes_ = 0;
};

}  // namespace jari
