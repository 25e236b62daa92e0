// tests/sim/many_nodes.h — ManyNodes: several nodes on one cluster, each on a machine of its own,
// with a disk and a clock; and what goes wrong there.
//
// Errors:  what does not hold fails the scene's trace.
// Threads: one.
#pragma once

#include <deque>
#include <set>

#include "engine/log/simulated/simulated_cluster.h"
#include "tests/sim/node_port.h"
#include "tests/sim/service.h"
#include "tests/sim/sim_disk.h"

namespace jari::sim {

class ManyNodes final : public Service {
 public:
  explicit ManyNodes(Scene& scene);
  Log& log() override { return reader_; }
  void begin(Company& company) override;
  void step() override;
  void calm_step(milliseconds gap) override;
  void heal() override;
  SimNode& node() override { return *machines_[looked_at_].node; }
  void compare() override;
  void compare_at_rest() override;
  void restart() override;
  void end() override;

 private:
  /// Its disk and its clock stay; the node on it comes and goes.
  struct Machine {
    Machine(std::string its_name, Instant wall, milliseconds its_skew)
        : name(std::move(its_name)), skew(its_skew), clock(wall + its_skew) {}
    std::string name;
    milliseconds skew;  // of its clock, when it is right
    SimClock clock;
    SimDisk disk;
    KnownVersions known = kKnown;
    std::unique_ptr<SimulatedClient> log;
    std::unique_ptr<Ear> ear;
    std::unique_ptr<SimNode> node;           // none: it has crashed
    std::deque<NodeOptions::Calls> to_tell;  // nobody was told yet
    std::vector<ParkMarker> markers;         // of this life
    std::set<PartitionRef> parked;           // in this life
    std::set<PartitionRef> wrong;            // whose state in memory is, and is not mended yet
    std::size_t frozen = 0;                  // for so many steps
    bool is_cut_off = false;
    bool is_damaged = false;  // a start must refuse the disk
    bool is_torn = false;     // it may: what stands may be whole all the same
  };

  // many_nodes.cc: time passes.
  void pass(milliseconds gap);
  void ask();
  void take_step(Machine& machine);
  void write(std::size_t sections);
  void tell(Machine& machine, std::size_t groups);
  void flush_disks();
  [[nodiscard]] Machine* draw_askable();
  [[nodiscard]] bool is_good() const { return trace_.is_good(); }

  // many_nodes_faults.cc: what goes wrong, and how it goes on.
  void maybe_fault();
  void maybe_fault(Machine& machine);
  void set_clock(Machine& machine);
  void stray();
  void stand_still();
  void cut_off(Machine& machine, bool is_cut_off);
  void make_wrong(Machine& machine);
  void watch_wrong(Machine& machine);
  bool maybe_crash(Machine& machine);
  void crash(Machine& machine, std::string_view why);
  void take_down(Machine& machine);
  void lose_disk(Machine& machine);
  void start(Machine& machine);
  void mend(Machine& machine);
  [[nodiscard]] NodeParts parts_of(Machine& machine);
  [[nodiscard]] std::vector<ParkMarker> draw_markers();
  void parks(Machine& machine, PartitionRef where, std::string_view why);
  [[nodiscard]] bool may_park(const Machine& machine, PartitionRef where,
                              std::string_view why) const;
  void note(const Machine& machine, std::string_view what) {
    trace_.note(machine.name + " " + std::string(what));
  }

  // many_nodes_end.cc: what cannot be mended.
  void go_on(milliseconds gap);
  void expect_answers();
  void lose_tail(PartitionRef where);
  void corrupt(PartitionRef where, Machine& machine);
  bool trim(PartitionRef where);
  void expect_same(PartitionRef where);

  Scene& scene_;
  Chance& chance_;
  Trace& trace_;
  const Plan& plan_;
  SimulatedCluster cluster_;
  SimulatedClient reader_;  // of those who watch
  std::deque<Machine> machines_;
  Company* company_ = nullptr;
  std::size_t looked_at_ = 0;               // the machine that is
  std::set<PartitionRef> may_be_parked_;    // at the end; nobody is asked anything there
  std::optional<ProvedCopy> copy_;          // at the end: where the log has lost its first records
  std::pair<PartitionRef, Offset> copied_;  // of which partition, and its next_offset there
};

}  // namespace jari::sim
