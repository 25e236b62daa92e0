// tests/bench/engine_world.h — a node as `jari serve` runs it, on a directory of its own, without
// the door.
//
// Put together as ops/jari/service.cc does it: embedded log, RocksDB state, the real consumers, the
// system's clock, the node's thread.
//
// Errors:  what cannot be opened or written ends the program with a line on stderr.
// Threads: ask() from any but the engine's.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/node_thread.h"
#include "engine/store/state_disk.h"
#include "ops/jari/system_ports.h"
#include "tests/bench/bench_world.h"

namespace jari::bench {

class EngineWorld final : public BenchWorld {
 public:
  /// A new log in `dir`, which must be empty.
  explicit EngineWorld(const std::string& dir);
  ~EngineWorld() override { stop(); }

  void start(Listener& listener);
  /// Finishes what was taken; nothing is asked any more.
  void stop();

  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] EmbeddedLog& log() { return *log_; }
  /// The log's slowest write since this was asked last, its sync included.
  [[nodiscard]] std::chrono::nanoseconds take_slowest_write() {
    return slowest_write_.exchange({});
  }
  [[nodiscard]] Engine& engine() override { return *node_; }
  [[nodiscard]] const api::World& view() const override { return view_; }

 private:
  [[nodiscard]] EmbeddedLogOptions log_options();
  [[nodiscard]] NodeOptions options();
  [[nodiscard]] api::World see() const;

  ops::SystemClock clock_;
  std::atomic<std::chrono::nanoseconds> slowest_write_{};
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<StateDisk> disk_;
  NodeThread thread_;
  std::unique_ptr<Node> node_;
  api::World view_;
  bool is_running_ = false;
};

}  // namespace jari::bench
