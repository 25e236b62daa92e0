#include "engine/log/archive/segment_writer.h"

#include <cstring>
#include <filesystem>
#include <limits>

#include <lz4.h>

#include "engine/base/check.h"
#include "engine/log/archive/segment_form.h"

namespace jari {
namespace {

using segment::BlockHead;
using segment::Head;
using segment::padded;

template <class T>
std::string_view raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::uint64_t where_blocks_begin(const SegmentAbout& about) {
  return sizeof(Head) + padded(about.genesis.size());
}

/// Nothing where packing saves less than an eighth.
std::string_view pack(const std::string& payload, std::string& packed) {
  packed.resize(payload.size() - payload.size() / 8);
  const int size =
      LZ4_compress_default(payload.data(), packed.data(), static_cast<int>(payload.size()),
                           static_cast<int>(packed.size()));
  return std::string_view{packed}.substr(0, static_cast<std::size_t>(size));
}

}  // namespace

std::string segment_name(Offset base_offset) {
  std::string digits = std::to_string(base_offset);
  constexpr std::size_t kDigits = std::numeric_limits<Offset>::digits10 + 1;
  digits.insert(0, kDigits - digits.size(), '0');
  return digits.append(kSegmentSuffix);
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::begin(const std::string& directory,
                                                            SegmentAbout about) {
  if (auto made = make_archive_directory(directory); !made) return made.error();
  auto file = ArchiveFile::make(directory + "/" + std::string(kUnfinished));
  if (!file) return std::move(file).error();
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(directory, std::move(about), std::move(*file)));
}

SegmentWriter::SegmentWriter(std::string directory, SegmentAbout about, ArchiveFile file)
    : directory_(std::move(directory)),
      about_(std::move(about)),
      file_(std::move(file)),
      block_base_(about_.base_offset),
      at_(where_blocks_begin(about_)) {
  about_.end_offset = about_.base_offset;
  chain_.start(about_.chain_before);
}

SegmentWriter::~SegmentWriter() {
  std::error_code ignored;
  if (!is_finished_) std::filesystem::remove(file_.path(), ignored);
}

Result<void> SegmentWriter::add(const LogRecord& record) {
  CHECK(record.where == about_.where && record.offset == about_.end_offset);
  chain_.step(record.bytes);
  about_.last_record = hash128(record.bytes);
  block_.add(record.bytes);
  is_forged_.push_back(record.is_forged);
  raw_bytes_ += record.bytes.size();
  ++about_.end_offset;
  if (block_.bytes.size() >= segment::kBlockBytes) return write_block();
  return {};
}

Result<void> SegmentWriter::write_block() {
  if (block_.count() == 0) return {};
  for (std::size_t i = 0; i < block_.count(); ++i) {
    if (is_forged_[i]) block_.ends[i] |= segment::kForged;
  }
  payload_.assign(reinterpret_cast<const char*>(block_.ends.data()),
                  block_.count() * sizeof(std::uint32_t));
  payload_.resize(padded(payload_.size()), '\0');
  payload_.append(block_.bytes);
  CHECK(payload_.size() <= segment::kBlockBytesMax);
  const std::string_view packed = pack(payload_, packed_);
  const std::string_view stored = packed.empty() ? std::string_view{payload_} : packed;
  BlockHead head{};
  head.packing = packed.empty() ? segment::Packing::None : segment::Packing::Lz4;
  head.records = static_cast<std::uint32_t>(block_.count());
  head.payload_size = static_cast<std::uint32_t>(payload_.size());
  head.stored_size = static_cast<std::uint32_t>(stored.size());
  head.base_offset = block_base_;
  std::string block(raw(head));
  block.append(stored);
  block.resize(padded(block.size()), '\0');
  head.crc = segment::crc_of<BlockHead>(bytes_of(block));
  std::memcpy(block.data(), &head, sizeof head);
  if (auto written = file_.write_at(at_, bytes_of(block)); !written) return written;
  at_ += block.size();
  block_base_ = about_.end_offset;
  block_.ends.clear();
  block_.bytes.clear();
  is_forged_.clear();
  return {};
}

Result<SegmentAbout> SegmentWriter::finish() {
  CHECK(!is_finished_ && about_.end_offset > about_.base_offset);
  if (auto written = write_block(); !written) return written.error();
  about_.chain_after = chain_.value();
  Head head{};
  head.magic = segment::kMagic;
  head.format = segment::kFormat;
  head.writers = about_.writers;
  head.topic = about_.where.topic;
  head.partition = about_.where.partition;
  head.genesis_size = static_cast<std::uint32_t>(about_.genesis.size());
  head.base_offset = about_.base_offset;
  head.end_offset = about_.end_offset;
  head.blocks_size = at_ - where_blocks_begin(about_);
  head.last_record = about_.last_record;
  head.chain_before = about_.chain_before;
  head.chain_after = about_.chain_after;
  std::string bytes(raw(head));
  bytes.append(about_.genesis);
  bytes.resize(padded(bytes.size()), '\0');
  head.crc = segment::crc_of<Head>(bytes_of(bytes));
  std::memcpy(bytes.data(), &head, sizeof head);
  if (auto written = file_.write_at(0, bytes_of(bytes)); !written) return written.error();
  auto named = file_.finish_as(directory_ + "/" + segment_name(about_.base_offset));
  if (!named) return named.error();
  is_finished_ = true;
  return about_;
}

}  // namespace jari
