// tests/bench/request_ids.h — what remembered request ids cost: memory, and CPU to decide and to
// forget one.
//
// The tables alone, one partition, one thread: no log, no disk.
//
// Errors:  a request that is not known as it should be ends the program.
// Threads: one.
#pragma once

#include <cstddef>

#include "tests/bench/rows.h"

namespace jari::bench {

/// Prints a row for each common kind of request, `count` of each.
void bench_request_ids(std::size_t count, Rows& rows);

}  // namespace jari::bench
