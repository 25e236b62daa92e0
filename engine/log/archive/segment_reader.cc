#include "engine/log/archive/segment_reader.h"

#include <algorithm>
#include <cstring>

#include <lz4.h>

#include "engine/log/archive/segment_form.h"

namespace jari {
namespace {

using segment::BlockHead;
using segment::Head;
using segment::padded;

constexpr std::size_t kGenesisBytesMax = std::size_t{1} << 20;

std::span<std::byte> room_of(std::vector<std::uint64_t>& words, std::size_t size) {
  if (words.size() * 8 < size) words.resize(padded(size) / 8);
  return std::as_writable_bytes(std::span{words}).first(size);
}

}  // namespace

Error SegmentReader::damaged(const std::string& what) const {
  return {ErrorCode::BadBytes,
          file_.path() + ": " + what +
              ": the disk gave back other bytes than were written, or somebody changed them; put "
              "this file back from a copy of the archive, or, while the log still has its records, "
              "remove it with those of later offsets beside it and archive them again"};
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const std::string& path) {
  auto file = ArchiveFile::open(path);
  if (!file) return std::move(file).error();
  std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(*file)));
  if (auto read = reader->read_head(); !read) return read.error();
  return reader;
}

Result<void> SegmentReader::read_head() {
  const auto size = file_.size();
  if (!size) return size.error();
  Head head{};
  if (*size < sizeof head) return damaged("it is cut off within its head");
  auto read = file_.read_at(0, std::as_writable_bytes(std::span{&head, 1}));
  if (!read) return read;
  if (head.magic != segment::kMagic) return damaged("it does not begin as a segment does");
  if (head.format != segment::kFormat) {
    return Error{ErrorCode::WrongVersion,
                 file_.path() + " is written in format " + std::to_string(head.format) +
                     ", this program knows format " + std::to_string(segment::kFormat) +
                     "; use the program that wrote it, or a newer one"};
  }
  if (head.genesis_size > kGenesisBytesMax) return damaged("its genesis record is too long");
  blocks_begin_ = sizeof head + padded(head.genesis_size);
  blocks_end_ = blocks_begin_ + head.blocks_size;
  if (*size < blocks_begin_) return damaged("it is cut off within its head");
  const auto whole = room_of(stored_, blocks_begin_);
  if (read = file_.read_at(0, whole); !read) return read;
  if (segment::crc_of<Head>(whole) != head.crc) return damaged("its head's checksum does not fit");
  if (*size != blocks_end_) return damaged("it is cut off, or longer than it says");
  const bool is_known = head.writers == LogWriters::One || head.writers == LogWriters::Many;
  if (!is_known || head.end_offset <= head.base_offset) return damaged("its head makes no sense");
  about_ = {PartitionRef{head.topic, head.partition},
            head.writers,
            head.base_offset,
            head.end_offset,
            head.chain_before,
            head.chain_after,
            head.last_record,
            std::string(text_of(whole.subspan(sizeof head, head.genesis_size)))};
  return {};
}

Result<SegmentReader::Block> SegmentReader::read_block_head(std::uint64_t at, Offset base_offset) {
  BlockHead head{};
  if (blocks_end_ - at < sizeof head) return damaged("it ends before its last record");
  auto read = file_.read_at(at, std::as_writable_bytes(std::span{&head, 1}));
  if (!read) return damaged(read.error().detail);
  const std::string where = "the block at byte " + std::to_string(at);
  const std::uint64_t room = blocks_end_ - at - sizeof head;
  const bool is_sane = head.packing <= segment::Packing::Lz4 && head.records > 0 &&
                       head.base_offset == base_offset && padded(head.stored_size) <= room &&
                       head.payload_size <= segment::kBlockBytesMax &&
                       base_offset + head.records <= about_.end_offset;
  if (!is_sane) return damaged(where + " does not go on from the one before it");
  const bool is_packed = head.packing == segment::Packing::Lz4;
  if (!is_packed && head.payload_size != head.stored_size) {
    return damaged(where + " has sizes that do not fit");
  }
  return Block{base_offset, head.records, head.payload_size, head.stored_size, is_packed};
}

Result<void> SegmentReader::unpack(std::uint64_t at, const Block& block) {
  const std::string where = "the block at byte " + std::to_string(at);
  const auto whole = room_of(stored_, sizeof(BlockHead) + padded(block.stored_size));
  if (auto read = file_.read_at(at, whole); !read) return damaged(read.error().detail);
  BlockHead head{};
  std::memcpy(&head, whole.data(), sizeof head);
  if (segment::crc_of<BlockHead>(whole) != head.crc) {
    return damaged(where + " has a checksum that does not fit");
  }
  const auto* from = reinterpret_cast<const char*>(whole.data() + sizeof head);
  const auto payload = room_of(payload_, block.payload_size);
  auto* to = reinterpret_cast<char*>(payload.data());
  if (!block.is_packed) {
    std::memcpy(to, from, block.payload_size);
    return {};
  }
  const int size = LZ4_decompress_safe(from, to, static_cast<int>(block.stored_size),
                                       static_cast<int>(block.payload_size));
  if (size >= 0 && static_cast<std::size_t>(size) == block.payload_size) return {};
  return damaged(where + " does not unpack");
}

Result<bool> SegmentReader::show(const Block& block, Offset from, Offset until,
                                 const Log::Visit& visit) {
  const auto payload = std::as_bytes(std::span{payload_}).first(block.payload_size);
  const std::size_t ends_size = padded(block.records * sizeof(std::uint32_t));
  const auto bad = [&] { return damaged("its records do not lie within their block"); };
  if (payload.size() < ends_size) return bad();
  const auto* ends = reinterpret_cast<const std::uint32_t*>(payload.data());
  const Bytes records = payload.subspan(ends_size);
  std::size_t start = 0;
  for (std::uint32_t i = 0; i < block.records; ++i) {
    const std::size_t end = ends[i] & ~segment::kForged;
    if (end < start || end > records.size()) return bad();
    const Offset offset = block.base_offset + i;
    if (offset >= until) return true;
    if (offset >= from) {
      const bool is_forged = (ends[i] & segment::kForged) != 0;
      const Bytes bytes = records.subspan(start, end - start);
      if (!visit({about_.where, offset, bytes, is_forged})) return false;
    }
    start = padded(end);
  }
  return true;
}

Result<bool> SegmentReader::read(Offset from, Offset until, const Log::Visit& visit) {
  Offset next = about_.base_offset;
  for (std::uint64_t at = blocks_begin_; next < std::min(until, about_.end_offset);) {
    auto block = read_block_head(at, next);
    if (!block) return std::move(block).error();
    if (block->end_offset() > from) {
      if (auto unpacked = unpack(at, *block); !unpacked) return unpacked.error();
      auto goes_on = show(*block, from, until, visit);
      if (!goes_on || !*goes_on) return goes_on;
    }
    next = block->end_offset();
    at += sizeof(BlockHead) + padded(block->stored_size);
  }
  return true;
}

Result<void> SegmentReader::verify() {
  Sha256Chain chain;
  chain.start(about_.chain_before);
  auto done = read(about_.base_offset, about_.end_offset, [&](const LogRecord& record) {
    chain.step(record.bytes);
    return true;
  });
  if (!done) return std::move(done).error();
  if (chain.value() == about_.chain_after) return {};
  return damaged("its records do not make the chain that its head says");
}

}  // namespace jari
