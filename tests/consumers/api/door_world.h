// tests/consumers/api/door_world.h — the door before a whole node of the business, with no network:
// a simulated log of one writer or of many, a clock that is set by hand, and calls as HTTP would
// bring them.
//
// Errors:  a call whose form is wrong comes back answered with its Fault.
// Threads: one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "consumers/api/asking.h"
#include "consumers/api/documents.h"
#include "consumers/api/door.h"
#include "consumers/api/refusals.h"
#include "engine/log/simulated/simulated_cluster.h"
#include "engine/log/simulated/simulated_log.h"
#include "engine/runtime/member.h"
#include "engine/runtime/node.h"

namespace jari::api {

struct HandClock final : Clock {
  ClockReading reading{{1'626'087'600'000}, milliseconds{50'000}};
  [[nodiscard]] ClockReading read() const override { return reading; }
  void pass(milliseconds gap) {
    reading.wall = reading.wall + gap;
    reading.since_boot += gap;
  }
};

using Headers = std::vector<http::HeaderField>;

class DoorWorld : public Listener {
 public:
  explicit DoorWorld(DoorSettings settings = {.person_rate = 0},
                     LogWriters writers = LogWriters::One,
                     std::size_t waiting_bytes_max = kWaitingBytesMax);

  /// Applies all there is, and delivers what is durable.
  void settle();
  void pass(milliseconds gap);

  /// Asks as a person, or as an operator; with a key of its own unless the headers bring one.
  /// Returns where the answer will stand.
  std::size_t ask(const Caller& who, http::Method method, std::string_view target,
                  std::string_view body = {}, Headers headers = {});
  /// The same, settled: the answer.
  const Call& call(const Caller& who, http::Method method, std::string_view target,
                   std::string_view body = {}, Headers headers = {});
  [[nodiscard]] bool is_answered(std::size_t asked) const { return answers_[asked] != nullptr; }
  [[nodiscard]] const Call& answer(std::size_t asked) const { return *answers_.at(asked); }

  /// Programme `flu` without a queue, site `s` with slot `am` of so many places, and doses.
  void publish(int places, int doses);
  void make_eligible(const std::string& person);
  /// Another node's door before the same partitions: it takes what is asked from now on, and what
  /// the one before it has taken stays unanswered.
  void change_door();

  void decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
               Turn& turn) override {
    door->decided(where, who, request, outcome, turn);
  }
  void batch_applied(Turn& turn) override { door->batch_applied(turn); }
  void counted(PartitionRef, std::string_view, std::string_view, std::uint64_t) override {}

  [[nodiscard]] Offset end_of(TopicNo topic) const;

  HandClock clock;
  SimulatedLog log;
  std::unique_ptr<StateDisk> disk;
  std::unique_ptr<Node> node;  // of one writer
  std::unique_ptr<SimulatedCluster> cluster;
  std::unique_ptr<SimulatedClient> client;
  std::unique_ptr<Member> member;  // of many
  std::unique_ptr<World> world;
  std::unique_ptr<Door> door;

 private:
  void make_node();
  void make_member(std::size_t waiting_bytes_max);
  [[nodiscard]] NodeOptions options();
  [[nodiscard]] Engine& engine() { return node ? static_cast<Engine&>(*node) : *member; }
  std::unique_ptr<Door> make_door(DoorSettings settings);
  void deliver(std::vector<CallPtr> calls);

  http::Router router_;
  std::vector<std::unique_ptr<Door>> doors_before_;
  std::deque<CallPtr> answers_;
  std::map<const Call*, std::size_t> asked_;
  int keys_ = 0;
};

[[nodiscard]] Caller a_person(std::string name);
[[nodiscard]] Caller an_operator(std::string name = "ann");

inline constexpr auto kGet = http::Method::Get;
inline constexpr auto kPost = http::Method::Post;
inline constexpr auto kPut = http::Method::Put;
inline constexpr auto kDelete = http::Method::Delete;

}  // namespace jari::api
