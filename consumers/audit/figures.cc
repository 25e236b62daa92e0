#include "consumers/audit/figures.h"

#include <algorithm>
#include <tuple>

namespace jari::audit {

void Series::add(Instant at) {
  const std::int64_t second = at.ms / 1000;
  if (counts_.empty()) begins_s_ = second;
  if (second < begins_s_) return;  // a partition's time never goes back
  while ((second - begins_s_) / step_s_ >= static_cast<std::int64_t>(kMost)) widen();
  const auto index = static_cast<std::size_t>((second - begins_s_) / step_s_);
  if (counts_.size() <= index) counts_.resize(index + 1);
  ++counts_[index];
}

/// Steps twice as long, from a multiple of their length on.
void Series::widen() {
  const std::int64_t step = step_s_ * 2;
  const std::int64_t begins = begins_s_ / step * step;
  const auto shift = static_cast<std::size_t>((begins_s_ - begins) / step_s_);
  std::vector<std::uint64_t> wide((counts_.size() + shift + 1) / 2);
  for (std::size_t i = 0; i < counts_.size(); ++i) wide[(i + shift) / 2] += counts_[i];
  counts_ = std::move(wide);
  begins_s_ = begins;
  step_s_ = step;
}

void Waits::add(milliseconds wait) {
  const auto at = std::find_if(kUpToSeconds.begin(), kUpToSeconds.end(), [&](std::int64_t bound) {
    return wait <= milliseconds{bound * 1000};
  });
  ++counts_[static_cast<std::size_t>(at - kUpToSeconds.begin())];
  longest_ = std::max(longest_, wait);
}

void Figures::add_act(const Act& act, const At& at, Instant time) {
  ++acts_in_all;
  auto known = acts.find(act);
  if (known == acts.end()) {
    if (acts.size() >= kListedMost) {
      ++acts_unlisted;
      return;
    }
    known = acts.emplace(act, Acts{0, at, time, time}).first;
  }
  Acts& acts_of = known->second;
  ++acts_of.times;
  acts_of.last_at = std::max(acts_of.last_at, time);
  // Partitions may be read in any order.
  const auto is_before = std::tie(time, at.where, at.offset) <
                         std::tie(acts_of.first_at, acts_of.first.where, acts_of.first.offset);
  if (is_before) {
    acts_of.first_at = time;
    acts_of.first = at;
  }
}

void Figures::add_change(Change change) {
  if (++changes_in_all <= kListedMost) changes.push_back(std::move(change));
}

void Figures::add_draw(DrawFigures draw) {
  if (++draws_in_all <= kListedMost) draws.push_back(std::move(draw));
}

std::uint64_t Figures::decided_in_all(bool is_granted) const {
  std::uint64_t sum = 0;
  for (const auto& [what, times] : decided) {
    if ((what.second == Code::None) == is_granted) sum += times;
  }
  return sum;
}

std::uint64_t Figures::granted(RecordType type) const {
  const auto at = decided.find({type, Code::None});
  return at == decided.end() ? 0 : at->second;
}

std::map<Code, std::uint64_t> Figures::refusals() const {
  std::map<Code, std::uint64_t> all;
  for (const auto& [what, times] : decided) {
    if (what.second != Code::None) all[what.second] += times;
  }
  return all;
}

}  // namespace jari::audit
