#include "engine/base/printable.h"

#include <cstddef>

namespace jari {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;

struct Character {
  std::uint32_t code = kNone;  // kNone: that byte is no UTF-8
  std::size_t bytes = 1;
};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

/// The first one of a text that is not empty.
Character first_of(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte_at(text, i) & 0x3FU);
  }
  return {code, bytes};
}

bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out.push_back("0123456789abcdef"[value >> shift & 0xF]);
  }
}

}  // namespace

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const Character one = first_of(text);
    if (one.code != kNone && is_control(one.code)) return true;
    text.remove_prefix(one.bytes);
  }
  return false;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character one = first_of(text);
    if (one.code == kNone || (is_control(one.code) && one.code < 0x80)) {
      append_hex(out.append("\\x"), byte_at(text, 0), 2);
    } else if (is_control(one.code)) {
      append_hex(out.append("\\u"), one.code, 4);
    } else {
      out.append(text.substr(0, one.bytes));
    }
    text.remove_prefix(one.bytes);
  }
  return out;
}

}  // namespace jari
