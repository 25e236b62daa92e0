// tests/sim/world.h — World: one seed lived through: who serves, on a log, disks and clocks, those
// who ask, what goes wrong, and what must hold all the while.
//
// Safety is checked after every step, and the state but for what open requests may have changed;
// the whole state at each rest; at the end faults stop, and everything asked must be answered and
// every line must drain in a bounded time.
//
// Errors:  the first thing that does not hold ends it: trace().failure().
// Threads: one.
#pragma once

#include <memory>

#include "consumers/appointments/view.h"
#include "tests/sim/meanwhile.h"
#include "tests/sim/probe.h"
#include "tests/sim/service.h"

namespace jari::sim {

class World {
 public:
  World(std::uint64_t seed, WorldKind kind, bool prints);
  /// From the first step to the last check.
  void run();
  [[nodiscard]] const Trace& trace() const { return scene_.trace; }
  [[nodiscard]] Log& log() { return service_->log(); }

 private:
  // world.cc: all that is asked is answered.
  void live(std::size_t steps);
  void rest();
  void drain_lines();
  void outlast_holds();
  [[nodiscard]] milliseconds drain_bound();
  void finish();

  // compare.cc: and is as it was answered.
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
  void compare_standings(const std::string& person,
                         const std::vector<appointments::EligibilityView>& shown);
  void compare_sites();
  void compare_what_sites_have();
  void compare_lines();
  template <class View>
  void compare_heard(const View& view, const std::string& programme);
  void compare_sessions(const std::string& queue);
  template <class C>
  [[nodiscard]] const C& consumer_of(PartitionRef where) {
    return static_cast<const C&>(*service_->node().consumer(where));
  }
  [[nodiscard]] LogTime time_of(PartitionRef where) const { return watch_.replayed(where).time(); }
  [[nodiscard]] bool is_good() const { return scene_.is_good(); }

  Scene scene_;
  Trace& trace_;
  const Plan& plan_;
  std::unique_ptr<Service> service_;
  Company company_;
  Ledger& ledger_;
  Watch& watch_;
  Meanwhile meanwhile_;
  Probe probe_;
  std::map<Ledger::Names2, std::uint64_t> taken_;  // places, by the appointments shown
  std::map<Ledger::Names2, std::uint64_t> doses_;  // by site and product
};

}  // namespace jari::sim
