// tests/sim/plan.h — Plan: which world a seed makes: how large it is, what its people do, and which
// faults it has, how often.
//
// Every seed leaves most kinds of faults and some kinds of requests out: what is never there cannot
// hide what else goes wrong (Groce and others, Swarm Testing, 2012).
//
// Units:   a fault comes once in so many moments, 0: never; weights of acts are relative.
// Errors:  none.
// Threads: one.
#pragma once

#include <array>
#include <string>

#include "engine/base/time.h"
#include "engine/log/simulated/simulated_cluster.h"
#include "engine/record/envelope.h"
#include "tests/sim/chance.h"

namespace jari::sim {

enum class Act : std::uint8_t {
  TakeTicket,
  GiveTicketBack,
  Book,
  Hold,
  BookByHold,
  ReleaseHold,
  Cancel,
  Reschedule,
  Repeat,
  ReuseKey,
  Read,
  SetQueue,
  Draw,
  SetProgramme,
  PublishSite,
  PublishSlot,
  WithdrawSlot,
  ChangeStock,
  Grant,
  Revoke,
  RecordAttendance,
  BookFor,
  CancelFor,
  RescheduleFor,
  HoldAdmissions,
  Garbage,
  Reissue,
};
inline constexpr std::size_t kActs = static_cast<std::size_t>(Act::Reissue) + 1;

struct Faults {
  std::uint64_t crash = 0;
  std::uint64_t crash_at_start = 0;  // of starts
  std::uint64_t log_fails = 0;
  std::uint64_t log_full = 0;
  std::uint64_t disk_full = 0;
  std::uint64_t disk_lost = 0;      // of crashes, as the next two
  std::uint64_t disk_restored = 0;  // to a copy of an earlier moment
  std::uint64_t disk_damaged = 0;
  std::uint64_t clock_forward = 0;
  std::uint64_t clock_back = 0;
  std::uint64_t freeze = 0;
  std::uint64_t park = 0;  // of starts
  std::uint64_t stray = 0;
};

/// A world of several nodes, on a log of many writers.
struct ClusterPlan {
  std::size_t nodes = 0;          // 0: one, on a log of its own
  ClusterFaults faults;           // of what is appended
  std::size_t steps_max = 0;      // sections that are written between two moments
  std::uint64_t cut_off = 0;      // a node from the cluster
  std::uint64_t lead_anew = 0;    // a partition, by another broker
  std::uint64_t outage = 0;       // of all nodes
  std::uint64_t wrong_state = 0;  // in the memory of one that follows
  std::size_t old_programs = 0;   // of the nodes, at the beginning
};

struct Plan {
  PartitionNo partitions = 1;  // of each topic
  std::uint32_t stream_window = 0;
  std::uint32_t outage_ms = 0;
  std::size_t people = 0;
  std::size_t sites = 0;
  std::size_t slots = 0;  // of a site
  std::size_t steps = 0;
  std::size_t rests = 0;     // how often all comes to rest in between, and is compared
  std::size_t asks_max = 0;  // in a step
  milliseconds pass_max{0};  // in a step
  std::size_t batch_requests_max = 0;
  std::uint32_t log_delay_steps_max = 0;
  std::uint64_t flush_one_in = 0;  // steps
  bool has_leaps = false;          // hours pass at a time
  bool has_prequeue = false;
  bool has_garbage = false;
  bool has_barrier = false;
  Faults faults;
  ClusterPlan cluster;
  std::array<std::uint32_t, kActs> weights{};

  [[nodiscard]] Act draw_act(Chance& chance) const;
  /// Whether log time runs in all partitions alike.
  [[nodiscard]] bool counts_time_alike() const;
  [[nodiscard]] std::string text() const;
};

enum class WorldKind : std::uint8_t { OneNode = 1, ManyNodes = 2 };

[[nodiscard]] Plan draw_plan(Chance& chance);
[[nodiscard]] Plan draw_plan_of_many(Chance& chance);

}  // namespace jari::sim
