// engine/http/request.h — RequestHead and Request: one request as it was sent, seen through views.
//
// Keeps nothing: the views are good during the call that gets them, no longer.
//
// Errors:  none; what stands here has been parsed.
// Threads: read-only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace jari::http {

enum class Method : std::uint8_t { Other = 0, Get, Head, Post, Put, Patch, Delete, Options };

/// `GET`; empty for Other.
[[nodiscard]] std::string_view to_text(Method method);

struct HeaderField {
  std::string_view name;
  std::string_view value;  // without the spaces around it
};

struct RequestHead {
  Method method = Method::Other;
  std::string_view method_text = {};
  std::string_view path = {};  // as it came, still percent-encoded: Router decodes what it captures
  std::string_view query = {};  // after the `?`, still encoded; empty without one
  std::span<const HeaderField> headers = {};
  std::string_view peer = {};  // the address of the other end, as text, without its port
  std::uint32_t thread = 0;    // the io thread that serves this connection, from 0
  bool is_http_1_0 = false;
  bool has_body = false;  // a length above 0, or chunked

  /// The first value of `name`, which must be given in lower case; the headers' case is ignored.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// How often `name` (lower case) was sent: a header that must be single can be refused.
  [[nodiscard]] std::size_t header_count(std::string_view name) const;
};

struct Request {
  const RequestHead& head;
  std::string_view body;
  std::uint32_t route = 0;  // what before_body noted down
};

}  // namespace jari::http
