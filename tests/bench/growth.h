// tests/bench/growth.h — what a booking, a person and a start cost as the state and the log grow.
//
// Grows one log to each number of people in turn, books with some of them, stops, and starts again.
//
// Errors:  bookings missing from the state after the start end the program.
// Threads: one.
#pragma once

#include <vector>

#include "tests/bench/rows.h"
#include "tests/bench/settings.h"

namespace jari::bench {

/// Prints a row for each of `people`, which must rise. Of those, `settings.requests` book.
void bench_growth(const Settings& settings, const std::vector<std::size_t>& people, Rows& rows);

}  // namespace jari::bench
