// engine/log/archive/segment_form.h — the bytes of a segment: records of one partition that stand
// one after the other, as they lie in a file of the archive.
//
// A file is a head of 128 bytes, the genesis record of the log (padded to 8) and blocks. A block is
// a head of 32 bytes and its payload (padded to 8), which LZ4 packs where that helps: the end of
// each record within the records' bytes (the highest bit set where the log said that it is forged;
// padded to 8), then those bytes, each record padded to 8. All little-endian. Head and genesis have
// a CRC32C, and so has each block with its head. Private to engine/log/archive/.
//
// Units:   sizes in bytes; offsets count records.
// Errors:  none: what is read is judged by who reads it.
// Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/log/crc32c.h"
#include "engine/log/log.h"

namespace jari::segment {

inline constexpr std::array<char, 8> kMagic{'j', 'a', 'r', 'i', '-', 's', 'e', 'g'};
inline constexpr std::uint16_t kFormat = 1;
inline constexpr std::uint32_t kForged = std::uint32_t{1} << 31;
inline constexpr std::size_t kBlockBytes = std::size_t{256} << 10;    // of records; then it closes
inline constexpr std::size_t kBlockBytesMax = std::size_t{64} << 20;  // with one that is big

enum class Packing : std::uint8_t { None = 0, Lz4 = 1 };

struct Head {
  std::array<char, 8> magic;
  std::uint32_t crc;  // of all the rest of head and genesis
  std::uint16_t format;
  LogWriters writers;
  TopicNo topic;
  PartitionNo partition;
  std::uint16_t zero;
  std::uint32_t genesis_size;
  Offset base_offset;
  Offset end_offset;
  std::uint64_t blocks_size;
  Hash128 last_record;
  Sha256 chain_before;
  Sha256 chain_after;
};
static_assert(sizeof(Head) == 128);

struct BlockHead {
  std::uint32_t crc;  // of all the rest of the block
  Packing packing;
  std::array<std::uint8_t, 3> zero;
  std::uint32_t records;
  std::uint32_t payload_size;
  std::uint32_t stored_size;
  std::uint32_t also_zero;
  Offset base_offset;
};
static_assert(sizeof(BlockHead) == 32);

constexpr std::size_t padded(std::size_t size) {
  return (size + 7) / 8 * 8;
}
/// Of what begins with a Head or a BlockHead, but for the place of the checksum itself.
template <class AnyHead>
std::uint32_t crc_of(Bytes whole) {
  constexpr std::size_t kAt = offsetof(AnyHead, crc);
  return crc32c(whole.subspan(kAt + sizeof(std::uint32_t)), crc32c(whole.first(kAt)));
}

}  // namespace jari::segment
