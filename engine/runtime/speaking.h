// engine/runtime/speaking.h — how a member claims partitions that nobody speaks for, and speaks for
// those whose own claim it has applied: time, rows to other partitions and sinks, acknowledgements.
//
// Writes into the slots' open sections only; whoever drives it hands them to the log.
//
// Units:   milliseconds are the clock's since_boot; Instant is log time.
// Errors:  none; what is odd about the clock is an alarm.
// Threads: belongs to the member's thread.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "engine/runtime/following.h"
#include "engine/runtime/namesakes.h"
#include "engine/runtime/peer_clocks.h"
#include "engine/runtime/ticker.h"

namespace jari {

class Speaking {
 public:
  using Slot = MemberSlot;
  Speaking(Following& following, const LogIdentity& identity, const MemberOptions& options,
           Outbox& outbox);

  /// What time it is, for all that follows. `is_confirmed`: an operator says the clock is right.
  void read_clock(const ClockReading& reading, bool is_confirmed);
  [[nodiscard]] milliseconds now() const { return reading_.since_boot; }
  [[nodiscard]] ClockAlarm alarm() const { return alarm_; }

  /// Claims what nobody speaks for, and a fair share of the rest.
  void own();
  /// Ticks, rows and acknowledgements of all that it speaks for.
  void speak();
  [[nodiscard]] bool speaks(const Slot& slot) const;
  /// Nothing that was decided more than takeover_after ago is missing there.
  [[nodiscard]] bool is_fresh(const Slot& slot) const;

  /// A tick was read, whoever wrote it.
  void ticked(Slot& slot, const Tick& tick);
  /// The log has answered for rows that were sent.
  void answered(const StreamSpan& span, bool is_good);

 private:
  using OutgoingRows = std::vector<std::pair<PartitionRef, OutgoingRow>>;  // in order

  // speaking_own.cc
  void listen();
  [[nodiscard]] bool is_name_taken();
  [[nodiscard]] milliseconds silent_since(const Slot& slot) const;
  [[nodiscard]] milliseconds patience(const Slot& slot) const;
  void spread();
  void claim(Slot& slot);
  bool may_have_lost_tail(Slot& slot);
  // speaking_time.cc
  void tick(Slot& slot);
  void hold(Slot& slot);
  void propose(Slot& slot);
  void jump(Slot& slot);
  void append_tick(Slot& slot, Instant time);
  // speaking.cc
  void begin(Slot& slot);
  [[nodiscard]] OutgoingRows open_streams(const Slot& slot) const;
  void send_rows(Slot& slot, const OutgoingRows& streams);
  void send_rows(Slot& slot, PartitionRef to, const WaitingRows::Rows& rows);
  void acknowledge(Slot& slot);
  void acknowledge_sinks(Slot& slot, const OutgoingRows& streams);
  void acknowledge(Slot& slot, Slot& source, const Ack& ack, std::uint64_t acked);
  [[nodiscard]] bool takes_rows(const Slot& slot, PartitionRef to, const OutgoingRow& row) const;
  [[nodiscard]] std::uint64_t last_accepted(PartitionRef destination, PartitionRef source) const;
  template <class Body>
  void append_own(LogSection& section, RecordKind kind, const Body& body) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.body = flat::write_root(body_builder_, body);
    section.add(write_envelope(builder_, envelope));
  }

  Following& following_;
  MemberSlots& slots_;
  const LogIdentity& identity_;
  const MemberOptions& options_;
  Outbox& outbox_;
  Ticker ticker_;
  PeerClocks peers_;
  Namesakes namesakes_;
  bool is_namesake_told_ = false;
  ClockReading reading_;
  TickTime time_;
  ClockAlarm alarm_ = ClockAlarm::None;
  bool is_agreed_ = false;  // another clock shows what ours does, or an operator says so
  milliseconds spread_at_ = kLongAgo;
  std::optional<milliseconds> deaf_since_;  // while own ticks do not come back
  milliseconds hears_since_ = kLongAgo;     // they do, or have not for too long
  flat::Builder builder_;
  flat::Builder body_builder_;
};

}  // namespace jari
