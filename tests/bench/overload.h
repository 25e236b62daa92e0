// tests/bench/overload.h — what the service does when far more is asked than it can decide: tickets
// over HTTP at ten times the rate that it was seen to bear, then again at its ease.
//
// Prints a table as it goes: each second's offers, decisions, promises and refusals, and the
// memory.
//
// Errors:  an answer other than 2xx or 503 with Retry-After, one that was promised and is not
// decided,
//          goodput below 90 % of the highest, memory that grows by more than what is remembered of
//          each decision: thrown as std::runtime_error when all of it is printed.
// Threads: one.
#pragma once

#include "tests/bench/rows.h"
#include "tests/bench/settings.h"

namespace jari::bench {

/// Overloads it for `seconds`.
void bench_overload(const Settings& settings, std::size_t seconds, Rows& rows);

}  // namespace jari::bench
