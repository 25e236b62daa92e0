// engine/http/target.h — the request target: percent-decoding, query parameters, and Router, which
// finds the route of a method and a path.
//
// RFC 3986 strictly: `+` stands for itself, in a query too, and nothing is normalised (`/a//b`,
// `/a/../b` and a slash at the end are paths of their own).
//
// Errors:  a bad escape, or bytes that are not UTF-8 once decoded, give nothing or BadPath.
// Threads: a Router is read-only once filled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/request.h"

namespace jari::http {

/// The text that `text` stands for.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);
/// Escapes all but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

/// The parameters of a query, decoded, in the order given; `a` and `a=` both have the empty value.
class Query {
 public:
  struct Parameter {
    std::string name;
    std::string value;
  };
  /// Nothing where an escape is bad, a parameter has no name or there are more than 32.
  [[nodiscard]] static std::optional<Query> parse(std::string_view query);
  /// The first of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  std::vector<Parameter> parameters_;
};

struct RouteMatch {
  enum class Kind : std::uint8_t { Found = 1, UnknownPath, WrongMethod, BadPath };
  static constexpr std::size_t kCapturesMax = 4;

  Kind kind = Kind::UnknownPath;
  int route = -1;
  std::array<std::string, kCapturesMax> captures;  // decoded, in the order of the pattern
  std::string_view allow;  // WrongMethod, and Found: `GET, HEAD, OPTIONS, POST`; the Router's
};

/// Patterns such as `/v1/queues/{queue}/tickets/me`. A literal segment wins over a capture; an
/// empty segment is never captured. HEAD counts with GET and OPTIONS is in every `allow` (the
/// application answers it: match gives WrongMethod for OPTIONS on a path that has no such route).
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// A pattern said twice for one method, or one that is malformed, is a bug (CHECK).
  void add(Method method, std::string_view pattern, int route);
  /// `path` as it came, still encoded.
  [[nodiscard]] RouteMatch match(Method method, std::string_view path) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace jari::http
