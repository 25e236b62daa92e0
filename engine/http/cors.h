// engine/http/cors.h — Cors: which pages of other origins may call.
//
// No cookies are allowed along (`Allow-Credentials` is never sent): callers bring bearer tokens.
//
// Errors:  none; an origin that is not allowed simply gets no CORS headers.
// Threads: read-only once made.
#pragma once

#include <string>
#include <vector>

#include "engine/http/request.h"
#include "engine/http/response.h"

namespace jari::http {

class Cors {
 public:
  /// `https://page.example`, exactly as browsers send it; `*` allows every origin.
  explicit Cors(std::vector<std::string> origins);

  /// Adds Access-Control-Allow-Origin and Access-Control-Expose-Headers where the origin of the
  /// request is allowed, and `Vary: Origin` unless the answer has a Vary of its own.
  void add_headers(const RequestHead& head, Response& response) const;

  /// True for OPTIONS with Origin and Access-Control-Request-Method.
  [[nodiscard]] static bool is_preflight(const RequestHead& head);
  /// 204 with what may be sent; `allow` is the path's list of methods (RouteMatch::allow).
  [[nodiscard]] Response preflight(const RequestHead& head, std::string_view allow) const;

 private:
  [[nodiscard]] bool is_allowed(std::string_view origin) const;
  std::vector<std::string> origins_;
  bool allows_all_ = false;
};

}  // namespace jari::http
