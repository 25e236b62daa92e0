// ops/jari/topics_restore.h — `jari topics restore`, which `jari topics` adds to its own commands.
//
// Errors:  as a command has them (commands.h).
// Threads: one.
#pragma once

#include <CLI/CLI.hpp>

namespace jari::ops {

void add_topics_restore(CLI::App& topics, int& exit_code);

}  // namespace jari::ops
