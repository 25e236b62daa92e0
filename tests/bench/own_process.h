// tests/bench/own_process.h — work in a process of its own, so that time and memory are its alone.
//
// What is started by a process that had much memory is said to have had it: so whoever measures a
// program makes what it reads in a child first.
//
// Errors:  std::runtime_error where it cannot be started, or the child's work failed.
// Threads: one; a child is forked.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace jari::bench {

struct Ran {
  int exit_code = -1;  // -1: a signal ended it
  double seconds = 0;
  double cpu_seconds = 0;
  double resident_mb = 0;  // at most
};

/// Waits for it. What it says goes to the file `said`; empty: to where ours goes.
[[nodiscard]] Ran run_program(std::vector<std::string> words, const std::string& said);
void in_a_child(const std::function<void()>& work);

}  // namespace jari::bench
