// tests/sim/world.h — World: one seed lived through: a node on its log, its disk and its clock,
// those who ask it, what goes wrong, and what must hold all the while.
//
// Safety is checked after every step, the whole state at each rest; at the end faults stop, and
// everything asked must be answered and every line must drain in a bounded time.
//
// Errors:  the first thing that does not hold ends it: trace().failure().
// Threads: one.
#pragma once

#include <deque>
#include <memory>

#include "tests/sim/sim_disk.h"
#include "tests/sim/workload.h"

namespace jari::sim {

class World {
 public:
  World(std::uint64_t seed, bool prints);
  /// From the first step to the last check.
  void run();
  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] SimulatedLog& log() { return log_; }

 private:
  // world.cc: time passes.
  [[nodiscard]] static LogIdentity identity_of(const Plan& plan, Chance& chance);
  void live(std::size_t steps);
  void step();
  void begin_step();
  void node_step();
  void tell(std::size_t groups);
  void after_log();
  void compare_digests();
  [[nodiscard]] bool is_good() const { return trace_.is_good(); }

  // faults.cc: what goes wrong, and how it goes on.
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
  void heal();
  void lose_tail();

  // rest.cc: all that is asked is answered, and compared.
  void rest();
  void calm_step(milliseconds gap);
  void drain_lines();
  void outlast_holds();
  [[nodiscard]] milliseconds drain_bound();
  void compare_all();
  void compare_people();
  void compare_appointment(const Appointment& one);
  struct DoseDay {
    std::uint8_t dose = 0;
    Day day;
  };
  using DoseDays = std::map<Ledger::Names2, std::vector<DoseDay>>;  // person, programme
  void compare_doses(const DoseDays& booked);
  void compare_moves();
  void compare_sites();
  void compare_lines();
  void compare_sessions(const std::string& queue);
  void finish();
  template <class C>
  [[nodiscard]] const C& consumer_of(PartitionRef where) {
    return static_cast<const C&>(*node_->consumer(where));
  }
  [[nodiscard]] PartitionRef home(TopicNo topic, std::string_view key) const;
  [[nodiscard]] LogTime time_of(PartitionRef where) const { return watch_.replayed(where).time(); }

  Chance chance_;
  Trace trace_;
  Plan plan_;
  LogIdentity identity_;
  SimulatedLog log_;
  SimDisk disk_;
  SimClock clock_;
  Ledger ledger_;
  Watch watch_;
  Clients clients_;
  Workload workload_;
  std::unique_ptr<SimNode> node_;                  // none: it has crashed
  std::deque<NodeOptions::Calls> to_tell_;         // durable, and nobody was told yet
  std::optional<Error> log_failed_;                // the node wants to end
  bool is_damaged_ = false;                        // a start must refuse the disk
  bool is_parked_ = false;                         // this life stands still in a partition
  std::size_t frozen_ = 0;                         // for so many steps
  bool is_calm_ = false;                           // no more faults
  std::map<Ledger::Names2, std::uint64_t> taken_;  // places, by the appointments shown
  std::map<Ledger::Names2, std::uint64_t> doses_;  // by site and product
  std::uint64_t step_ = 0;
};

}  // namespace jari::sim
