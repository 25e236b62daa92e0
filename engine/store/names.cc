#include "engine/store/names.h"

#include <algorithm>
#include <utility>

#include <absl/hash/hash.h>

namespace jari {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kFirstPlaces = 64;

}  // namespace

Names::Tag Names::tag_of(std::string_view text) {
  const std::uint64_t hash = absl::HashOf(text);
  return static_cast<Tag>(hash ^ hash >> 32);
}

Names::Names() : places_(kFirstPlaces), mask_(kFirstPlaces - 1) {
  texts_.push_back(keep({}));
}

const char* Names::keep(std::string_view text) {
  const auto length = static_cast<Length>(text.size());
  const std::size_t bytes = sizeof length + text.size();
  if (bytes > left_in_block_) {
    left_in_block_ = std::max(kBlockBytes, bytes);
    blocks_.push_back(std::make_unique<char[]>(left_in_block_));
    next_ = blocks_.back().get();
  }
  char* const kept = next_;
  std::memcpy(kept, &length, sizeof length);
  std::copy(text.begin(), text.end(), kept + sizeof length);
  next_ += bytes;
  left_in_block_ -= bytes;
  return kept;
}

std::size_t Names::place_of(Tag tag, std::string_view text) const {
  std::size_t at = tag & mask_;
  while (places_[at].text != nullptr &&
         (places_[at].tag != tag || text_at(places_[at].text) != text)) {
    at = after(at);
  }
  return at;
}

Name Names::intern(std::string_view text) {
  if (text.empty()) return {};
  const Tag tag = tag_of(text);
  std::size_t at = place_of(tag, text);
  if (places_[at].text != nullptr) return {places_[at].number};
  CHECK(texts_.size() < 0xffffffffU && text.size() <= 0xffffffffU);
  if (texts_.size() * 2 > places_.size()) {
    grow();
    at = place_of(tag, text);
  }
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(keep(text));
  places_[at] = {tag, number, texts_.back()};
  return {number};
}

/// Twice as many places, by their tags alone: no text is touched.
void Names::grow() {
  const std::vector<Place> before = std::exchange(places_, std::vector<Place>(2 * places_.size()));
  mask_ = places_.size() - 1;
  for (const Place& one : before) {
    if (one.text == nullptr) continue;
    std::size_t at = one.tag & mask_;
    while (places_[at].text != nullptr) at = after(at);
    places_[at] = one;
  }
}

std::optional<Name> Names::find(std::string_view text) const {
  if (text.empty()) return Name{};
  const Place& place = places_[place_of(tag_of(text), text)];
  if (place.text == nullptr) return std::nullopt;
  return Name{place.number};
}

}  // namespace jari
