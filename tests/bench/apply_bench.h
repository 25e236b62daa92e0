// tests/bench/apply_bench.h — records applied a second by each consumer alone, on one core: the
// records of a log, read into memory before, handed to the partitions of one topic after another.
//
// Errors:  a digest other than the log's ticks say ends the program.
// Threads: one.
#pragma once

#include "engine/log/log.h"
#include "tests/bench/settings.h"

namespace jari::bench {

/// Whether any of its figures is wanted.
[[nodiscard]] bool wants_apply(const Settings& settings);
void bench_apply(const Settings& settings, Log& log, Figures& figures);

}  // namespace jari::bench
