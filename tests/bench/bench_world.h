// tests/bench/bench_world.h — BenchWorld: a node with the whole business, whatever log it is on, as
// the benchmarks ask it.
//
// Errors:  what cannot be opened or written ends the program with a line on stderr.
// Threads: ask() from any but the engine's.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>

#include "consumers/api/world.h"
#include "engine/base/check.h"
#include "engine/runtime/engine.h"

namespace jari::bench {

class BenchWorld {
 public:
  virtual ~BenchWorld() = default;
  [[nodiscard]] virtual Engine& engine() = 0;
  [[nodiscard]] virtual const api::World& view() const = 0;

  /// Runs `what(turn)` on the engine's thread and gives back what it says.
  template <class What>
  auto ask(What what) {
    using Said = decltype(what(std::declval<Turn&>()));
    std::promise<Said> said;
    CHECK(engine().post([&](Turn& turn) { said.set_value(what(turn)); }));
    return said.get_future().get();
  }
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
