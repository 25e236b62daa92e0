// tests/bench/audit_bench.h — how fast `jari audit` proves a log of so many records: people made
// eligible, tickets, admissions, holds, bookings, cancellations, with their outcomes, documents and
// ticks.
//
// Errors:  a log that cannot be made, or is not found good, is thrown as std::runtime_error.
// Threads: one.
#pragma once

#include "tests/bench/rows.h"
#include "tests/bench/settings.h"

namespace jari::bench {

/// Makes the log in `log_dir`, where it is kept and, once it is there, used again; empty: in
/// settings.dir, removed afterwards. Prints a row for each round.
void bench_audit(const Settings& settings, std::size_t records, const std::string& log_dir,
                 Rows& rows);

}  // namespace jari::bench
