// engine/http/response.h — Response: what goes back for one request.
//
// Says nothing of the connection: lengths, Date, Connection and chunking are the server's.
//
// Errors:  none; a header that could split the answer (CR, LF, NUL) is a bug and stops (CHECK).
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jari::http {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kProblemJson = "application/problem+json";
inline constexpr std::string_view kEventStream = "text/event-stream";
inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

/// Header lines as they go out, in one text: a hot answer costs one allocation for all of them.
class HeaderLines {
 public:
  /// Appends a line; the same name twice gives two lines.
  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, std::int64_t value);
  /// The first value of `name`, whatever its case; a view into these lines.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// `Name: value\r\n` for each.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct Response {
  int status = 200;
  std::string_view content_type = kJson;  // a literal: it is not copied; empty = no such header
  std::string body;                       // not sent for HEAD, 204 and 304
  HeaderLines headers;
  bool is_overload = false;  // too much work: who is told so is throttled
};

/// `{body}` as JSON with a status.
[[nodiscard]] Response json_response(int status, std::string body);
[[nodiscard]] Response empty_response(int status);

/// `Not Found` for 404; `Unknown` for a status that has no text here.
[[nodiscard]] std::string_view status_text(int status);

}  // namespace jari::http
