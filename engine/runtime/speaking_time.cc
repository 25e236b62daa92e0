// Time as an owner tells it: ticks, and outages that another clock agrees to.

#include <algorithm>

#include "engine/runtime/speaking.h"

namespace jari {
namespace {

constexpr milliseconds kTicksApart{100};
constexpr milliseconds kProposeEvery{1'000};

}  // namespace

void Speaking::read_clock(const ClockReading& reading, bool is_confirmed) {
  reading_ = reading;
  Instant newest;
  for (const Slot& slot : slots_) {
    if (speaks(slot)) newest = std::max({newest, slot.ticked, slot.partition->time().now});
  }
  is_agreed_ = is_confirmed || peers_.agree(reading.wall, reading.since_boot);
  if (is_agreed_) ticker_.confirm();
  time_ = ticker_.next(reading, newest);
  alarm_ = time_.alarm;
}

void Speaking::ticked(Slot& slot, const Tick& tick) {
  const PartitionRow& row = slot.partition->row();
  if (tick.process != options_.process) peers_.note(tick.process, tick.time, now());
  if (tick.process != row.process || tick.epoch != row.epoch) return;
  slot.owner_seen = now();
  const bool is_other = tick.process != options_.process && following_.is_news(slot);
  if (is_other && slot.partition->owner() == options_.name) slot.namesake = tick.process;
  while (!slot.ticks_out.empty() && slot.ticks_out.front().time <= tick.time) {
    if (slot.ticks_out.front().time == tick.time) slot.tick_back = slot.ticks_out.front().at;
    slot.ticks_out.pop_front();
  }
}

void Speaking::tick(Slot& slot) {
  const Instant log_now = slot.partition->time().now;
  const bool is_outage =
      time_.is_outage || time_.time - log_now > milliseconds{identity_.outage_ms};
  if (is_outage && is_agreed_) jump(slot);
  if (is_outage && !is_agreed_) {
    hold(slot);
  } else {
    slot.held.reset();
  }
  if (alarm_ == ClockAlarm::SetForward) propose(slot);
  const Instant time = slot.held ? slot.held->at(now()) : std::max(time_.time, log_now);
  const milliseconds gap = now() - slot.ticked_at;
  const bool is_near = slot.partition->next_deadline() <= time || slot.requests.count() > 0;
  if (gap < kTicksApart || (!is_near && gap < options_.takeover_after / 4)) return;
  slot.ticked = time;
  slot.ticked_at = now();
  slot.ticks_out.push_back({time, now()});
  append_tick(slot, time);
}

/// No other clock agrees that so much time has passed: log time goes on from where it stood. It
/// goes on from where it stands now if this node was frozen or cut off while it held time back, or
/// if another spoke meanwhile whose clock is ahead.
void Speaking::hold(Slot& slot) {
  alarm_ = ClockAlarm::SetForward;
  const Instant log_now = slot.partition->time().now;
  const milliseconds ahead = slot.held ? slot.held->at(now()) - log_now : milliseconds{-1};
  const bool is_held_still = ahead >= milliseconds{0} && ahead <= milliseconds{identity_.outage_ms};
  if (!is_held_still) slot.held = Slot::Held{log_now, now()};
}

/// A tick that is too far ahead to be taken tells the other nodes what our clock shows.
void Speaking::propose(Slot& slot) {
  const milliseconds outage{identity_.outage_ms};
  if (reading_.wall - slot.partition->time().now <= outage) return;
  if (now() - slot.proposed_at < kProposeEvery) return;
  slot.proposed_at = now();
  append_tick(slot, reading_.wall);
}

/// Until it is applied ticks are too far ahead, so the time it begins at stands still.
void Speaking::jump(Slot& slot) {
  if (now() - slot.jumped_at < options_.takeover_after) return;
  slot.jumped_at = now();
  TimeJump jump;
  jump.epoch = slot.partition->row().epoch;
  jump.process = options_.process;
  jump.from = slot.partition->time().now;
  jump.to = time_.time;
  append_own(slot.perishable, RecordKind::TimeJump, jump);
}

void Speaking::append_tick(Slot& slot, Instant time) {
  Tick tick;
  tick.epoch = slot.partition->row().epoch;
  tick.process = options_.process;
  tick.time = time;
  const DigestAt digest = slot.partition->digest_for_tick(false);  // others may write before it
  tick.upto = digest.offset;
  tick.digest = digest.digest;
  append_own(slot.perishable, RecordKind::Tick, tick);
}

}  // namespace jari
