#include "tests/sim/plan.h"

#include <algorithm>

namespace jari::sim {
namespace {

/// How often each act comes where it is on; people can do nothing without the first ones.
struct Usual {
  Act act;
  std::uint32_t weight;
  bool is_needed;
};
constexpr Usual kUsual[] = {
    {Act::TakeTicket, 14, true},
    {Act::GiveTicketBack, 3, false},
    {Act::Book, 22, true},
    {Act::Hold, 9, false},
    {Act::BookByHold, 6, false},
    {Act::ReleaseHold, 3, false},
    {Act::Cancel, 7, false},
    {Act::Reschedule, 12, false},
    {Act::Repeat, 5, false},
    {Act::ReuseKey, 2, false},
    {Act::Read, 8, false},
    {Act::SetQueue, 3, false},
    {Act::Draw, 2, false},
    {Act::SetProgramme, 1, false},
    {Act::PublishSite, 1, false},
    {Act::PublishSlot, 5, false},
    {Act::WithdrawSlot, 3, false},
    {Act::ChangeStock, 4, false},
    {Act::Grant, 3, false},
    {Act::Revoke, 1, false},
    {Act::RecordAttendance, 5, false},
    {Act::BookFor, 3, false},
    {Act::CancelFor, 3, false},
    {Act::RescheduleFor, 2, false},
    {Act::HoldAdmissions, 1, false},
    {Act::Garbage, 1, false},
    {Act::Reissue, 1, false},
};

/// Off in every second world, else rare to frequent.
std::uint64_t draw_rate(Chance& chance, std::uint64_t usual) {
  if (chance.one_in(2)) return 0;
  return std::max<std::uint64_t>(1, usual * (1 + chance.below(8)) / 4);
}

Faults draw_faults(Chance& chance) {
  Faults faults;
  if (chance.one_in(12)) return faults;  // a good day
  faults.crash = chance.one_in(5) ? 0 : std::uint64_t{40} * (1 + chance.below(6));
  faults.crash_at_start = draw_rate(chance, 4);
  faults.log_fails = draw_rate(chance, 120);
  faults.log_full = draw_rate(chance, 150);
  faults.disk_full = draw_rate(chance, 80);
  faults.disk_lost = draw_rate(chance, 6);
  faults.disk_restored = draw_rate(chance, 3);
  faults.disk_damaged = draw_rate(chance, 6);
  faults.clock_forward = draw_rate(chance, 60);
  faults.clock_back = draw_rate(chance, 60);
  faults.freeze = draw_rate(chance, 60);
  faults.park = draw_rate(chance, 3);
  faults.stray = draw_rate(chance, 16);
  return faults;
}

}  // namespace

Plan draw_plan(Chance& chance) {
  Plan plan;
  plan.partitions = static_cast<PartitionNo>(chance.between(1, 3));
  plan.stream_window =
      chance.one_in(3) ? static_cast<std::uint32_t>(chance.between(3, 24)) : 16'384;
  plan.has_leaps = chance.one_in(4);
  plan.outage_ms = plan.has_leaps ? 3'600'000 : 10'000;
  plan.people = static_cast<std::size_t>(chance.between(3, 14));
  plan.sites = static_cast<std::size_t>(chance.between(1, 3));
  plan.slots = static_cast<std::size_t>(chance.between(1, 4));
  plan.steps = static_cast<std::size_t>(chance.between(100, 500));
  plan.rests = static_cast<std::size_t>(chance.between(0, 3));
  plan.asks_max = static_cast<std::size_t>(chance.between(1, 5));
  plan.pass_max = milliseconds{chance.one_in(3) ? 3'000 : chance.one_in(2) ? 400 : 60};
  plan.batch_requests_max =
      chance.one_in(3) ? static_cast<std::size_t>(chance.between(1, 4)) : 4096;
  plan.log_delay_steps_max = chance.one_in(2) ? 0 : static_cast<std::uint32_t>(chance.below(5));
  plan.flush_one_in = chance.one_in(4) ? 0 : static_cast<std::uint64_t>(chance.between(1, 40));
  plan.has_prequeue = chance.one_in(3);
  plan.has_barrier = chance.one_in(4);
  plan.faults = draw_faults(chance);
  for (const Usual& one : kUsual) {
    const bool is_on = one.is_needed || !chance.one_in(4);
    const auto times = static_cast<std::uint32_t>(1U << chance.below(3));
    plan.weights[static_cast<std::size_t>(one.act)] = is_on ? one.weight * times : 0;
  }
  plan.has_garbage = plan.weights[static_cast<std::size_t>(Act::Garbage)] > 0;
  return plan;
}

Plan draw_plan_of_many(Chance& chance) {
  Plan plan = draw_plan(chance);
  ClusterPlan& cluster = plan.cluster;
  cluster.nodes = static_cast<std::size_t>(chance.between(2, chance.one_in(3) ? 4 : 3));
  plan.partitions = static_cast<PartitionNo>(chance.between(1, 2));
  plan.steps = static_cast<std::size_t>(chance.between(60, 260));
  plan.rests = static_cast<std::size_t>(chance.between(0, 2));
  // It is also how many records a node follows in a step.
  if (plan.batch_requests_max < 4096) plan.batch_requests_max += 20;
  plan.pass_max = milliseconds{chance.one_in(3) ? 2'000 : chance.one_in(2) ? 400 : 100};
  cluster.steps_max = static_cast<std::size_t>(chance.between(2, 40));
  if (plan.has_barrier) cluster.old_programs = chance.below(cluster.nodes);
  const bool is_good_day = plan.faults.crash == 0 && chance.one_in(3);
  if (is_good_day) return plan;
  const auto in_a_thousand = [&] {
    return chance.one_in(2) ? 0 : static_cast<std::uint32_t>(chance.below(250));
  };
  cluster.faults.lost = in_a_thousand();
  cluster.faults.unanswered = in_a_thousand();
  cluster.faults.doubled = in_a_thousand();
  cluster.faults.later = in_a_thousand();
  cluster.cut_off = draw_rate(chance, 40);
  cluster.lead_anew = draw_rate(chance, 30);
  cluster.outage = draw_rate(chance, 120);
  plan.faults.freeze = draw_rate(chance, 40);
  cluster.wrong_state = draw_rate(chance, 12);
  return plan;
}

bool Plan::counts_time_alike() const {
  if (faults.park != 0) return false;
  return cluster.nodes == 0 || (faults.freeze + faults.clock_back + faults.clock_forward == 0 &&
                                cluster.outage + cluster.cut_off == 0 && !has_leaps);
}

Act Plan::draw_act(Chance& chance) const {
  std::uint64_t all = 0;
  for (const std::uint32_t weight : weights) all += weight;
  std::uint64_t at = chance.below(all);
  for (std::size_t i = 0; i < kActs; ++i) {
    if (at < weights[i]) return static_cast<Act>(i);
    at -= weights[i];
  }
  return Act::TakeTicket;
}

std::string Plan::text() const {
  std::string text = "a world of " + std::to_string(people) + " people, " + std::to_string(sites) +
                     " sites of " + std::to_string(slots) + " slots, " +
                     std::to_string(partitions) + " partitions, window " +
                     std::to_string(stream_window) + ", " + std::to_string(steps) + " steps";
  if (cluster.nodes > 0) {
    text.append(", ").append(std::to_string(cluster.nodes)).append(" nodes");
    if (cluster.old_programs > 0) {
      text.append(" (").append(std::to_string(cluster.old_programs)).append(" of before)");
    }
  }
  const auto add = [&](const char* name, std::uint64_t rate) {
    if (rate != 0) text.append(", ").append(name).append(" 1/").append(std::to_string(rate));
  };
  add("crash", faults.crash);
  add("crash at start", faults.crash_at_start);
  add("log fails", faults.log_fails);
  add("log full", faults.log_full);
  add("disk full", faults.disk_full);
  add("disk lost", faults.disk_lost);
  add("disk restored", faults.disk_restored);
  add("disk damaged", faults.disk_damaged);
  add("clock forward", faults.clock_forward);
  add("clock back", faults.clock_back);
  add("freeze", faults.freeze);
  add("park", faults.park);
  add("stray rows", faults.stray);
  const auto add_thousandth = [&](const char* name, std::uint32_t rate) {
    if (rate != 0) text.append(", ").append(name).append(" ").append(std::to_string(rate));
  };
  add_thousandth("lost", cluster.faults.lost);
  add_thousandth("unanswered", cluster.faults.unanswered);
  add_thousandth("doubled", cluster.faults.doubled);
  add_thousandth("later", cluster.faults.later);
  add("cut off", cluster.cut_off);
  add("lead anew", cluster.lead_anew);
  add("outage", cluster.outage);
  add("wrong state", cluster.wrong_state);
  return text;
}

}  // namespace jari::sim
