// engine/runtime/node.h — a node on the embedded log: owns every partition, applies them all in one
// thread, and commits requests with their whole chain of effects as one.
//
// Starts no thread, reads no clock but its port, and waits for nothing: node_thread.h drives it,
// and so does a simulator. A record is applied before it is durable; nothing it caused is told
// before.
//
// Units:   one batch is one commit of the log.
// Errors:  start() says why log and state do not fit. A log that fails later ends the node:
//          on_failure is called and nothing is answered any more.
// Threads: step() and everything of Turn from one thread; post() from any; the log's Done from its
// own.
#pragma once

#include <atomic>
#include <mutex>

#include "engine/base/check.h"
#include "engine/runtime/behind.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/driven.h"
#include "engine/runtime/node_options.h"
#include "engine/runtime/task_inbox.h"
#include "engine/runtime/ticker.h"
#include "engine/runtime/undelivered.h"
#include "engine/store/state_disk.h"

namespace jari {

class Node final : public Engine, public Driven, private Turn, private Outbox {
 public:
  Node(Log& log, StateDisk& disk, Clock& clock, NodeOptions options);
  ~Node() override;
  void listen(Listener& listener) { listener_ = &listener; }
  /// Loads the state, replays what follows it, claims every partition. Then it may be stepped.
  [[nodiscard]] Result<void> start();
  void adopt_thread() override { set_check_hook(&Node::on_check, this); }
  /// Ticks what is due, takes tasks, applies, commits if none is in flight.
  milliseconds step() override;
  void close() override { inbox_.close(); }
  [[nodiscard]] bool drained() const override;
  bool post(Task task) override { return inbox_.post(std::move(task)); }
  [[nodiscard]] const LogIdentity& identity() const override { return log_.identity(); }
  [[nodiscard]] std::string_view node() const override { return options_.name; }
  [[nodiscard]] std::vector<PartitionStatus> status() const override;
  [[nodiscard]] std::vector<DeadLetter> dead_letters(PartitionRef where, Offset after,
                                                     std::size_t limit) const override;
  [[nodiscard]] Result<void> state_health() const override { return disk_.health(); }
  [[nodiscard]] Log& log() override { return log_; }
  [[nodiscard]] ClockAlarm clock_alarm() const { return alarm_.load(); }
  void confirm_clock() { ticker_.confirm(); }
  [[nodiscard]] Consumer* consumer(PartitionRef where);  // nullptr for a sink

 private:
  using Slot = NodeSlot;
  // node_start.cc
  Result<void> begin();
  Result<void> load();
  Result<void> replay(Undelivered& undelivered);
  [[nodiscard]] bool is_another(const LogRecord& record) const;
  void replay_one(const LogRecord& record, Undelivered& undelivered);
  void hear_of_row(const LogRecord& record, Undelivered& undelivered) const;
  void claim_all();
  // node.cc
  [[nodiscard]] Slot& slot_of(PartitionRef where);
  [[nodiscard]] const Slot& slot_of(PartitionRef where) const;
  void apply_all();
  bool apply_next(Slot& slot);
  [[nodiscard]] Bytes keep(Bytes record);
  void submit();
  void release_seen();
  [[nodiscard]] LogBatch close_batch();
  void take_back(LogBatch spent);
  void committed(const Result<void>& result, LogBatch batch);
  void release_durable(std::unique_lock<std::mutex>& lock);
  void append_to(Slot& slot, Bytes record);
  /// A record of the engine's own in the open batch.
  template <class Body>
  void append_own(Slot& slot, RecordKind kind, const Body& body) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.body = flat::write_root(body_builder_, body);
    append_to(slot, write_envelope(builder_, envelope));
  }
  // node_time.cc
  void read_clock();
  void tick_due();
  void tick(Slot& slot);
  void append_tick(Slot& slot);
  void jump(Slot& slot, Instant to);
  void acknowledge();
  void acknowledge(Slot& source, std::uint64_t rows_min);
  [[nodiscard]] Instant due(const Slot& slot) const;
  [[nodiscard]] milliseconds rest() const;
  // node_check.cc
  static void on_check(void* self, std::string_view what) noexcept;
  void commit_what_led_here();

  // Turn
  void append(PartitionRef where, Bytes record) override;
  void after_durable(absl::AnyInvocable<void()> call) override;
  [[nodiscard]] LogTime time(PartitionRef where) const override;
  [[nodiscard]] PartitionRef home_of(TopicNo topic, std::string_view key) const override;
  [[nodiscard]] bool is_parked(PartitionRef where) const override;
  [[nodiscard]] Offset applied(PartitionRef where) const override;
  [[nodiscard]] bool is_fresh(PartitionRef where) const override { return !is_parked(where); }
  [[nodiscard]] std::size_t waiting_requests() const override;
  [[nodiscard]] std::uint32_t fullest_stream(PartitionRef where) const override;

  // Outbox
  void send(const Envelope& row) override;
  void decided(PartitionRef where, std::string_view who, std::string_view request,
               Bytes outcome) override;
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;

  Log& log_;
  StateDisk& disk_;
  Clock& clock_;
  NodeOptions options_;
  Listener* listener_ = nullptr;
  Ticker ticker_;
  TickTime now_;
  std::atomic<ClockAlarm> alarm_{ClockAlarm::None};

  std::vector<Slot> slots_;
  std::vector<std::size_t> first_slot_;  // of each topic
  flat::Builder builder_;
  flat::Builder body_builder_;
  std::vector<std::uint64_t> scratch_;  // the record being applied, aligned and out of its section
  Slot* applying_ = nullptr;
  std::vector<Slot*> said_to_;      // by the record being applied
  std::uint64_t rows_to_look_ = 0;  // may be sent before acknowledge() looks at all streams
  std::size_t batch_requests_ = 0;
  std::size_t batch_bytes_ = 0;
  bool is_full_ = false;             // the open batch: no more tasks are taken
  Instant drained_;                  // when rows were last drained
  std::size_t undrained_bytes_ = 0;  // of records committed since
  TaskInbox inbox_;
  NodeOptions::Calls calls_;  // wait for the open batch

  mutable std::mutex mutex_;  // guards what follows
  bool in_flight_ = false;
  bool is_waited_for_ = false;  // the one in flight, by the open batch
  NodeOptions::Calls calls_in_flight_;
  LogBatch spent_;  // its room is used again
  Behind behind_;   // of whoever commits: the log's thread while one is in flight
};

}  // namespace jari
