// engine/store/sorted_rows.h — the rows of many batches in the order of their keys, each as it was
// left last.
//
// Private to engine/store/. Writes nothing: it looks at the batches, which must outlive it.
//
// Units:   keys and rows are bytes, as StateBatch has them.
// Errors:  none.
// Threads: belongs to one thread.
#pragma once

#include <deque>
#include <vector>

#include "engine/store/state_disk.h"

namespace jari {

class SortedRows {
 public:
  explicit SortedRows(const std::deque<StateBatch>& batches);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Calls visit(key, row or nullptr where it was erased) until it says false.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Row& one = rows_[i];
      if (i + 1 < rows_.size() && rows_[i + 1].key == one.key) continue;  // it came again
      if (!visit(one.key, one.is_erased ? nullptr : &one.row)) return;
    }
  }

 private:
  /// Compared by its next sixteen bytes: few comparisons go and look at the key itself.
  struct Row {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint32_t order = 0;  // of all rows, as they came
    bool is_erased = false;
    std::string_view key;
    std::string_view row;
  };
  void sort(std::size_t first, std::size_t last, std::size_t from_byte);

  std::vector<Row> rows_;
};

}  // namespace jari
