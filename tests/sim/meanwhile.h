// tests/sim/meanwhile.h — Meanwhile: the ledger held against the state after every step, not only
// when all is at rest.
//
// The state is the one that the durable log makes (Watch). A row of the ledger that no open request
// may have changed must be that state's row; where requests are open, it may differ by what they
// ask for and by no more. What one partition says of another's rows is left to rests, but for what
// holds on the way, too: a place that somebody was told of is counted.
//
// Units:   counts of appointments, places, tickets.
// Errors:  what does not hold fails the trace.
// Threads: one.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/sim/scene.h"
#include "tests/sim/service.h"

namespace jari::sim {

class Meanwhile {
 public:
  Meanwhile(Scene& scene, const Company& company);
  void compare();

 private:
  using Names2 = Ledger::Names2;
  /// Of which rows nobody can know yet.
  struct Open {
    std::set<std::string> appointments;
    std::set<Names2> standings;  // person, programme
    std::set<Names2> slots;      // site, slot
    std::set<Names2> stocks;     // site, product
    std::set<std::string> sites;
    std::set<std::string> queues;
    std::set<std::string> programmes;
    std::map<std::string, std::size_t> bookings;  // by person: so many may have come of them
    std::map<std::string, std::size_t> tickets;   // by queue
  };

  void read_open();
  void add_open(const Request& request);
  void add_change_of(std::string_view appointment, std::string_view to_site = {});
  void compare_people();
  /// How many appointments of those that were told of stand there.
  [[nodiscard]] std::size_t compare_person(const std::string& person);
  /// Whether it is the appointment that somebody was told of.
  [[nodiscard]] bool is_told(const Appointment& one) const;
  void compare_sites();
  void compare_slots();
  void compare_stocks();
  void compare_queues();
  void compare_programmes();
  template <class C>
  [[nodiscard]] const C& consumer_of(PartitionRef where) const {
    return static_cast<const C&>(company_.watch.consumer(where));
  }
  void expect(bool holds, const std::string& what) { scene_.trace.expect(holds, "ledger", what); }

  Scene& scene_;
  const Company& company_;
  const Ledger& ledger_;
  Open open_;
  std::map<Names2, std::uint64_t> places_;  // of slots: taken by appointments that were told
};

}  // namespace jari::sim
