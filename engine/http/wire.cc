#include "engine/http/wire.h"

#include <array>
#include <charconv>

namespace jari::http {
namespace {

constexpr int kHex = 16;

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

}  // namespace

void append_response(std::string& out, const Response& response, const WireForm& form,
                     std::string_view date) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(status_text(response.status)).append("\r\nDate: ").append(date);
  if (!response.content_type.empty()) {
    out.append("\r\nContent-Type: ").append(response.content_type);
  }
  if (form.is_stream) {
    if (!form.is_http_1_0) out.append("\r\nTransfer-Encoding: chunked");
  } else if (!has_no_body(response.status)) {
    out.append("\r\nContent-Length: ");
    append_number(out, response.body.size());
  }
  if (form.closes) {
    out.append("\r\nConnection: close");
  } else if (form.is_http_1_0) {
    out.append("\r\nConnection: keep-alive");
  }
  out.append("\r\n").append(response.headers.text()).append("\r\n");
  if (form.leaves_body_out || has_no_body(response.status)) return;
  if (form.is_stream && !form.is_http_1_0) {
    append_chunk(out, response.body);
  } else {
    out.append(response.body);
  }
}

void append_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  append_number(out, piece.size(), kHex);
  out.append("\r\n").append(piece).append("\r\n");
}

std::string http_date(std::time_t at) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&at, &parts);
  std::string out;
  const auto two = [&](int number) {
    out.push_back(static_cast<char>('0' + number / 10));
    out.push_back(static_cast<char>('0' + number % 10));
  };
  out.append(kDays[static_cast<std::size_t>(parts.tm_wday)]).append(", ");
  two(parts.tm_mday);
  out.append(" ").append(kMonths[static_cast<std::size_t>(parts.tm_mon)]).append(" ");
  append_number(out, static_cast<std::size_t>(parts.tm_year + 1900));
  out.append(" ");
  two(parts.tm_hour);
  out.append(":");
  two(parts.tm_min);
  out.append(":");
  two(parts.tm_sec);
  out.append(" GMT");
  return out;
}

}  // namespace jari::http
