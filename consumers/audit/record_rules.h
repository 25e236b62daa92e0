// consumers/audit/record_rules.h — I5, I6 and I9: one effect for each request, no dispute about the
// state or the time, and who did it and why.
//
// Keeps a request's id, as a number, for as long as it may be asked again: until 24 h of log time
// after it was decided.
//
// Errors:  what does not hold goes into the report.
// Threads: one.
#pragma once

#include <deque>
#include <map>

#include "consumers/audit/kept.h"
#include "consumers/audit/seen.h"
#include "consumers/audit/senders.h"

namespace jari::audit {

class RecordRules {
 public:
  RecordRules(const Desk& desk, LogWriters writers)
      : desk_(desk), writers_(writers), keys_(desk.identity), owners_(desk.identity) {}
  void look(const Seen& seen);

  /// An outcome of the record that was looked at last, and which request of its partition it
  /// answers.
  struct Answered {
    const Said& said;
    At row;
    bool is_sent = false;  // else nobody sent what it answers
    Offset request = 0;
  };
  [[nodiscard]] const std::vector<Answered>& answered() const { return answered_; }
  /// Whether that record is a request whose id its sender has used already.
  [[nodiscard]] bool is_repeat() const { return is_repeat_; }

  void expect_soon(const Seen& seen) const {
    if (seen.is_request()) keys_[seen.at.where].senders.expect_soon(seen.request_hash);
  }
  void count(Kept& kept) const;

 private:
  struct Keys {
    Senders senders;
    std::deque<std::pair<std::int64_t, std::uint64_t>> decided;  // when, which request
  };
  struct Owner {
    std::uint64_t epoch = 0;
    Hash128 process;
    Instant time;                       // of its newest tick or jump
    std::map<Offset, Hash128> digests;  // of the newest ticks
  };

  void look_at_request(const Seen& seen);
  void look_at_operator(const Seen& seen);
  void look_at_decisions(const Seen& seen);
  void settle(const Seen& seen, Keys& keys, const Said& said, const At& row);
  void look_at_own(const Seen& seen);
  void look_at_tick(const Seen& seen, Owner& owner, const Tick& tick);
  static void forget(Keys& keys, std::int64_t now_ms);
  void note(const Seen& seen, const Said& said, const At& row, const Sender* sender);
  static Sender* sender_of(Senders& senders, const Seen& seen, const Said& said);

  Desk desk_;
  LogWriters writers_;
  ByPartition<Keys> keys_;
  ByPartition<Owner> owners_;
  std::vector<Answered> answered_;
  bool is_repeat_ = false;
};

}  // namespace jari::audit
