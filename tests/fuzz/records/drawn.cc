#include "tests/fuzz/records/drawn.h"

#include <array>
#include <cstring>

namespace jari::fuzz {
namespace {

constexpr std::uint8_t kWide = 255;  // eight bytes follow
constexpr std::array<std::string_view, 12> kTexts{"q",  "p",  "s", "t", "slot-1", "slot-2",
                                                  "pf", "mo", "x", "",  "1-0-1",  "not an id!"};

template <std::size_t... Index>
Bytes body_of(Drawn& drawn, Encoder& encoder, RecordType type, std::index_sequence<Index...>) {
  Bytes body;
  const auto draw = [&]<std::size_t At>(std::integral_constant<std::size_t, At>) {
    std::variant_alternative_t<At, Record> record;
    drawn.fill(record);
    body = encoder.encode(record);
    return true;
  };
  (void)((type == Index + 1 && draw(std::integral_constant<std::size_t, Index + 1>{})) || ...);
  return body;
}

}  // namespace

std::uint64_t Drawn::number() {
  if (bytes_.empty()) return 0;
  const std::uint8_t first = bytes_.front();
  bytes_ = bytes_.subspan(1);
  if (first != kWide) return first;
  std::uint64_t wide = 0;
  const std::size_t size = std::min(bytes_.size(), sizeof wide);
  if (size > 0) std::memcpy(&wide, bytes_.data(), size);
  bytes_ = bytes_.subspan(size);
  return wide;
}

std::string_view Drawn::text() {
  return kTexts[below(kTexts.size())];
}

Instant Drawn::instant() {
  const std::uint64_t seconds = number();
  if (seconds == 0) return Instant{};
  constexpr std::uint64_t kFarSeconds = 1'000'000'000;
  return Instant{kBegins.ms + static_cast<std::int64_t>(seconds % kFarSeconds) * 1000};
}

Bytes Drawn::raw() {
  const auto taken = bytes_.first(std::min<std::size_t>(below(kWide), bytes_.size()));
  bytes_ = bytes_.subspan(taken.size());
  return std::as_bytes(taken);
}

Bytes drawn_body(Drawn& drawn, Encoder& encoder, RecordType type) {
  return body_of(drawn, encoder, type, std::make_index_sequence<kRecordTypesEnd - 1>{});
}

}  // namespace jari::fuzz
