// engine/http/wire.h — a Response as the bytes that go out.
//
// Errors:  none.
// Threads: pure.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "engine/http/response.h"

namespace jari::http {

/// What the connection and the request say about how an answer is sent.
struct WireForm {
  bool leaves_body_out = false;  // HEAD
  bool closes = false;           // the connection ends behind this answer
  bool is_http_1_0 = false;
  bool is_stream = false;  // no length is known: chunked, or for 1.0 until the end
};

/// `date` as HTTP has it.
void append_response(std::string& out, const Response& response, const WireForm& form,
                     std::string_view date);
/// One chunk of a chunked body; an empty piece gives nothing, since it would end the body.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// `Tue, 15 Nov 1994 08:12:31 GMT`.
[[nodiscard]] std::string http_date(std::time_t at);

}  // namespace jari::http
