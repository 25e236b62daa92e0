// engine/log/archive/segment_reader.h — reads one segment: its head, and its records from any
// offset.
//
// Private to engine/log/archive/.
//
// Errors:  BadBytes for a file that is not what was written, WrongVersion, Io; each names the file,
//          the place in it and what to do.
// Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "engine/log/archive/archive_file.h"
#include "engine/log/archive/segment.h"

namespace jari {

class SegmentReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SegmentReader>> open(const std::string& path);

  [[nodiscard]] const SegmentAbout& about() const { return about_; }
  /// Records from `from` on and before `until`; false where `visit` had enough.
  [[nodiscard]] Result<bool> read(Offset from, Offset until, const Log::Visit& visit);
  /// Reads all of it, and makes its chain once more.
  [[nodiscard]] Result<void> verify();

 private:
  explicit SegmentReader(ArchiveFile file) : file_(std::move(file)) {}
  struct Block {
    Offset base_offset = 0;
    std::uint32_t records = 0;
    std::uint32_t payload_size = 0;
    std::uint32_t stored_size = 0;
    bool is_packed = false;
    [[nodiscard]] Offset end_offset() const { return base_offset + records; }
  };

  [[nodiscard]] Result<void> read_head();
  [[nodiscard]] Result<Block> read_block_head(std::uint64_t at, Offset base_offset);
  [[nodiscard]] Result<void> unpack(std::uint64_t at, const Block& block);
  [[nodiscard]] Result<bool> show(const Block& block, Offset from, Offset until,
                                  const Log::Visit& visit);
  [[nodiscard]] Error damaged(const std::string& what) const;

  ArchiveFile file_;
  SegmentAbout about_;
  std::uint64_t blocks_begin_ = 0;
  std::uint64_t blocks_end_ = 0;
  std::vector<std::uint64_t> stored_;  // of the block that is read: its head, then what is stored
  std::vector<std::uint64_t> payload_;
};

}  // namespace jari
