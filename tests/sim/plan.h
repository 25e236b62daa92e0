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
  std::array<std::uint32_t, kActs> weights{};

  [[nodiscard]] Act draw_act(Chance& chance) const;
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Plan draw_plan(Chance& chance);

}  // namespace jari::sim
