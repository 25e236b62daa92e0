#include "consumers/audit/turns.h"

#include <algorithm>

namespace jari::audit {
namespace {

Turns::Step joined(const Turns::Step& one, const Turns::Step& next) {
  return {std::min(one.lowest, next.lowest), std::max(one.highest, next.highest)};
}

}  // namespace

void Turns::add(std::uint64_t place) {
  if (admitted_ == kMost * length_) widen();
  const bool is_new = admitted_++ % length_ == 0;
  const Step step{place, place};
  if (is_new) {
    steps_.push_back(step);
  } else {
    steps_.back() = joined(steps_.back(), step);
  }
}

/// Steps twice as long. All of them are full, and their number is even.
void Turns::widen() {
  for (std::size_t i = 0; i < steps_.size() / 2; ++i) {
    steps_[i] = joined(steps_[2 * i], steps_[2 * i + 1]);
  }
  steps_.resize(steps_.size() / 2);
  length_ *= 2;
}

std::uint64_t Turns::highest() const {
  std::uint64_t most = 0;
  for (const Step& one : steps_) most = std::max(most, one.highest);
  return most;
}

}  // namespace jari::audit
