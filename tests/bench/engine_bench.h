// tests/bench/engine_bench.h — durable bookings and tickets a second through the engine, and how
// fast its log is replayed.
//
// Errors:  fewer bookings or tickets in the state than were counted, or a replay that comes to
//          another digest, end the program.
// Threads: one.
#pragma once

#include "tests/bench/settings.h"

namespace jari::bench {

/// One round of every figure wanted, in a new log.
void bench_engine(const Settings& settings, std::size_t round, Figures& figures);

}  // namespace jari::bench
