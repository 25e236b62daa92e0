#include "consumers/model/ids.h"

#include <array>
#include <charconv>

namespace jari {
namespace {

constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << 48) - 1;

std::string made_text(char letter, MadeId id) {
  std::array<char, 24> text{letter};  // 1 + 5 + 1 + 15 digits at most
  char* const end = text.data() + text.size();
  char* at = std::to_chars(text.data() + 1, end, id.partition()).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, (id.number & kOffsetMask) - 1).ptr;
  return {text.data(), at};
}

template <class Number>
bool take_number(std::string_view& text, Number& out) {
  if (text.empty() || (text[0] == '0' && text.size() > 1 && text[1] >= '0' && text[1] <= '9')) {
    return false;  // one text for each id: no leading zeros
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<MadeId> parse_made(char letter, std::string_view text) {
  PartitionNo partition = 0;
  Offset offset = 0;
  if (text.empty() || text[0] != letter) return std::nullopt;
  text.remove_prefix(1);
  if (!take_number(text, partition) || text.empty() || text[0] != '-') return std::nullopt;
  text.remove_prefix(1);
  if (!take_number(text, offset) || !text.empty() || offset >= kOffsetMask) return std::nullopt;
  return make_id(partition, offset);
}

}  // namespace

bool is_id(std::string_view text) {
  static constexpr auto kMayBe = [] {
    std::array<bool, 256> may{};
    for (const unsigned char c :
         std::string_view{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-"}) {
      may[c] = true;
    }
    return may;
  }();
  if (text.empty() || text.size() > kIdBytesMax) return false;
  bool is_good = true;
  for (const char c : text) is_good &= kMayBe[static_cast<unsigned char>(c)];
  return is_good;
}

std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

MadeId make_id(PartitionNo partition, Offset offset) {
  CHECK(offset < kOffsetMask);
  return {(std::uint64_t{partition} << 48) | (offset + 1)};
}

std::string appointment_text(MadeId id) {
  return made_text('a', id);
}
std::string hold_text(MadeId id) {
  return made_text('h', id);
}
std::optional<MadeId> parse_appointment(std::string_view text) {
  return parse_made('a', text);
}
std::optional<MadeId> parse_hold(std::string_view text) {
  return parse_made('h', text);
}

}  // namespace jari
