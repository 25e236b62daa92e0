// tests/bench/overload.h — what the service does when far more is asked than it can decide: tickets
// or bookings over HTTP at ten times the rate that it was seen to bear, then again at its ease.
//
// A booking is of somebody who was let in beforehand, and is six records. Whoever was granted one
// asks no more; whoever was told to come again does.
//
// Prints a table as it goes: each second's offers, decisions, promises and refusals, and the
// memory.
//
// Errors:  an answer other than 2xx or 503 with Retry-After, one that was promised and is not
//          decided, goodput below 90 % of the highest, memory that grows by more than what is kept
//          of each decision: thrown as std::runtime_error when all of it is printed.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/rows.h"
#include "tests/bench/settings.h"

namespace jari::bench {

enum class OverloadOf : std::uint8_t { Tickets = 1, Bookings = 2 };

/// Overloads a service of its own with each of these in turn, for `seconds`.
void bench_overload(const Settings& settings, std::size_t seconds,
                    const std::vector<OverloadOf>& of, Rows& rows);

}  // namespace jari::bench
