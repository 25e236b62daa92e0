// engine/http/fault.h — Fault: why bytes from the network cannot be taken.
//
// Errors:  none.
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <string_view>

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
  std::string_view why;         // a literal
  std::string_view field = {};  // of the form: what is wrong, `host`; a literal
  explicit operator bool() const { return kind != FaultKind::None; }
};

}  // namespace jari::http
