// engine/store/cells.h — Cells: room for many small things of a few sizes, four bytes to name each.
//
// Private to engine/store/. What is given back is used again by what is as long; none of it goes
// back to the system, and nothing is ever moved.
//
// Units:   cells are multiples of eight bytes; 2^32 of those, 32 GiB, are all there can be.
// Errors:  more than that, or a cell beyond kCellBytesMax, is a CHECK.
// Threads: belongs to one partition worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace jari {

using CellNo = std::uint32_t;  // 0: none

class Cells {
 public:
  static constexpr std::size_t kGranuleBytes = 8;
  static constexpr std::size_t kCellBytesMax = 255 * kGranuleBytes;

  /// How many granules so many bytes take.
  [[nodiscard]] static constexpr std::size_t granules_of(std::size_t bytes) {
    return (bytes + kGranuleBytes - 1) / kGranuleBytes;
  }

  [[nodiscard]] CellNo take(std::size_t granules);
  /// `granules` as it was taken.
  void give_back(CellNo cell, std::size_t granules);

  /// Valid until it is given back.
  [[nodiscard]] char* at(CellNo cell) const {
    return blocks_[cell / kGranulesInBlock].get() + cell % kGranulesInBlock * kGranuleBytes;
  }
  /// What all of it takes.
  [[nodiscard]] std::size_t bytes() const { return blocks_.size() * kBlockBytes; }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
  static constexpr std::size_t kGranulesInBlock = kBlockBytes / kGranuleBytes;

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t next_ = 0;  // granule of the last block
  std::size_t left_ = 0;  // granules behind it
  std::array<CellNo, kCellBytesMax / kGranuleBytes + 1>
      free_{};  // by granules, each names the next
};

}  // namespace jari
