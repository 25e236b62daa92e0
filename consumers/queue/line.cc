#include "consumers/queue/line.h"

#include <bit>

#include "engine/base/check.h"

namespace jari::queue {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::size_t kWordsInBlock = 8;
constexpr std::size_t kBlockBits = kWordBits * kWordsInBlock;

constexpr std::size_t lowest_bit(std::size_t number) {
  return number & (~number + 1);
}
std::uint32_t ones(std::uint64_t word) {
  return static_cast<std::uint32_t>(std::popcount(word));
}

}  // namespace

// counts_[i - 1] is node i of the tree: the sum of the blocks (i - lowest_bit(i), i].

void Line::reset(Place reached, Place last) {
  bits_.clear();
  counts_.clear();
  last_ = 0;
  waiting_ = 0;
  grow_to(last);
  for (Place place = reached + 1; place <= last;) {
    const std::size_t bit = place - 1;
    if (bit % kWordBits == 0 && last - place >= kWordBits) {
      bits_[bit / kWordBits] = ~std::uint64_t{0};
      place += kWordBits;
    } else {
      bits_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
      ++place;
    }
  }
  for (std::size_t word = 0; word < bits_.size(); ++word) {
    counts_[word / kWordsInBlock] += ones(bits_[word]);
    waiting_ += ones(bits_[word]);
  }
  for (std::size_t node = 1; node <= counts_.size(); ++node) {
    const std::size_t above = node + lowest_bit(node);
    if (above <= counts_.size()) counts_[above - 1] += counts_[node - 1];
  }
}

void Line::grow_to(Place last) {
  last_ = last;
  bits_.resize((std::size_t{last} + kWordBits - 1) / kWordBits);
  const std::size_t blocks = (std::size_t{last} + kBlockBits - 1) / kBlockBits;
  while (counts_.size() < blocks) {
    const std::size_t node = counts_.size() + 1;
    counts_.push_back(in_blocks_before(node - 1) - in_blocks_before(node - lowest_bit(node)));
  }
}

std::uint32_t Line::in_blocks_before(std::size_t block) const {
  std::uint32_t sum = 0;
  for (std::size_t node = block; node > 0; node -= lowest_bit(node)) sum += counts_[node - 1];
  return sum;
}

void Line::count(Place place, bool joins) {
  const std::uint32_t one = joins ? 1U : ~0U;  // unsigned: minus one wraps as it should
  waiting_ += one;
  for (std::size_t node = (place - 1) / kBlockBits + 1; node <= counts_.size();
       node += lowest_bit(node)) {
    counts_[node - 1] += one;
  }
}

void Line::join() {
  grow_to(last_ + 1);
  enter(last_);
}

void Line::enter(Place place) {
  CHECK(place >= 1 && place <= last_ && !waits(place));
  bits_[(place - 1) / kWordBits] |= std::uint64_t{1} << ((place - 1) % kWordBits);
  count(place, true);
}

void Line::leave(Place place) {
  CHECK(waits(place));
  bits_[(place - 1) / kWordBits] &= ~(std::uint64_t{1} << ((place - 1) % kWordBits));
  count(place, false);
}

bool Line::waits(Place place) const {
  if (place == 0 || place > last_) return false;
  return ((bits_[(place - 1) / kWordBits] >> ((place - 1) % kWordBits)) & 1) != 0;
}

std::uint32_t Line::ahead_of(Place place) const {
  CHECK(place >= 1);
  const std::size_t bit = place - 1 < last_ ? place - 1 : last_;
  const std::size_t block = bit / kBlockBits;
  std::uint32_t sum = in_blocks_before(block);
  for (std::size_t word = block * kWordsInBlock; word < bit / kWordBits; ++word) {
    sum += ones(bits_[word]);
  }
  if (bit % kWordBits != 0) {
    sum += ones(bits_[bit / kWordBits] & ((std::uint64_t{1} << (bit % kWordBits)) - 1));
  }
  return sum;
}

Place Line::next_after(Place place) const {
  std::uint32_t before = ahead_of(place + 1);  // the one we look for has this many before it
  if (before >= waiting_) return 0;
  std::size_t block = 0;
  for (std::size_t step = std::bit_floor(counts_.size()); step > 0; step /= 2) {
    if (block + step <= counts_.size() && counts_[block + step - 1] <= before) {
      block += step;
      before -= counts_[block - 1];
    }
  }
  std::size_t word = block * kWordsInBlock;
  while (ones(bits_[word]) <= before) before -= ones(bits_[word++]);
  std::uint64_t left = bits_[word];
  for (; before > 0; --before) left &= left - 1;
  return static_cast<Place>(word * kWordBits + static_cast<std::size_t>(std::countr_zero(left)) +
                            1);
}

}  // namespace jari::queue
