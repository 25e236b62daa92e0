// tests/sim/watch.h — Watch: reads every record as soon as it is durable, and holds the log against
// an audit, a replay from its first record, and itself.
//
// The replay is one more set of partitions that hears nothing but the log. What it decides is what
// may be told; what it says is what must stand in the log.
//
// Errors:  what does not hold fails the trace.
// Threads: one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "consumers/audit/auditor.h"
#include "engine/log/log.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/partition.h"
#include "tests/sim/cancel_rule.h"
#include "tests/sim/chance.h"
#include "tests/sim/deserved_rule.h"
#include "tests/sim/trace.h"

namespace jari::sim {

class Watch final : private Outbox {
 public:
  Watch(Log& log, Trace& trace);

  /// What has become durable since. True: there was something.
  bool read_new();
  /// What the log decided for a request: the last that was decided anew; nothing: not yet.
  struct Decided {
    std::vector<Hash128> kept;  // every answer that it may be told
    std::uint64_t order = 0;    // of the first, in its partition
    bool is_for_later = false;  // the last is none that a key remembers
  };
  [[nodiscard]] const Decided* decided_for(std::string_view who, std::string_view request) const;

  /// Whether a request with this key stands in the log.
  [[nodiscard]] bool stands(std::string_view who, std::string_view request) const;

  /// What stands in `sync` of each appointment, and how often each request stands in `outcomes`.
  struct Document {
    std::uint32_t version = 0;
    std::string json;
    std::set<std::string> sites;  // that it was at
  };
  [[nodiscard]] const std::map<std::string, Document>& documents() const { return documents_; }
  [[nodiscard]] std::uint32_t outcomes_of(std::string_view request) const;

  /// The state that the log's records make, to compare another with. `applied`: at which offset.
  void compare(PartitionRef where, Offset applied, const Hash128& digest);
  /// The same, asked: false, too, where the log's state stands elsewhere.
  [[nodiscard]] bool is_log_s(PartitionRef where, Offset applied, const Hash128& digest) const;
  /// Whether a tick that counts tells the digest of a state that is made of more than `applied`.
  [[nodiscard]] bool has_tick_of(PartitionRef where, Offset applied) const;
  [[nodiscard]] const Partition& replayed(PartitionRef where) const;
  [[nodiscard]] const Consumer& consumer(PartitionRef where) const {
    return replay_[where.topic][where.partition]->consumer();
  }
  /// A node starts. While a partition of it stands still before `applied`, nobody may be told that
  /// it has read further, but for what it had in an earlier life.
  void begin_life();
  void expect_no_ack_beyond(PartitionRef where, Offset applied);
  /// Nobody is told that a partition, or sink, has read what it has not.
  void expect_true_acks();
  /// A node says that what it has applied up to here is as of now.
  void expect_fresh(PartitionRef where, Offset applied);
  /// One of the latest effects, as it stands in its partition.
  struct EffectRecord {
    PartitionRef where;
    std::string record;
  };
  [[nodiscard]] std::optional<EffectRecord> draw_effect(Chance& chance) const;
  /// A tick or a claim of an owner that another has followed; nothing before the first tick.
  [[nodiscard]] std::optional<EffectRecord> draw_zombie(Chance& chance);
  /// The same with the number after the next; nothing where it cannot be known which that is.
  [[nodiscard]] std::optional<std::string> early_row(const EffectRecord& like, const Turn& turn);
  /// The same for a log that anybody may append to at any time.
  [[nodiscard]] std::string early_row(const EffectRecord& like);
  /// From now on the log may say anything in that partition: nothing of it is read, and there is no
  /// audit any more. Called once.
  void forsake(PartitionRef where);
  /// All that was said stands in the log: true at rest.
  void expect_all_delivered();
  /// The whole log once more, from its first record to here.
  void audit_anew();
  void finish();

 private:
  struct Said {
    std::uint64_t seq = 0;
    Offset cause = 0;
    Hash128 content;
  };
  using Stream = std::pair<PartitionRef, PartitionRef>;

  void take(const LogRecord& record);
  void arrive(const LogRecord& record, const Envelope& envelope);
  void match(const Stream& stream);
  void read_row(const Envelope& envelope);
  void read_document(std::string_view json);
  void read_own(PartitionRef where, const Envelope& envelope);
  [[nodiscard]] bool is_judged(const StreamPlace& stream) const {
    return !forsaken_ || (stream.source != *forsaken_ && stream.destination != *forsaken_);
  }
  void settle();
  void report(const audit::Report& report);
  [[nodiscard]] bool has_open_gap() const;

  void send(const Envelope& row) override;
  void decided(PartitionRef where, std::string_view who, std::string_view request,
               Bytes outcome) override;
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;

  Log& log_;
  Trace& trace_;
  audit::Report report_;
  audit::Auditor auditor_;
  std::vector<LogPlace> next_;
  std::optional<PartitionRef> forsaken_;
  std::vector<std::vector<std::unique_ptr<Partition>>> replay_;  // by topic and partition
  std::vector<std::uint64_t> scratch_;
  std::map<Stream, std::deque<Said>> said_;
  std::map<Stream, std::deque<Said>> stands_;
  std::map<Stream, std::vector<Offset>> arrived_;  // where each row stands for the first time
  std::map<Stream, std::uint64_t> acked_before_;   // this life
  std::map<Stream, std::uint64_t> early_;          // the highest number that was made to come early
  std::map<PartitionRef, Tick> ticks_;             // the newest
  std::map<PartitionRef, Offset> told_upto_;       // by ticks that count
  std::set<std::pair<PartitionRef, Hash128>> claimants_;  // who has ever won a claim where
  std::set<Hash128> zombies_;                             // of ours, who have not
  std::map<PartitionRef, std::deque<std::pair<Instant, Offset>>> ends_;  // of late, by time
  std::set<std::string, std::less<>> asked_;                             // who and key
  std::deque<EffectRecord> effects_;                                     // the latest
  std::map<Stream, std::uint64_t> read_;  // of the sinks, up to which row
  std::map<std::string, Decided, std::less<>> decided_;
  std::uint64_t decisions_ = 0;
  CancelRule rule_;
  DeservedRule deserved_;
  std::map<std::string, Document> documents_;
  std::map<std::string, std::uint32_t, std::less<>> outcomes_;
};

}  // namespace jari::sim
