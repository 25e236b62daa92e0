// tests/bench/restarts.h — how long a start takes where the people stay the same and the log grows,
// and where the program was killed with more or less that the state on disk does not have yet.
//
// Everybody is made eligible, some book; then the same ones cancel and book again, until the log
// has three and ten times the records. Whatever is killed is a process of its own.
//
// Errors:  bookings missing from the state after a start, and a process that does not die as it
//          should, are thrown as std::runtime_error.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/rows.h"
#include "tests/bench/settings.h"

namespace jari::bench {

/// Prints a row for each start, and of several rounds the medians; each has a log of its own. Of
/// `people`, `settings.requests` book.
void bench_restarts(const Settings& settings, std::size_t people, Rows& rows);

/// What a process does that is started to be killed. The words: where its log is, how many runs of
/// requests were made there, how many people cancel and book, and for how many seconds again and
/// again. Then it ends by kill -9.
void cancel_and_book_and_die(const std::vector<std::string>& words);

}  // namespace jari::bench
