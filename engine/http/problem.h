// engine/http/problem.h — Problem: an error as RFC 9457 has it, `application/problem+json`.
//
// Knows the shape, not the codes: which code means what is the application's.
//
// Errors:  none.
// Threads: plain values; draw_request_id may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/response.h"

namespace jari::http {

struct Problem {
  int status = 500;
  std::string code = {};        // `slot-full`: stable; gives `type` and `title`
  std::string detail = {};      // for people: what, why, what to do
  std::string request_id = {};  // the idempotency key; empty = one is drawn
  std::string field = {};       // which field of the request; empty = absent
  std::optional<std::int64_t> retry_after_seconds = {};
  std::string opens_at = {};  // RFC 3339; empty = absent, as are these two
  std::string not_before = {};
  std::string not_after = {};
  std::optional<std::int64_t> limit = {};
};

/// Members in the order type, title, status, detail, code, request_id, then what helps. 429 and
/// 503 carry `Retry-After` (retry_after_seconds, else 1; it is then in the body too).
[[nodiscard]] Response to_response(const Problem& problem);

/// Appends the problem as a JSON object, for an answer that holds one (`problem` of a request).
void append_json(std::string& out, const Problem& problem);

/// `Slot full` for `slot-full`.
[[nodiscard]] std::string title_of(std::string_view code);

/// 32 hex digits that nobody has seen before; not a secret.
[[nodiscard]] std::string draw_request_id();

}  // namespace jari::http
