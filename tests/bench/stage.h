// tests/bench/stage.h — what there is to book, and for whom: programmes with their lines, sites,
// slots, stock, and people who are eligible and admitted. All of it comes about by records.
//
// Units:   people, programmes, sites and slots are numbers here, and texts in the records.
// Errors:  what is refused ends the program (closed_loop.h).
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/bench_world.h"
#include "tests/bench/closed_loop.h"

namespace jari::bench {

inline constexpr std::size_t kSlots = 50'000;
inline constexpr std::size_t kSlotsOfASite = 100;
inline constexpr std::size_t kSites = kSlots / kSlotsOfASite + 1;  // the last has the hot slot
inline constexpr std::size_t kHotSlot = kSlots;
inline constexpr std::size_t kProgrammes = 8;  // each with a line of its own
inline constexpr std::string_view kProduct = "spring-dose";
inline constexpr std::string_view kTicketLine = "everyones-line";  // admits nobody

/// An opaque reference, as front ends make them.
[[nodiscard]] std::string person_text(std::size_t person);
[[nodiscard]] std::string programme_text(std::size_t person);
[[nodiscard]] std::string line_text(std::size_t person);
[[nodiscard]] std::string site_of_slot(std::size_t slot);
[[nodiscard]] std::string slot_text(std::size_t slot);

class Stage {
 public:
  Stage(BenchWorld& world, ClosedLoop& loop);

  void publish();
  /// Makes people `first` to `first + count` eligible.
  void make_eligible(std::size_t first, std::size_t count);
  /// Makes them eligible and lets them in.
  void admit(std::size_t first, std::size_t count);
  /// Gives those who are eligible a ticket each, and waits until they are inside.
  void let_in(std::size_t first, std::size_t count);

  /// Requests of a person.
  void ask_ticket(Ask& ask, std::size_t person, std::string_view line) const;
  void ask_booking(Ask& ask, std::size_t person, std::size_t slot) const;
  void ask_hold(Ask& ask, std::size_t person, std::size_t slot) const;
  void ask_cancel(Ask& ask, std::size_t person, const std::string& appointment) const;

  /// What stands in the state. Of each person the newest appointment.
  [[nodiscard]] std::vector<std::string> appointments_of(const std::vector<std::size_t>& people);
  [[nodiscard]] std::size_t booked();
  [[nodiscard]] std::size_t tickets(std::string_view line);

 private:
  void publish_programmes();
  void publish_lines();
  void publish_sites();
  void publish_slots();
  void wait_for_admission();
  template <class Body>
  void fill(Ask& ask, TopicNo topic, std::string_view key, const Body& body) const;
  template <class Body>
  void fill_operators(Ask& ask, TopicNo topic, std::string_view key, const Body& body) const;

  BenchWorld& world_;
  ClosedLoop& loop_;
  Instant begins_;
};

}  // namespace jari::bench
