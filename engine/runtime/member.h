// engine/runtime/member.h — a node among several on a log of many writers: follows every partition,
// and speaks for those whose own claim it has applied.
//
// Starts no thread, reads no clock but its port, and waits for nothing: whoever drives it steps it.
// What it applies is durable already, so what it writes behind is never ahead of the log; what it
// says waits with the state until its destination has acknowledged it.
//
// Units:   milliseconds are the clock's since_boot.
// Errors:  what is wrong with one partition parks that one, and says why; what is wrong with the
//          state as a whole is start()'s. A log that does not answer is waited for.
// Threads: step() and everything of Turn from one thread; post() from any; the log's Done from its
//          own, and forgotten once the member is gone.
#pragma once

#include <atomic>

#include "engine/base/check.h"
#include "engine/runtime/driven.h"
#include "engine/runtime/following.h"
#include "engine/runtime/letters.h"
#include "engine/runtime/speaking.h"
#include "engine/runtime/task_inbox.h"

namespace jari {

class Member final : public Engine, public Driven, private Turn, private Outbox {
 public:
  Member(Log& log, StateDisk& disk, Clock& clock, MemberOptions options);
  ~Member() override;
  void listen(Listener& listener) { listener_ = &listener; }
  /// Loads the state and follows the log to the ends it has now. Then it may be stepped.
  [[nodiscard]] Result<void> start();
  void adopt_thread() override { set_check_hook(&Member::on_check, this); }
  /// Follows, takes tasks, claims, speaks.
  milliseconds step() override;
  /// Claims nothing any more, either.
  void close() override { inbox_.close(); }
  [[nodiscard]] bool drained() const override;
  /// Requests that were taken, and of which the log has not said that they stand.
  [[nodiscard]] std::size_t unwritten() const { return letters_.waiting_requests(); }
  bool post(Task task) override { return inbox_.post(std::move(task)); }
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  [[nodiscard]] std::string_view node() const override { return options_.name; }
  [[nodiscard]] std::vector<PartitionStatus> status() const override;
  [[nodiscard]] std::vector<DeadLetter> dead_letters(PartitionRef where, Offset after,
                                                     std::size_t limit) const override;
  [[nodiscard]] Result<void> state_health() const override { return disk_.health(); }
  [[nodiscard]] Log& log() override { return log_; }
  [[nodiscard]] ClockAlarm clock_alarm() const { return alarm_.load(); }
  /// An operator says that this node's clock is right, though no other agrees.
  void confirm_clock() { is_clock_confirmed_.store(true); }
  /// For wiring the typed consumers; nullptr for a sink.
  [[nodiscard]] Consumer* consumer(PartitionRef where);
  /// Whether its own claim stands there and is applied.
  [[nodiscard]] bool speaks_for(PartitionRef where) const { return speaking_.speaks(slot(where)); }

 private:
  [[nodiscard]] MemberSlot& slot(PartitionRef where) { return following_.slots().of(where); }
  [[nodiscard]] const MemberSlot& slot(PartitionRef where) const {
    return following_.slots().of(where);
  }
  void tell();
  static void on_check(void* self, std::string_view what) noexcept;

  // Turn
  void append(PartitionRef where, Bytes record) override;
  void after_durable(absl::AnyInvocable<void()> call) override;
  [[nodiscard]] LogTime time(PartitionRef where) const override;
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const override;
  [[nodiscard]] bool is_parked(PartitionRef where) const override;
  [[nodiscard]] Offset applied(PartitionRef where) const override;
  [[nodiscard]] bool is_fresh(PartitionRef where) const override;
  [[nodiscard]] std::size_t waiting_requests() const override;
  [[nodiscard]] std::uint32_t fullest_stream(PartitionRef where) const override;
  [[nodiscard]] std::optional<PartitionRef> blocking_sink(PartitionRef where) const override {
    return following_.blocking_sink(slot(where));
  }

  // Outbox
  void send(const Envelope& row) override;
  void decided(PartitionRef where, std::string_view who, std::string_view request,
               Bytes outcome) override;
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;
  void ticked(PartitionRef where, const Tick& tick) override;
  void disputed(PartitionRef where, const Disputed& disputed) override;

  Log& log_;
  StateDisk& disk_;
  Clock& clock_;
  MemberOptions options_;
  Listener* listener_ = nullptr;
  Following following_;
  Speaking speaking_;
  Letters letters_;
  std::atomic<ClockAlarm> alarm_{ClockAlarm::None};
  std::atomic<bool> is_clock_confirmed_{false};

  TaskInbox inbox_;
  std::size_t open_requests_ = 0;           // appended in this step
  std::optional<std::size_t> before_task_;  // open_requests_ then, while one runs
  NodeOptions::Calls calls_;                // of this step: wait for what it has appended
  NodeOptions::Calls ready_;                // of tasks that had appended nothing
};

}  // namespace jari
