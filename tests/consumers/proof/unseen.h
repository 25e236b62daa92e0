// tests/consumers/proof/unseen.h — how a log can be altered so that every rule still holds: only a
// checkpoint that was published before tells.
//
// Errors:  what cannot be altered fails the test.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/log/simulated/simulated_log.h"

namespace jari::proof {

struct Unseen {
  const char* name;
  std::function<std::unique_ptr<SimulatedLog>()> log;  // the altered day
};

[[nodiscard]] const std::vector<Unseen>& only_a_checkpoint_tells();

}  // namespace jari::proof
