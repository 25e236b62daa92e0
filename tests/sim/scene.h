// tests/sim/scene.h — Scene: what a simulated world is made of, whoever serves in it: its luck, its
// trace, its plan, which log it has, and the time that passes.
//
// Units:   steps count from 1.
// Errors:  none.
// Threads: one.
#pragma once

#include "engine/log/log.h"
#include "tests/sim/plan.h"
#include "tests/sim/sim_clock.h"
#include "tests/sim/trace.h"

namespace jari::sim {

struct Scene {
  Scene(std::uint64_t seed, WorldKind kind, bool prints);

  void begin_step() { trace.at(++step, clock.read().wall); }
  [[nodiscard]] bool is_good() const { return trace.is_good(); }
  [[nodiscard]] PartitionRef home(TopicNo topic, std::string_view key) const {
    return {topic, static_cast<PartitionNo>(partition_of(key, identity.topics[topic].partitions))};
  }

  Chance chance;
  Trace trace;
  Plan plan;
  LogIdentity identity;
  SimClock clock;
  bool is_calm = true;  // nothing goes wrong
  std::uint64_t step = 0;
};

}  // namespace jari::sim
