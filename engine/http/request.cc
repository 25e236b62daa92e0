#include "engine/http/request.h"

#include <algorithm>

namespace jari::http {
namespace {

bool is_named(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
         });
}

}  // namespace

std::string_view to_text(Method method) {
  switch (method) {
    case Method::Get:
      return "GET";
    case Method::Head:
      return "HEAD";
    case Method::Post:
      return "POST";
    case Method::Put:
      return "PUT";
    case Method::Patch:
      return "PATCH";
    case Method::Delete:
      return "DELETE";
    case Method::Options:
      return "OPTIONS";
    case Method::Other:
      break;
  }
  return {};
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (is_named(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t RequestHead::header_count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(),
                    [&](const HeaderField& field) { return is_named(field.name, name); }));
}

}  // namespace jari::http
