// engine/store/scarce_files.h — a file system that runs out of file descriptors for a while only.
//
// RocksDB takes a table that could not be opened for lost, and writes no more until it is opened
// again. Where descriptors were short (EMFILE, ENFILE) there are some again in a moment: said so,
// it tries the same flush again by itself.
//
// Errors:  what the file system below says, with the shortage marked as one that passes.
// Threads: any.
#pragma once

#include <memory>

#include <rocksdb/file_system.h>

namespace jari {

/// Over `below`, its other owner being RocksDB.
[[nodiscard]] std::shared_ptr<rocksdb::FileSystem> scarce_files(
    const std::shared_ptr<rocksdb::FileSystem>& below);

}  // namespace jari
