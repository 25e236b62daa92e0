#include "engine/store/sorted_rows.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

namespace jari {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

/// The eight bytes from `at` on as a number that orders as they do; what is missing is zero.
std::uint64_t word_at(std::string_view key, std::size_t at) {
  if (at >= key.size()) return 0;
  std::array<char, kWordBytes> bytes{};
  std::memcpy(bytes.data(), key.data() + at, std::min(kWordBytes, key.size() - at));
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), kWordBytes);
  return __builtin_bswap64(word);
}

}  // namespace

SortedRows::SortedRows(const std::deque<StateBatch>& batches) {
  std::size_t bytes = 0;
  for (const StateBatch& batch : batches) bytes += batch.bytes();
  constexpr std::size_t kBytesARow = 96;  // about
  rows_.reserve(bytes / kBytesARow);
  for (const StateBatch& batch : batches) {
    batch.for_each([&](std::string_view key, const std::string_view* row) {
      Row& one = rows_.emplace_back();
      one.order = static_cast<std::uint32_t>(rows_.size());
      one.is_erased = row == nullptr;
      one.key = key;
      if (row != nullptr) one.row = *row;
    });
  }
  sort(0, rows_.size(), 0);
}

void SortedRows::sort(std::size_t first, std::size_t last, std::size_t from_byte) {
  for (std::size_t i = first; i < last; ++i) {
    rows_[i].high = word_at(rows_[i].key, from_byte);
    rows_[i].low = word_at(rows_[i].key, from_byte + kWordBytes);
  }
  const auto begin = rows_.begin();
  std::sort(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last),
            [](const Row& a, const Row& b) {
              const std::size_t a_size = a.key.size();
              const std::size_t b_size = b.key.size();
              return std::tie(a.high, a.low, a_size, a.order) <
                     std::tie(b.high, b.low, b_size, b.order);
            });
  const std::size_t next_byte = from_byte + 2 * kWordBytes;
  for (std::size_t i = first; i < last;) {
    std::size_t end = i + 1;
    while (end < last && rows_[end].high == rows_[i].high && rows_[end].low == rows_[i].low) ++end;
    // By size where the words are equal: the last is the longest.
    if (end - i > 1 && rows_[end - 1].key.size() > next_byte) sort(i, end, next_byte);
    i = end;
  }
}

}  // namespace jari
