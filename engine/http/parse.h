// engine/http/parse.h — bytes to a request head, and a chunked body to its bytes.
//
// Stricter than it must be, so that no other reader of the same bytes sees another request: no bare
// LF, no folded header, one Host, one Content-Length of digits only, Transfer-Encoding `chunked` or
// none and never beside a length.
//
// Errors:  a Fault with the reason; the connection that sent it cannot be read on.
// Threads: pure, or owned by one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/request.h"

namespace jari::http {

enum class FaultKind : std::uint8_t {
  None = 0,
  Malformed,
  HeadersTooLarge,
  LineTooLong,
  BodyTooLarge
};

struct Fault {
  FaultKind kind = FaultKind::None;
  std::string_view why;  // a literal
  explicit operator bool() const { return kind != FaultKind::None; }
};

struct HeadLimits {
  std::size_t line_bytes_max;
  std::size_t headers_bytes_max;
  std::size_t headers_max;
};

/// Looks for the end of a head that may come in pieces; each byte is looked at once.
class HeadScan {
 public:
  /// `bytes` begins with the head and only grows. True: `end()` bytes are the whole head.
  bool is_whole(std::string_view bytes, const HeadLimits& limits);
  [[nodiscard]] std::size_t end() const { return at_; }
  [[nodiscard]] const Fault& fault() const { return fault_; }

 private:
  bool take_line(std::string_view bytes, std::size_t newline);
  void check_sizes(std::size_t bytes, bool is_whole, const HeadLimits& limits);
  std::size_t at_ = 0;        // all before has been looked at
  std::size_t line_at_ = 0;   // where the current line begins
  std::size_t line_end_ = 0;  // behind the request line; 0 = not yet found
  Fault fault_;
};

struct ParsedHead {
  RequestHead head = {};
  std::vector<HeaderField> fields = {};  // what head.headers shows
  std::uint64_t content_length = 0;
  bool is_chunked = false;
  bool keeps_alive = false;
  bool expects_continue = false;
};

/// `bytes` is a whole head. `out` is views into it.
[[nodiscard]] Fault parse_head(std::string_view bytes, const HeadLimits& limits, ParsedHead& out);

/// A chunked body, in pieces.
class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t bytes_max);
  ~ChunkedBody();
  ChunkedBody(ChunkedBody&&) noexcept;

  /// Appends to `body` what `bytes` hold of it. Returns how many bytes were taken; the rest belongs
  /// to a next piece, or, once it is whole, to the next request.
  std::size_t feed(std::string_view bytes, std::string& body);
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] const Fault& fault() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace jari::http
