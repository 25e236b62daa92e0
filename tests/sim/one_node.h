// tests/sim/one_node.h — OneNode: the node of the embedded log, its disk and its clock, and what
// goes wrong there.
//
// Errors:  what does not hold fails the scene's trace.
// Threads: one.
#pragma once

#include <deque>
#include <optional>

#include "engine/log/simulated/simulated_log.h"
#include "tests/sim/node_port.h"
#include "tests/sim/service.h"
#include "tests/sim/sim_disk.h"

namespace jari::sim {

class OneNode final : public Service {
 public:
  explicit OneNode(Scene& scene);
  Log& log() override { return log_; }
  void begin(Company& company) override;
  void step() override;
  void calm_step(milliseconds gap) override;
  void heal() override;
  SimNode& node() override { return *node_; }
  void compare() override;
  void compare_at_rest() override {}
  void restart() override;
  void end() override;

 private:
  // one_node.cc: time passes.
  void node_step();
  void tell(std::size_t groups);
  void after_log();
  [[nodiscard]] bool is_good() const { return trace_.is_good(); }

  // one_node_faults.cc: what goes wrong, and how it goes on.
  void maybe_fault();
  void set_clock();
  void stray();
  bool maybe_crash();
  void crash(std::string_view why);
  void lose_disk();
  void start();
  [[nodiscard]] bool start_once(std::vector<ParkMarker> markers);
  void start_old_program();
  [[nodiscard]] NodeParts mute_parts(KnownVersions known);
  [[nodiscard]] std::vector<ParkMarker> draw_markers();
  void lose_tail();

  Scene& scene_;
  Chance& chance_;
  Trace& trace_;
  const Plan& plan_;
  SimClock& clock_;
  SimulatedLog log_;
  SimDisk disk_;
  Company* company_ = nullptr;
  std::unique_ptr<Ear> ear_;
  std::unique_ptr<SimNode> node_;           // none: it has crashed
  std::deque<NodeOptions::Calls> to_tell_;  // durable, and nobody was told yet
  std::optional<Error> log_failed_;         // the node wants to end
  bool is_damaged_ = false;                 // a start must refuse the disk
  bool is_torn_ = false;                    // it may: what stands may be whole all the same
  bool is_parked_ = false;                  // this life stands still in a partition
  std::size_t frozen_ = 0;                  // for so many steps
};

}  // namespace jari::sim
