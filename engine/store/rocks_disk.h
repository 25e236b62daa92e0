// engine/store/rocks_disk.h — what the RocksDB state disk can be told.
//
// Errors:  as StateDisk.
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstddef>

namespace jari {

struct RocksDiskOptions {
  std::size_t memtable_bytes = std::size_t{64} << 20;
  std::chrono::seconds flush_every{15};                   // bounds what a start must replay
  std::size_t queued_bytes_max = std::size_t{256} << 20;  // beyond: write() waits
};

}  // namespace jari
