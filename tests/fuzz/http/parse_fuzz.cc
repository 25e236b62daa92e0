// Any bytes as a request: what comes in one piece and what comes byte by byte must be read alike.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/http/chunks.h"
#include "engine/http/parse.h"

namespace jari::http {
namespace {

constexpr HeadLimits kLimits{.line_bytes_max = 256, .headers_bytes_max = 512, .headers_max = 8};

struct Seen {
  bool is_whole = false;
  FaultKind fault = FaultKind::None;
  std::string body = {};
  bool operator==(const Seen&) const = default;
};

Seen read_chunks(std::string_view bytes, std::size_t step) {
  ChunkedBody chunks{4096};
  Seen seen;
  std::string pending;
  for (std::size_t at = 0; at < bytes.size() && !chunks.is_whole() && !chunks.fault(); at += step) {
    pending.append(bytes.substr(at, step));
    pending.erase(0, chunks.feed(pending, seen.body));
  }
  seen.is_whole = chunks.is_whole();
  seen.fault = chunks.fault().kind;
  CHECK(seen.body.size() <= 4096);
  return seen;
}

std::size_t head_end(std::string_view bytes, std::size_t step) {
  HeadScan scan;
  for (std::size_t end = step; end < bytes.size() + step; end += step) {
    if (scan.is_whole(bytes.substr(0, end), kLimits)) return scan.end();
    if (scan.fault()) return 0;
  }
  return 0;
}

void check_head(std::string_view bytes, std::size_t end) {
  ParsedHead parsed;
  if (parse_head(bytes.substr(0, end), kLimits, parsed)) return;
  CHECK(parsed.head.path == "*" || parsed.head.path.starts_with('/'));
  CHECK(parsed.fields.size() <= kLimits.headers_max);
  CHECK(!(parsed.is_chunked && parsed.head.header_count("content-length") > 0));
  CHECK(parsed.head.header_count("content-length") <= 1);
  CHECK(parsed.head.header_count("host") == 1 || parsed.head.is_http_1_0);
  const std::string_view rest = bytes.substr(end);
  if (!parsed.is_chunked) return;
  const Seen at_once = read_chunks(rest, rest.size() + 1);
  const Seen slowly = read_chunks(rest, 1);
  CHECK(at_once == slowly);
}

}  // namespace
}  // namespace jari::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace jari::http;
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  const std::size_t at_once = head_end(text, size + 1);
  const std::size_t slowly = head_end(text, 1);
  CHECK(at_once == 0 || slowly == 0 || at_once == slowly);
  if (at_once > 0) check_head(text, at_once);
  return 0;
}
