// tests/sim/service.h — Service: who serves in a simulated world, on which log: one node on its
// own, or several on a cluster. And Company: those who ask it and those who watch.
//
// Errors:  what does not hold fails the scene's trace.
// Threads: one.
#pragma once

#include <memory>

#include "tests/sim/scene.h"
#include "tests/sim/workload.h"

namespace jari::sim {

struct Company {
  Company(Scene& scene, Log& log)
      : ledger(scene.trace),
        watch(log, scene.trace),
        clients(log, scene.trace, ledger, watch, scene.chance),
        workload(scene.plan, scene.identity, scene.clock, ledger, clients, scene.chance) {
    clients.may_dead_letter = scene.plan.has_garbage;
  }
  Ledger ledger;
  Watch watch;
  Clients clients;
  Workload workload;
};

class Service {
 public:
  virtual ~Service() = default;

  /// As somebody who only reads has it.
  [[nodiscard]] virtual Log& log() = 0;
  /// Begins to serve them. Called once, before all that follows.
  virtual void begin(Company& company) = 0;
  /// One moment of everybody, with what goes wrong; a crash may come between any two of its parts.
  virtual void step() = 0;
  /// A moment in which nothing goes wrong and all that is on its way arrives.
  virtual void calm_step(milliseconds gap) = 0;
  /// Faults stop, and what is broken is mended.
  virtual void heal() = 0;
  /// One that serves, to be asked and looked at, after heal().
  [[nodiscard]] virtual SimNode& node() = 0;
  /// At any time: nobody's state contradicts the log.
  virtual void compare() = 0;
  /// At rest: whoever should speak, and nobody else, does.
  virtual void compare_at_rest() = 0;
  /// All is stopped and started, from what the disks have or from nothing.
  virtual void restart() = 0;
  /// What cannot be mended happens; it must not go by in silence. Nothing is called after it.
  virtual void end() = 0;
};

[[nodiscard]] std::unique_ptr<Service> make_one_node(Scene& scene);
[[nodiscard]] std::unique_ptr<Service> make_many_nodes(Scene& scene);

}  // namespace jari::sim
