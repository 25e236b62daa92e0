// ops/jari/large_pages.h — memory in pages of 2 MB, where the machine gives them to whoever asks.
//
// The state of millions of people is looked into all over: with pages of 4 KB a booking waits for
// page tables (ops/PERFORMANCE.md, growth). The C library asks the kernel for large ones where its
// tunable glibc.malloc.hugetlb says so, which it reads only as a program starts (glibc manual,
// "Memory Allocation Tunables"; Linux, Documentation/admin-guide/mm/transhuge.rst).
//
// Errors:  none; without them all goes on as before, more slowly with a large state.
// Threads: before others start.
#pragma once

#include <string>
#include <string_view>

namespace jari::ops {

/// What GLIBC_TUNABLES should say; empty: it stands as it is. `tunables` is what it says now, and
/// wins where it names glibc.malloc.hugetlb; `enabled` is the kernel's
/// /sys/kernel/mm/transparent_hugepage/enabled, the word in brackets holds.
[[nodiscard]] std::string tunables_for_large_pages(std::string_view tunables,
                                                   std::string_view enabled);

/// Starts this program again in the same process with the same arguments, where that gives it large
/// pages and it has not been done. Returns where there is nothing to gain, or it cannot be done.
void start_with_large_pages();

}  // namespace jari::ops
