// tests/consumers/appointments/stand_in.h — a tiny inventory for stories of many people: it answers
// late, in between other requests, and keeps places only.
//
// Units:   answers are applied as effects of the story; each partition answers in the order asked.
// Errors:  none.
// Threads: one.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/support/story.h"

namespace jari::appointments {

class StandIn {
 public:
  using Place = std::pair<std::string, std::string>;  // site, slot
  explicit StandIn(support::Story& story) : story_(story) {}

  void open(const Place& place, std::size_t capacity) { capacity_[place] = capacity; }
  /// What the consumer has said: effects for inventory wait here.
  void hear(const support::Said& said);
  /// Answers the first that waits in one of the partitions; false where none does.
  bool answer(std::size_t which);
  /// Withdraws a slot with its appointments, and opens it again.
  void withdraw(const Place& place);
  /// The first hold, if any, ends.
  void expire_one();

  [[nodiscard]] const std::map<std::string, Place>& booked() const { return booked_; }
  [[nodiscard]] const std::map<std::string, Place>& held() const { return held_; }
  [[nodiscard]] std::set<std::string>& ended_sessions() { return ended_sessions_; }

 private:
  template <class T>
  void say(const T& effect) {
    hear(story_.effect(effect));
  }
  [[nodiscard]] bool is_full(const Place& place) const;
  void on(const Reserve& asked);
  void on(const Release& asked);
  void on(const HoldRequested& asked);
  void on(const HoldConfirmed& asked);
  void on(const HoldReleaseRequested& asked);
  void grant(const std::string& appointment, const std::string& person, const Place& place,
             const std::string& product);

  support::Story& story_;
  std::map<Place, std::size_t> capacity_;
  std::map<std::string, Place> booked_;
  std::map<std::string, Place> held_;
  std::map<std::string, std::string> person_of_;
  std::map<std::string, std::string> product_of_;
  std::map<PartitionNo, std::deque<support::Sent>> asked_;
  std::set<std::string> ended_sessions_;  // person and ticket
};

}  // namespace jari::appointments
