// engine/log/embedded/commit_frame.h — the bytes of one commit as they lie in RocksDB, and back.
//
// Knows nothing of RocksDB, and no record's meaning.
//
// A frame is a head of 48 bytes {u8 format, u8 packing, u16 zero, u32 CRC32C of all the rest,
// u64 commit, u32 sections, u32 payload bytes, u32 stored bytes, u32 zero, 16 bytes hash of the
// frame before}, 24 bytes for each section {u8 topic, u8 zero, u16 partition, u32 records, u64 base
// offset, u32 bytes, u32 zero} and the payload, which LZ4 packs where that helps: for each section
// the ends of its records (padded to 8) and its bytes. All little-endian.
//
// Units:   a commit is numbered from 0, dense.
// Errors:  BadBytes for a frame that was not written so, WrongVersion for a format not known.
// Threads: an opened frame belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace jari {

using CommitNo = std::uint64_t;
inline constexpr std::size_t kCommitBytesMax = std::size_t{512} << 20;

/// What the next frame must follow.
struct CommitPlace {
  CommitNo commit = 0;
  Hash128 before;  // hash of the frame before; zero for commit 0
};

[[nodiscard]] std::string write_frame(const CommitPlace& place, const LogBatch& batch,
                                      bool compress);
/// What the frame after this one carries as `before`.
[[nodiscard]] Hash128 hash_of_frame(Bytes frame);

/// One section of a frame as read: where its records stand, and after unpack() the records.
struct SectionView {
  PartitionRef where;
  Offset base_offset = 0;
  std::uint32_t count = 0;
  std::uint32_t size = 0;  // of the records with their padding
  const std::uint32_t* ends = nullptr;
  const std::byte* bytes = nullptr;

  [[nodiscard]] Offset end() const { return base_offset + count; }
  [[nodiscard]] Bytes record(std::size_t index) const;
};

/// Reads frames one after the other, with memory that is used again.
class FrameReader {
 public:
  /// Checks the frame and reads its sections; their records are not there before unpack(). The
  /// frame's bytes must live as long as they are used.
  [[nodiscard]] Result<void> open(CommitNo commit, Bytes frame);
  [[nodiscard]] Result<void> unpack();

  [[nodiscard]] const Hash128& before() const { return before_; }
  [[nodiscard]] const std::vector<SectionView>& sections() const { return sections_; }

 private:
  [[nodiscard]] Result<void> open_sections(Bytes heads, std::uint32_t payload_size);
  [[nodiscard]] bool place_sections(const std::byte* payload);
  [[nodiscard]] Error bad(const char* what) const;

  CommitNo commit_ = 0;
  Hash128 before_;
  bool is_packed_ = false;
  Bytes stored_;
  std::size_t payload_size_ = 0;
  std::vector<SectionView> sections_;
  std::vector<std::uint64_t> payload_;  // u64: the records must be aligned to 8
};

}  // namespace jari
