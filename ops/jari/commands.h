// ops/jari/commands.h — every command of the program: adds itself to the command line, and runs
// when it was the one asked for.
//
// Errors:  a command sets `exit_code` (0 done, 1 found something wrong or was refused, 2 wrong
//          usage) or throws, in which case main prints one line and exits 1.
// Threads: one.
#pragma once

#include <array>
#include <string>

#include <CLI/CLI.hpp>

namespace jari::ops {

void add_serve(CLI::App& app, int& exit_code);
void add_token(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_queue(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_audit(CLI::App& app, int& exit_code);
void add_timeline(CLI::App& app, int& exit_code);
void add_at(CLI::App& app, int& exit_code);
void add_load(CLI::App& app, int& exit_code);
void add_backup(CLI::App& app, int& exit_code);
void add_checkpoint(CLI::App& app, int& exit_code);
void add_receipt(CLI::App& app, int& exit_code);
void add_archive(CLI::App& app, int& exit_code);
void add_snapshot(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);
void add_sync(CLI::App& app, int& exit_code);
void add_reconcile(CLI::App& app, int& exit_code);
void add_topics(CLI::App& app, int& exit_code);
void add_barrier(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);
void add_version(CLI::App& app, int& exit_code);

inline constexpr std::array kCommands{
    add_serve,     add_token,  add_import,     add_queue,    add_status,   add_export,
    add_replay,    add_audit,  add_checkpoint, add_receipt,  add_timeline, add_at,
    add_load,      add_backup, add_archive,    add_snapshot, add_restore,  add_sync,
    add_reconcile, add_topics, add_barrier,    add_demo,     add_version};

/// After a command line that could not be parsed: names the first word that should have been a
/// command and is none; empty where there is no such word.
[[nodiscard]] std::string unknown_command(const CLI::App& app);

}  // namespace jari::ops
