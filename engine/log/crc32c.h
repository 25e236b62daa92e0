// engine/log/crc32c.h — CRC32C of bytes, to notice a disk that gives back other ones.
//
// No protection against forgers: that is the partition's chain.
//
// Source:  Castagnoli's polynomial as in RFC 3720, appendix B.4.
// Errors:  none.
// Threads: pure.
#pragma once

#include <cstdint>

#include "engine/base/hash.h"

namespace jari {

/// Of `bytes` that follow those of which `before` is the CRC (0: nothing before).
[[nodiscard]] std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

}  // namespace jari
