// engine/http/parse.h — bytes to a request head.
//
// Stricter than it must be, so that no other reader of the same bytes sees another request: no bare
// LF, no folded header, one Host, one Content-Length of digits only, Transfer-Encoding `chunked` or
// none and never beside a length.
//
// Errors:  a Fault with the reason; the connection that sent it cannot be read on.
// Threads: parse_head is pure; a HeadScan belongs to one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/http/fault.h"
#include "engine/http/request.h"

namespace jari::http {

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

}  // namespace jari::http
