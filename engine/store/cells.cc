#include "engine/store/cells.h"

#include <cstring>

#include "engine/base/check.h"

namespace jari {

CellNo Cells::take(std::size_t granules) {
  CHECK(granules > 0 && granules < free_.size());
  CellNo& free = free_[granules];
  if (free != 0) {
    const CellNo cell = free;
    std::memcpy(&free, at(cell), sizeof free);
    return cell;
  }
  if (granules > left_) {
    CHECK(blocks_.size() < (std::size_t{1} << 32) / kGranulesInBlock);
    const std::size_t skipped = blocks_.empty() ? 1 : 0;  // 0 is no cell
    next_ = blocks_.size() * kGranulesInBlock + skipped;
    left_ = kGranulesInBlock - skipped;
    blocks_.emplace_back(new char[kBlockBytes]);  // not touched before it is used
  }
  const auto cell = static_cast<CellNo>(next_);
  next_ += granules;
  left_ -= granules;
  return cell;
}

void Cells::give_back(CellNo cell, std::size_t granules) {
  CHECK(cell != 0 && granules > 0 && granules < free_.size());
  CellNo& free = free_[granules];
  std::memcpy(at(cell), &free, sizeof free);
  free = cell;
}

}  // namespace jari
