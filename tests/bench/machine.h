// tests/bench/machine.h — how fast this machine is just now: the same work in every round, so that
// figures of two runs can be compared by what they are to it.
//
// Errors:  a file that cannot be written is thrown as std::runtime_error.
// Threads: one.
#pragma once

#include "tests/bench/settings.h"

namespace jari::bench {

void bench_machine(const Settings& settings, Figures& figures);

/// Of all files in a directory, and below.
[[nodiscard]] double bytes_in(const std::string& dir);
/// What this process has in memory now.
[[nodiscard]] double resident_bytes();

}  // namespace jari::bench
