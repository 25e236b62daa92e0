#include "engine/log/embedded/commit_frame.h"

#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include <lz4.h>

#include "engine/base/check.h"
#include "engine/log/crc32c.h"

namespace jari {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr int kAcceleration = 8;  // of LZ4: a third less time for a twenty-fifth more bytes
enum class Packing : std::uint8_t { None = 0, Lz4 = 1 };

struct FrameHead {
  std::uint8_t format;
  Packing packing;
  std::uint16_t zero;
  std::uint32_t crc;
  CommitNo commit;
  std::uint32_t sections;
  std::uint32_t payload_size;
  std::uint32_t stored_size;
  std::uint32_t also_zero;
  Hash128 before;
};
static_assert(sizeof(FrameHead) == 48);

struct SectionHead {
  TopicNo topic;
  std::uint8_t zero;
  PartitionNo partition;
  std::uint32_t count;
  Offset base_offset;
  std::uint32_t size;
  std::uint32_t also_zero;
};
static_assert(sizeof(SectionHead) == 24);

constexpr std::size_t padded(std::size_t size) {
  return (size + 7) / 8 * 8;
}
constexpr std::size_t bytes_of_ends(std::size_t count) {
  return padded(count * sizeof(std::uint32_t));
}

/// Of all of the frame but the place of the checksum itself.
std::uint32_t crc_of_frame(Bytes frame) {
  return crc32c(frame.subspan(offsetof(FrameHead, commit)),
                crc32c(frame.first(offsetof(FrameHead, crc))));
}

template <class T>
void append_raw(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void write_payload(const LogBatch& batch, std::string& payload) {
  std::size_t size = 0;
  for (const auto& section : batch.sections) {
    size += bytes_of_ends(section.count()) + section.bytes.size();
  }
  CHECK(size <= kCommitBytesMax);
  payload.clear();
  payload.reserve(size);
  for (const auto& section : batch.sections) {
    CHECK(section.bytes.size() % 8 == 0);
    payload.append(reinterpret_cast<const char*>(section.ends.data()),
                   section.count() * sizeof(std::uint32_t));
    payload.resize(padded(payload.size()), '\0');
    payload.append(section.bytes);
  }
}

/// What each frame is made with, used again: fresh memory would cost as much as the packing.
struct Workshop {
  std::unique_ptr<char[]> lz4_state{new char[static_cast<std::size_t>(LZ4_sizeofState())]};
  std::string payload;
  std::vector<char> packed;
};

/// The payload packed; nothing where that saves less than an eighth.
std::string_view pack(Workshop& shop) {
  const std::string& payload = shop.payload;
  const std::size_t worth = payload.size() - payload.size() / 8;
  if (shop.packed.size() < worth) shop.packed.resize(worth);
  const int packed = LZ4_compress_fast_extState(
      shop.lz4_state.get(), payload.data(), shop.packed.data(), static_cast<int>(payload.size()),
      static_cast<int>(worth), kAcceleration);
  return {shop.packed.data(), static_cast<std::size_t>(packed)};
}

}  // namespace

Hash128 hash_of_frame(Bytes frame) {
  return hash128(frame);
}

std::string write_frame(const CommitPlace& place, const LogBatch& batch, bool compress) {
  thread_local Workshop shop;
  write_payload(batch, shop.payload);
  const std::string_view packed = compress ? pack(shop) : std::string_view{};
  const std::string_view stored = packed.empty() ? std::string_view{shop.payload} : packed;
  FrameHead head{};
  head.format = kFormat;
  head.packing = packed.empty() ? Packing::None : Packing::Lz4;
  head.commit = place.commit;
  head.sections = static_cast<std::uint32_t>(batch.sections.size());
  head.payload_size = static_cast<std::uint32_t>(shop.payload.size());
  head.stored_size = static_cast<std::uint32_t>(stored.size());
  head.before = place.before;

  std::string frame;
  frame.reserve(sizeof head + batch.sections.size() * sizeof(SectionHead) + stored.size());
  append_raw(frame, head);
  for (const auto& section : batch.sections) {
    append_raw(frame, SectionHead{section.where.topic, 0, section.where.partition,
                                  static_cast<std::uint32_t>(section.count()), section.base_offset,
                                  static_cast<std::uint32_t>(section.bytes.size()), 0});
  }
  frame.append(stored);
  head.crc = crc_of_frame(bytes_of(frame));
  std::memcpy(frame.data(), &head, sizeof head);
  return frame;
}

Bytes SectionView::record(std::size_t index) const {
  const std::size_t start = index == 0 ? 0 : padded(ends[index - 1]);
  return {bytes + start, ends[index] - start};
}

Error FrameReader::bad(const char* what) const {
  return {ErrorCode::BadBytes,
          "commit " + std::to_string(commit_) + " of the log is damaged (" + what +
              "): the disk gave back other bytes than were written; check the disk, then restore "
              "the log from a backup"};
}

Result<void> FrameReader::open(CommitNo commit, Bytes frame) {
  commit_ = commit;
  sections_.clear();
  FrameHead head{};
  if (frame.size() < sizeof head) return bad("it is too short");
  std::memcpy(&head, frame.data(), sizeof head);
  if (head.format != kFormat) {
    return Error{ErrorCode::WrongVersion,
                 "commit " + std::to_string(commit) + " of the log is written in format " +
                     std::to_string(head.format) + ", this program knows format " +
                     std::to_string(kFormat) + "; use the program that wrote it, or a newer one"};
  }
  if (crc_of_frame(frame) != head.crc) return bad("its checksum does not fit");
  if (head.commit != commit) return bad("it carries another number");
  const std::size_t heads_size = std::size_t{head.sections} * sizeof(SectionHead);
  if (frame.size() - sizeof head < heads_size) return bad("its sections are cut off");
  stored_ = frame.subspan(sizeof head + heads_size);
  if (stored_.size() != head.stored_size) return bad("its payload is cut off");
  if (head.payload_size > kCommitBytesMax) return bad("its payload is beyond any that is written");
  if (head.packing > Packing::Lz4) return bad("its packing is unknown");
  is_packed_ = head.packing == Packing::Lz4;
  if (!is_packed_ && head.payload_size != head.stored_size) return bad("its sizes do not fit");
  before_ = head.before;
  payload_size_ = head.payload_size;
  return open_sections(frame.subspan(sizeof head, heads_size), head.payload_size);
}

Result<void> FrameReader::open_sections(Bytes heads, std::uint32_t payload_size) {
  std::size_t sum = 0;
  for (; !heads.empty(); heads = heads.subspan(sizeof(SectionHead))) {
    SectionHead head{};
    std::memcpy(&head, heads.data(), sizeof head);
    if (head.size % 8 != 0) return bad("a section's size is odd");
    sum += bytes_of_ends(head.count) + head.size;
    sections_.push_back({PartitionRef{head.topic, head.partition}, head.base_offset, head.count,
                         head.size, nullptr, nullptr});
  }
  if (sum != payload_size) return bad("its sections do not make up its payload");
  return {};
}

Result<void> FrameReader::unpack() {
  const std::byte* payload = stored_.data();
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(payload) % 8 == 0;
  if (is_packed_ || !is_aligned) {
    if (payload_.size() * 8 < payload_size_) payload_.resize(padded(payload_size_) / 8);
    auto* to = reinterpret_cast<char*>(payload_.data());
    if (is_packed_) {
      const int size =
          LZ4_decompress_safe(reinterpret_cast<const char*>(stored_.data()), to,
                              static_cast<int>(stored_.size()), static_cast<int>(payload_size_));
      if (size < 0 || static_cast<std::size_t>(size) != payload_size_) {
        return bad("its payload does not unpack");
      }
    } else if (payload_size_ > 0) {
      std::memcpy(to, stored_.data(), payload_size_);
    }
    payload = reinterpret_cast<const std::byte*>(payload_.data());
  }
  if (!place_sections(payload)) return bad("its records do not lie within their sections");
  return {};
}

bool FrameReader::place_sections(const std::byte* payload) {
  for (auto& section : sections_) {
    section.ends = reinterpret_cast<const std::uint32_t*>(payload);
    section.bytes = payload + bytes_of_ends(section.count);
    std::size_t start = 0;
    for (std::size_t i = 0; i < section.count; ++i) {
      if (section.ends[i] < start || section.ends[i] > section.size) return false;
      start = padded(section.ends[i]);
    }
    if (start != section.size) return false;
    payload = section.bytes + section.size;
  }
  return true;
}

}  // namespace jari
