#include "engine/store/names.h"

#include <algorithm>
#include <cstring>

namespace jari {
namespace {
constexpr std::size_t kBlockBytes = 64 * 1024;
}

Names::Names() {
  texts_.emplace_back();
  numbers_.emplace(std::string_view{}, 0);
}

std::string_view Names::keep(std::string_view text) {
  if (text.size() > left_in_block_) {
    left_in_block_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(left_in_block_));
    next_ = blocks_.back().get();
  }
  std::memcpy(next_, text.data(), text.size());
  const std::string_view kept{next_, text.size()};
  next_ += text.size();
  left_in_block_ -= text.size();
  return kept;
}

Name Names::intern(std::string_view text) {
  if (text.empty()) return {};
  if (const auto known = numbers_.find(text); known != numbers_.end()) return {known->second};
  CHECK(texts_.size() < 0xffffffffU);
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(keep(text));
  numbers_.emplace(texts_.back(), number);
  return {number};
}

std::optional<Name> Names::find(std::string_view text) const {
  const auto known = numbers_.find(text);
  if (known == numbers_.end()) return std::nullopt;
  return Name{known->second};
}

}  // namespace jari
