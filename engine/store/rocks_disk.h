// engine/store/rocks_disk.h — the state disk in RocksDB, with what it can be told.
//
// Most want open_state_disk() of state_disk.h, which opens it as it is meant to be.
//
// Errors:  as StateDisk.
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "engine/store/state_disk.h"

namespace rocksdb {
class Env;
}

namespace jari {

struct RocksDiskOptions {
  std::size_t run_bytes = std::size_t{64} << 20;          // of rows make a sorted file
  std::chrono::milliseconds flush_every{15'000};          // bounds what a start must replay
  std::size_t queued_bytes_max = std::size_t{256} << 20;  // beyond: write() waits
  int files_max = 64;                                     // held open, and some while it compacts
  rocksdb::Env* env = nullptr;                            // another than RocksDB's default
};

/// In `dir`/state.
[[nodiscard]] Result<std::unique_ptr<StateDisk>> open_rocks_disk(const std::string& dir,
                                                                 const RocksDiskOptions& settings);

}  // namespace jari
