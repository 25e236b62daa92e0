#include "engine/http/chunks.h"

#include <algorithm>
#include <charconv>

namespace jari::http {
namespace {

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  });
}

}  // namespace

void ChunkedBody::refuse(std::string_view why) {
  fault_ = {FaultKind::Malformed, why, "body"};
}

std::size_t ChunkedBody::feed(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !is_whole() && !fault_) {
    const std::string_view rest = bytes.substr(taken);
    if (state_ != State::Bytes) {
      taken += take_line(rest);
      continue;
    }
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, rest.size()));
    body.append(rest.substr(0, length));
    taken += length;
    chunk_left_ -= length;
    if (chunk_left_ == 0) state_ = State::BytesEnd;
  }
  return taken;
}

std::size_t ChunkedBody::take_line(std::string_view bytes) {
  const std::size_t newline = bytes.find('\n');
  const std::size_t taken = newline == std::string_view::npos ? bytes.size() : newline + 1;
  if (line_.size() + taken > kChunkLineBytesMax) {
    refuse("a chunk's line is too long");
    return taken;
  }
  line_.append(bytes.substr(0, taken));
  if (state_ == State::BytesEnd && !std::string_view{"\r\n"}.starts_with(line_)) {
    refuse("a chunk is longer than it says");
  } else if (newline != std::string_view::npos) {
    end_line();
  }
  return taken;
}

void ChunkedBody::end_line() {
  const std::string_view line = std::string_view{line_}.substr(0, line_.size() - 1);
  if (!line.ends_with('\r')) {
    refuse("a chunk's line ends with LF alone");
  } else if (state_ == State::Size) {
    begin_chunk(line.substr(0, line.size() - 1));
  } else if (state_ == State::BytesEnd) {
    state_ = State::Size;
  } else {
    end_trailer(line.substr(0, line.size() - 1));
  }
  line_.clear();
}

void ChunkedBody::begin_chunk(std::string_view line) {
  constexpr int kHex = 16;
  std::uint64_t size = 0;
  const auto read = std::from_chars(line.data(), line.data() + line.size(), size, kHex);
  const auto digits = static_cast<std::size_t>(read.ptr - line.data());
  if (read.ec == std::errc::result_out_of_range) {
    fault_ = {FaultKind::BodyTooLarge, "the body is too large"};
    return;
  }
  line.remove_prefix(digits);
  const bool is_extended = line.starts_with(';') && is_printable(line);
  if (read.ec != std::errc{} || digits == 0 || !(line.empty() || is_extended)) {
    refuse("a chunk does not begin with its size");
    return;
  }
  if (size > bytes_left_max_) {
    fault_ = {FaultKind::BodyTooLarge, "the body is too large"};
    return;
  }
  bytes_left_max_ -= size;
  chunk_left_ = size;
  state_ = size == 0 ? State::Trailer : State::Bytes;
}

void ChunkedBody::end_trailer(std::string_view line) {
  if (line.empty()) {
    state_ = State::Whole;
    return;
  }
  trailer_bytes_ += line.size();
  const std::size_t colon = line.find(':');
  const bool has_name = colon != 0 && colon != std::string_view::npos &&
                        line.substr(0, colon).find_first_of(" \t") == std::string_view::npos;
  if (!has_name || !is_printable(line)) {
    refuse("a trailer is not a header");
  } else if (trailer_bytes_ > kChunkLineBytesMax) {
    refuse("the trailers are too long");
  }
}

}  // namespace jari::http
