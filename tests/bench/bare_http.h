// tests/bench/bare_http.h — what the HTTP library alone answers: a Beast server that reads a whole
// request and writes an answer of so many bytes, and does nothing else.
//
// The yardstick for the door: the same requests, answers of the same length, the same callers.
//
// Units:   bytes.
// Errors:  a socket that cannot be opened is thrown as std::runtime_error.
// Threads: serves from one thread of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace jari::bench {

/// The length of an answer, and what its status line says.
struct AnswerShape {
  unsigned status = 200;
  std::size_t head_bytes = 0;  // the empty line included
  std::size_t body_bytes = 0;
};
/// Of an answer as it was read.
[[nodiscard]] AnswerShape shape_of(const std::string& answer);

class BareHttp {
 public:
  explicit BareHttp(AnswerShape answer);
  ~BareHttp();
  BareHttp(const BareHttp&) = delete;
  BareHttp& operator=(const BareHttp&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jari::bench
