#include "engine/http/cors.h"

#include <algorithm>
#include <utility>

namespace jari::http {
namespace {

constexpr std::string_view kMayBeSent =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Jari-Position, "
    "Jari-Reason, Prefer";
constexpr std::string_view kExposed = "Location, Retry-After, Jari-Position, ETag";
constexpr std::string_view kRememberSeconds = "600";

}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
  allows_all_ = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
}

bool Cors::is_allowed(std::string_view origin) const {
  return allows_all_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

void Cors::add_headers(const RequestHead& head, Response& response) const {
  if (!response.headers.find("Vary")) response.headers.add("Vary", "Origin");
  const auto origin = head.header("origin");
  if (!origin || !is_allowed(*origin)) return;
  response.headers.add("Access-Control-Allow-Origin", *origin);
  response.headers.add("Access-Control-Expose-Headers", kExposed);
}

bool Cors::is_preflight(const RequestHead& head) {
  return head.method == Method::Options && head.header("origin") &&
         head.header("access-control-request-method");
}

Response Cors::preflight(const RequestHead& head, std::string_view allow) const {
  Response response = empty_response(204);
  response.headers.add("Allow", allow);
  response.headers.add("Vary", "Origin, Access-Control-Request-Method");
  add_headers(head, response);
  const auto origin = head.header("origin");
  if (origin && is_allowed(*origin)) {
    response.headers.add("Access-Control-Allow-Methods", allow);
    response.headers.add("Access-Control-Allow-Headers", kMayBeSent);
    response.headers.add("Access-Control-Max-Age", kRememberSeconds);
  }
  return response;
}

}  // namespace jari::http
