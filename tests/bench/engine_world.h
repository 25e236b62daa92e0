// tests/bench/engine_world.h — a node as `jari serve` runs it, on a directory of its own, without
// the door.
//
// Put together as ops/jari/service.cc does it: embedded log, RocksDB state, the real consumers, the
// system's clock, the node's thread.
//
// Errors:  what cannot be opened or written ends the program with a line on stderr.
// Threads: ask() from any but the engine's.
#pragma once

#include <future>
#include <memory>
#include <string>

#include "consumers/api/world.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/node_thread.h"
#include "engine/store/state_disk.h"
#include "ops/jari/system_ports.h"

namespace jari::bench {

class EngineWorld {
 public:
  /// A new log in `dir`, which must be empty.
  explicit EngineWorld(const std::string& dir);
  ~EngineWorld() { stop(); }

  void start(Listener& listener);
  /// Finishes what was taken; nothing is asked any more.
  void stop();

  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] EmbeddedLog& log() { return *log_; }
  [[nodiscard]] const api::World& view() const { return view_; }

  /// Runs `what(turn)` on the engine's thread and gives back what it says.
  template <class What>
  auto ask(What what) {
    using Said = decltype(what(std::declval<Turn&>()));
    std::promise<Said> said;
    CHECK(node_->post([&](Turn& turn) { said.set_value(what(turn)); }));
    return said.get_future().get();
  }

 private:
  [[nodiscard]] NodeOptions options();
  [[nodiscard]] api::World see() const;

  ops::SystemClock clock_;
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<StateDisk> disk_;
  NodeThread thread_;
  std::unique_ptr<Node> node_;
  api::World view_;
  bool is_running_ = false;
};

/// What is there, or the end of the program with why not.
template <class T>
T value_or_end(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().detail.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace jari::bench
