// ops/jari/file_limit.h — how many files may be open, and how many of them connections may have.
//
// The log, the state and we ourselves come first: a commit that cannot open its next file ends the
// process, a connection that is turned away comes back.
//
// Units:   file descriptors.
// Errors:  BadArgument where the limit leaves next to nothing; it says what to raise.
// Threads: raise_file_limit before others start; the rest is pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/result.h"

namespace jari::ops {

inline constexpr std::uint64_t kConnectionsMin = 64;  // with fewer it is not worth a start

/// Raises the soft limit as far as the hard one lets it. Returns what holds now.
std::uint64_t raise_file_limit();

/// What is kept back from connections.
[[nodiscard]] std::uint64_t files_kept_back(std::uint32_t threads);

/// How many connections may be open at once: `wanted`, or what the limit leaves of it.
[[nodiscard]] Result<std::size_t> connections_within(std::uint64_t files_max, std::uint32_t threads,
                                                     std::size_t wanted);

}  // namespace jari::ops
