// tests/sim/node_port.h — SimNode: what a simulated world asks of a node, of whichever kind it is.
//
// A node that is destroyed has crashed: nothing is finished, nobody is told.
//
// Errors:  start() says why log and state do not fit.
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/member_options.h"
#include "engine/store/state_disk.h"

namespace jari::sim {

class SimNode {
 public:
  /// `life`: which of all lives of all nodes this is.
  explicit SimNode(std::uint64_t life) : life_(life) {}
  virtual ~SimNode() = default;
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;
  [[nodiscard]] std::uint64_t life() const { return life_; }
  [[nodiscard]] virtual Result<void> start() = 0;
  virtual void step() = 0;
  [[nodiscard]] virtual bool post(Engine::Task task) = 0;
  [[nodiscard]] virtual std::vector<PartitionStatus> status() const = 0;
  /// nullptr: a sink.
  [[nodiscard]] virtual const Consumer* consumer(PartitionRef where) = 0;
  virtual void confirm_clock() = 0;
  /// Whether it is the one that speaks for the partition.
  [[nodiscard]] virtual bool speaks_for(PartitionRef where) const = 0;
  /// The memory that holds the partition's state loses a bit, as its digest will show.
  virtual void corrupt(PartitionRef where) = 0;

 private:
  std::uint64_t life_;
};

/// What a node stands on, and whom it calls.
struct NodeParts {
  Log& log;
  StateDisk& disk;
  Clock& clock;
  Listener& listener;
  Hash128 process;
  std::uint64_t life = 0;
  std::string name = "sim";
  std::vector<ParkMarker> markers;
  std::size_t batch_requests_max = 4096;
  KnownVersions known;
  std::function<void(NodeOptions::Calls)> release;
  std::function<void(const Error&)> on_failure;
  std::function<void(const ParkMarker&)> leave_marker;
  FindCopy find_copy{};  // of a member
};

/// The node of the embedded log, with the business in it; and one among several.
[[nodiscard]] std::unique_ptr<SimNode> make_embedded_node(NodeParts parts);
[[nodiscard]] std::unique_ptr<SimNode> make_member_node(NodeParts parts);

/// The program has a second version of the logic, by which people may cancel until a day before
/// (tests/system/next_cancel_time.cc); a program of before does not know it.
inline constexpr KnownVersions kKnown{1, 2};
inline constexpr KnownVersions kKnownByOldProgram{1, 1};

}  // namespace jari::sim
