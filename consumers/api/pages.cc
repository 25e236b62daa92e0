#include "consumers/api/pages.h"

#include <charconv>

#include "engine/http/base64url.h"

namespace jari::api {

std::string page_text(ListKind kind, std::string_view last) {
  std::string bytes(1, static_cast<char>(kind));
  bytes.append(last);
  return http::base64url_encode(bytes_of(bytes));
}

std::optional<std::string> parse_page(ListKind kind, std::string_view text) {
  auto bytes = http::base64url_decode(text);
  if (!bytes || bytes->size() < 2 || bytes->front() != static_cast<char>(kind)) return std::nullopt;
  bytes->erase(0, 1);
  return bytes;
}

std::string place_text(ListKind kind, Instant at, std::string_view id) {
  return page_text(kind, std::to_string(at.ms) + "/" + std::string(id));
}

std::optional<PagePlace> parse_place(ListKind kind, std::string_view text) {
  const auto last = parse_page(kind, text);
  if (!last) return std::nullopt;
  PagePlace place;
  const char* const end = last->data() + last->size();
  const auto [slash, error] = std::from_chars(last->data(), end, place.at.ms);
  if (error != std::errc{} || slash == end || *slash != '/') return std::nullopt;
  place.id.assign(slash + 1, end);
  return place;
}

}  // namespace jari::api
