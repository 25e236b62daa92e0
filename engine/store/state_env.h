// engine/store/state_env.h — RocksDB's environment with threads of its own for the state's flushes
// and compactions, at the lowest priority.
//
// RocksDB keeps its threads by environment, not by database: without this the log's flush would
// queue behind the state's, which sorts and writes at leisure, and with the log everybody waits.
//
// Errors:  none.
// Threads: as rocksdb::Env.
#pragma once

#include <memory>

#include <rocksdb/env.h>

namespace jari {

/// `base` in everything but threads, and in that a shortage of files passes; it must outlive what
/// is returned.
[[nodiscard]] std::unique_ptr<rocksdb::Env> state_env(rocksdb::Env* base);

}  // namespace jari
