// tests/consumers/queue/draw_reference.h — the draw as schemas/openapi.yaml says it, sentence by
// sentence: what anyone who recomputes it would write.
//
// Shares nothing with consumers/queue/draw.h but SHA-256.
//
// Units:   tickets and places count from 1.
// Errors:  none.
// Threads: plain functions.
#pragma once

#include <string>
#include <vector>

#include "engine/base/hash.h"

namespace jari::queue::reference {

inline std::string sha256_of(const std::string& text) {
  return std::string{text_of(sha256(bytes_of(text)))};
}

/// RFC 2104; no key here is longer than a block.
inline std::string hmac(const std::string& key, const std::string& text) {
  std::string inner(64, '\x36');
  std::string outer(64, '\x5c');
  for (std::size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  return sha256_of(outer + sha256_of(inner + text));
}

inline std::string big_endian(std::uint64_t number, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 255);
  return out;
}

inline std::uint64_t number_of(const std::string& first_eight) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number * 256 + static_cast<unsigned char>(first_eight[i]);
  return number;
}

/// The places of tickets 1 to n. `seed`: its 32 bytes.
inline std::vector<std::uint64_t> places(const std::string& seed, const std::string& beacon,
                                         const std::string& queue, std::uint64_t n) {
  const std::string k = hmac(seed, big_endian(beacon.size(), 4) + beacon +
                                       big_endian(queue.size(), 4) + queue + big_endian(n, 8));
  std::uint64_t b = 1;
  std::uint64_t span = 4;  // 4^b
  for (; span < n; span *= 4) ++b;
  const std::uint64_t half = std::uint64_t{1} << b;
  std::vector<std::uint64_t> all;
  for (std::uint64_t ticket = 1; ticket <= n; ++ticket) {
    std::uint64_t x = ticket - 1;
    do {
      std::uint64_t l = x / half;
      std::uint64_t r = x % half;
      for (int i = 0; i <= 9; ++i) {
        const std::uint64_t f = number_of(hmac(k, big_endian(i, 1) + big_endian(r, 8))) % half;
        const std::uint64_t next = l ^ f;
        l = r;
        r = next;
      }
      x = l * half + r;
    } while (x >= n);
    all.push_back(1 + x);
  }
  return all;
}

}  // namespace jari::queue::reference
