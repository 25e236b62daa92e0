#include "engine/http/target.h"

#include <utility>

#include "engine/http/utf8.h"

namespace jari::http {
namespace {

constexpr std::size_t kParametersMax = 32;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

std::optional<Query> Query::parse(std::string_view query) {
  Query found;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (one.empty()) continue;
    const std::size_t equals = one.find('=');
    auto name = percent_decode(one.substr(0, equals));
    auto value = percent_decode(equals == std::string_view::npos ? "" : one.substr(equals + 1));
    if (!name || !value || name->empty()) return std::nullopt;
    if (found.parameters_.size() == kParametersMax) return std::nullopt;
    found.parameters_.push_back({std::move(*name), std::move(*value)});
  }
  return found;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const Parameter& one : parameters_) {
    if (one.name == name) return one.value;
  }
  return std::nullopt;
}

std::size_t Query::count(std::string_view name) const {
  std::size_t count = 0;
  for (const Parameter& one : parameters_) count += one.name == name ? 1 : 0;
  return count;
}

}  // namespace jari::http
