#include "engine/http/parse.h"

#include <algorithm>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#pragma GCC diagnostic pop

namespace jari::http {
namespace {

namespace bh = boost::beast::http;
using BeastText = boost::beast::string_view;
using boost::beast::error_code;

constexpr std::size_t kHeadBytesUnlimited = 1U << 30;  // HeadScan has counted already

std::string_view std_text(BeastText text) {
  return {text.data(), text.size()};
}

Method method_of(bh::verb verb) {
  switch (verb) {
    case bh::verb::get:
      return Method::Get;
    case bh::verb::head:
      return Method::Head;
    case bh::verb::post:
      return Method::Post;
    case bh::verb::put:
      return Method::Put;
    case bh::verb::patch:
      return Method::Patch;
    case bh::verb::delete_:
      return Method::Delete;
    case bh::verb::options:
      return Method::Options;
    default:
      return Method::Other;
  }
}

/// What Beast's parser finds in a head.
class HeadEvents final : public bh::basic_parser<true> {
 public:
  explicit HeadEvents(ParsedHead& out) : out_(out) {}
  BeastText target;
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t encodings = 0;
  bool has_odd_value = false;

 private:
  void on_request_impl(bh::verb verb, BeastText method, BeastText whole_target, int version,
                       error_code&) override {
    out_.head.method = method_of(verb);
    out_.head.method_text = std_text(method);
    out_.head.is_http_1_0 = version == 10;
    target = whole_target;
  }

  void on_field_impl(bh::field name, BeastText name_text, BeastText value, error_code&) override {
    out_.fields.push_back({std_text(name_text), std_text(value)});
    switch (name) {
      case bh::field::host:
        ++hosts;
        return;
      case bh::field::content_length:
        ++lengths;
        has_odd_value |= value.find_first_not_of("0123456789") != BeastText::npos;
        return;
      case bh::field::transfer_encoding:
        ++encodings;
        has_odd_value |= !boost::beast::iequals(value, "chunked");
        return;
      case bh::field::expect:
        out_.expects_continue = boost::beast::iequals(value, "100-continue");
        return;
      default:
        return;
    }
  }

  // A head has none of these.
  void on_response_impl(int, BeastText, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastText, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  ParsedHead& out_;
};

constexpr std::string_view kRequestLine = "request-line";
constexpr std::string_view kHeaders = "headers";
constexpr std::string_view kHost = "host";
constexpr std::string_view kLength = "content-length";
constexpr std::string_view kEncoding = "transfer-encoding";

Fault malformed(std::string_view field, std::string_view why) {
  return {FaultKind::Malformed, why, field};
}

/// `/path?query`, `http://host/path?query` or `*`, and nothing else.
Fault split_target(std::string_view target, RequestHead& head) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.size(), target.find_first_of("/?")));
    if (target.empty()) target = "/";
  }
  const auto is_odd = [](char c) { return c == '#' || static_cast<unsigned char>(c) > 126; };
  if (std::any_of(target.begin(), target.end(), is_odd)) {
    return malformed(kRequestLine,
                     "the request target has characters that must be percent-encoded");
  }
  const std::size_t question = target.find('?');
  head.path = target.substr(0, question);
  head.query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  if (head.path != "*" && !head.path.starts_with('/')) {
    return malformed(kRequestLine, "the request target is not a path that begins with a slash");
  }
  return {};
}

/// What would let two readers see two different requests in the same bytes.
Fault check_framing(const HeadEvents& events, const RequestHead& head) {
  if (events.hosts > 1) return malformed(kHost, "more than one Host header");
  if (events.hosts == 0 && !head.is_http_1_0)
    return malformed(kHost, "HTTP/1.1 needs a Host header");
  if (events.lengths > 1) return malformed(kLength, "more than one Content-Length header");
  if (events.encodings > 1) return malformed(kEncoding, "more than one Transfer-Encoding header");
  if (events.encodings == 1 && events.lengths == 1) {
    return malformed(kEncoding, "Content-Length and Transfer-Encoding in one request");
  }
  if (events.has_odd_value && events.lengths == 1)
    return malformed(kLength, "Content-Length is no number");
  if (events.has_odd_value) return malformed(kEncoding, "a Transfer-Encoding other than chunked");
  if (events.encodings == 1 && head.is_http_1_0) {
    return malformed(kEncoding, "Transfer-Encoding in an HTTP/1.0 request");
  }
  return {};
}

}  // namespace

bool HeadScan::is_whole(std::string_view bytes, const HeadLimits& limits) {
  while (at_ < bytes.size() && !fault_) {
    const std::size_t newline = bytes.find('\n', at_);
    if (newline == std::string_view::npos) {
      at_ = bytes.size();
      break;
    }
    if (take_line(bytes, newline)) {
      check_sizes(at_, true, limits);
      return !fault_;
    }
  }
  if (!fault_) check_sizes(bytes.size(), false, limits);
  return false;
}

/// True where that line is the empty one behind the headers.
bool HeadScan::take_line(std::string_view bytes, std::size_t newline) {
  at_ = newline + 1;
  if (newline == line_at_ || bytes[newline - 1] != '\r') {
    fault_ = malformed(line_end_ == 0 ? kRequestLine : kHeaders, "a line ends with LF alone");
    return false;
  }
  const bool is_empty = newline == line_at_ + 1;
  const char first = bytes[line_at_];
  if (line_end_ == 0) {
    line_end_ = at_;
    if (is_empty) fault_ = malformed(kRequestLine, "the request line is empty");
  } else if (first == ' ' || first == '\t') {
    fault_ = malformed(kHeaders, "a header is folded over two lines");
  } else if (is_empty) {
    return true;
  }
  line_at_ = at_;
  return false;
}

void HeadScan::check_sizes(std::size_t bytes, bool is_whole, const HeadLimits& limits) {
  const std::size_t line = line_end_ == 0 ? bytes : line_end_ - 2;
  const std::size_t headers = line_end_ == 0 ? 0 : bytes - line_end_;
  if (headers > limits.headers_bytes_max) {
    fault_ = {FaultKind::HeadersTooLarge, "the headers are too large"};
  } else if (line > limits.line_bytes_max &&
             (is_whole || line > limits.line_bytes_max + limits.headers_bytes_max)) {
    // Until then it is read on, since headers that are too large come first.
    fault_ = {FaultKind::LineTooLong, "the request line is too long"};
  }
}

Fault parse_head(std::string_view bytes, const HeadLimits& limits, ParsedHead& out) {
  out.fields.clear();
  HeadEvents events{out};
  events.skip(true);  // the body is read elsewhere
  events.header_limit(kHeadBytesUnlimited);
  events.body_limit(boost::none);
  error_code fault;
  const std::size_t taken = events.put({bytes.data(), bytes.size()}, fault);
  if (fault || taken != bytes.size() || !events.is_done()) {
    return malformed(out.head.method_text.empty() ? kRequestLine : kHeaders,
                     "the request line or a header is not HTTP/1.1");
  }
  if (out.fields.size() > limits.headers_max) {
    return {FaultKind::HeadersTooLarge, "too many headers"};
  }
  if (const Fault odd = check_framing(events, out.head); odd) return odd;
  if (const Fault odd = split_target(std_text(events.target), out.head); odd) return odd;
  out.head.headers = out.fields;
  out.is_chunked = events.chunked();
  out.content_length = events.content_length().value_or(0);
  out.keeps_alive = events.keep_alive();
  out.expects_continue = out.expects_continue && !out.head.is_http_1_0;
  out.head.has_body = out.is_chunked || out.content_length > 0;
  return {};
}

}  // namespace jari::http
