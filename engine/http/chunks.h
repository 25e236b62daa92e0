// engine/http/chunks.h — ChunkedBody: a body sent in chunks (RFC 9112, 7.1), piece by piece.
//
// Extensions and trailers are checked and forgotten. Not Beast's: its parser asserts that more than
// four bytes of a last chunk come at once.
//
// Errors:  a Fault; nothing more is taken after it.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/http/fault.h"

namespace jari::http {

inline constexpr std::size_t kChunkLineBytesMax = 8 * 1024;  // of a chunk's line, of all trailers

class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t bytes_max) : bytes_left_max_(bytes_max) {}

  /// Appends to `body` what `bytes` hold of it. Returns how many bytes were taken: all, but where
  /// the body ends before them or is refused.
  std::size_t feed(std::string_view bytes, std::string& body);
  [[nodiscard]] bool is_whole() const { return state_ == State::Whole; }
  [[nodiscard]] const Fault& fault() const { return fault_; }

 private:
  enum class State : std::uint8_t { Size, Bytes, BytesEnd, Trailer, Whole };

  std::size_t take_line(std::string_view bytes);
  void end_line();
  void begin_chunk(std::string_view line);
  void end_trailer(std::string_view line);
  void refuse(std::string_view why);

  State state_ = State::Size;
  std::string line_;  // what has come of it
  std::size_t trailer_bytes_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t bytes_left_max_;
  Fault fault_;
};

}  // namespace jari::http
