// engine/base/hmac.h — HMAC-SHA-256 (RFC 2104) of many texts under one key.
//
// Errors:  none; an OpenSSL that cannot hash stops the process (CHECK).
// Threads: belongs to one.
#pragma once

#include <memory>

#include "engine/base/hash.h"

namespace jari {

/// HMAC-SHA-256 under one key, fed in pieces, again and again: the key is hashed once.
class HmacSha256 {
 public:
  explicit HmacSha256(Bytes key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;
  void feed(Bytes bytes);
  /// Of all that was fed since the last one.
  [[nodiscard]] Sha256 finish();

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace jari
