// engine/runtime/partition.h — one partition as a function of its records: the engine's own records
// and streams here, everything else handed to its Consumer.
//
// Reads no log and writes none: a node hands it records in order and takes what comes out.
//
// Units:   offsets are dense; the chain has one step a record; digests are of the Store.
// Errors:  apply() never fails on what a record says. It may ask to be parked: for a version of the
//          logic this program does not know, or a digest that contradicts its owner's tick.
// Threads: belongs to one thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/log/log.h"
#include "engine/runtime/consumer.h"
#include "engine/runtime/outbox.h"
#include "engine/runtime/partition_rows.h"
#include "engine/runtime/record_chain.h"
#include "engine/runtime/streams.h"

namespace jari {

/// Versions of the logic that the business of this program can apply.
struct KnownVersions {
  std::uint16_t from = 1;
  std::uint16_t to = 1;
};

/// The state after an offset, as it is here and as its owner's tick has it.
struct DigestMismatch {
  Offset upto = 0;
  Hash128 ours;
  Hash128 theirs;
};

class Partition {
 public:
  using MakeConsumer = std::function<std::unique_ptr<Consumer>(Store&)>;
  /// `settings` is the partition that fans barriers out (and is itself one of them).
  Partition(PartitionRef where, const LogIdentity& identity, PartitionRef settings,
            KnownVersions known, const MakeConsumer& make_consumer);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  /// Applies the record at next_offset(). Says why it must be parked instead, changing nothing.
  [[nodiscard]] std::optional<std::string> apply(const LogRecord& record, Outbox& outbox);
  [[nodiscard]] std::optional<std::string> apply(Bytes record, Outbox& outbox) {
    return apply(LogRecord{where_, next_offset_, record}, outbox);
  }

  /// After its rows were loaded: indexes, and whether they are the state that `position` names.
  [[nodiscard]] Result<void> loaded(const PartitionPosition& position);
  [[nodiscard]] PartitionPosition position() const;
  /// From here on apply() does not step the chain, and position() is without it: whoever takes it
  /// does, with every record that was applied.
  [[nodiscard]] RecordChain take_chain();
  /// Whether log time becomes the record's: its owner's, not too far ahead, from the time that is.
  [[nodiscard]] bool takes(const Tick& tick) const;
  [[nodiscard]] bool takes(const TimeJump& jump) const;
  /// What a tick is to say of the state. Digests are taken before each tick, by whoever applies it:
  /// of the state as it is where the tick is the very next record, else of the one before the last.
  [[nodiscard]] DigestAt digest_for_tick(bool is_next) const;

  [[nodiscard]] PartitionRef where() const { return where_; }
  [[nodiscard]] Offset next_offset() const { return next_offset_; }
  [[nodiscard]] const PartitionRow& row() const { return *row_; }
  [[nodiscard]] std::string_view owner() const { return store_.names().text(row().node); }
  [[nodiscard]] LogTime time() const { return {row().now, milliseconds{row().outages_ms}}; }
  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] const Sha256& chain() const { return chain_.value(); }  // until it is taken
  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] const Store& store() const { return store_; }
  [[nodiscard]] const Streams& streams() const { return streams_; }
  /// The destination that, by the record applied last, has read what was never sent to it: a tail
  /// of the log was lost. The record changed nothing; whoever speaks for the partition parks it.
  [[nodiscard]] std::optional<PartitionRef> lost_tail() const { return lost_tail_; }
  /// How our state contradicts the owner's tick that apply() has just stopped before.
  [[nodiscard]] const std::optional<DigestMismatch>& mismatch() const { return mismatch_; }
  [[nodiscard]] std::uint64_t digests_compared() const { return digests_compared_; }  // that agree
  [[nodiscard]] Consumer& consumer() { return *consumer_; }
  /// Dead letters after offset `after` (or from the first: nothing), oldest first.
  template <class Visit>
  void for_each_dead_letter_unordered(Visit&& visit) const {
    dead_letters_.for_each_unordered([&](const OffsetKey& key, const DeadLetterRow& row) {
      visit(key.offset, row.time, store_.names().text(row.reason));
    });
  }

 private:
  class Speaker;  // the Context of one record
  static constexpr std::size_t kDigestsKept = 256;

  [[nodiscard]] bool is_owners(const auto& said) const {
    return said.epoch == row().epoch && said.process == row().process;
  }
  std::optional<std::string> dispatch(const Envelope& envelope, Speaker& speaker);
  std::optional<std::string> on_genesis(Bytes record);
  std::optional<std::string> on_tick(const Tick& tick, Speaker& speaker);
  void on_time_jump(const TimeJump& jump, Speaker& speaker);
  void on_claim(const Claim& claim, Speaker& speaker);
  void on_ack(PartitionRef destination, std::uint64_t last, Speaker& speaker);
  std::optional<std::string> on_barrier(const Envelope& envelope, Speaker& speaker);
  void advance_barrier(Speaker& speaker);
  void fan_barrier(const Barrier& barrier, Speaker& speaker);
  [[nodiscard]] bool reads(const Envelope& envelope) const;
  void on_request(const Envelope& envelope, Speaker& speaker);
  void on_effect(const Envelope& envelope, Speaker& speaker);
  void on_own(const Envelope& envelope, Speaker& speaker);
  void on_repair(const Envelope& envelope, Speaker& speaker);
  bool arrives(const Envelope& envelope, const Hash128& content, Speaker& speaker);
  void dead_letter(std::string_view reason, Speaker& speaker);
  template <class Change>
  void change_row(Change&& change) {
    if (!rows_.contains(PartitionRowKey{})) rows_.put(PartitionRowKey{}, PartitionRow{});
    row_ = &rows_.change(PartitionRowKey{}, change);  // the table has no other: it stays there
  }
  void keep_digest();

  PartitionRef where_;
  const LogIdentity& identity_;
  PartitionRef settings_;
  KnownVersions known_;
  Store store_;
  Table<PartitionRowKey, PartitionRow> rows_;
  const PartitionRow* row_;
  Table<OffsetKey, DeadLetterRow> dead_letters_;
  Streams streams_;
  std::unique_ptr<Consumer> consumer_;
  Offset next_offset_ = 0;
  RecordChain chain_;
  bool is_chain_taken_ = false;
  std::optional<PartitionRef> lost_tail_;
  std::optional<DigestMismatch> mismatch_;
  std::array<DigestAt, kDigestsKept> digests_{};  // before the last ticks, round and round
  std::size_t last_digest_ = 0;
  std::uint64_t digests_compared_ = 0;
};

/// Where a settings partition's barrier is said to: every partition that has a consumer, but
/// itself.
[[nodiscard]] std::vector<PartitionRef> consumer_partitions(const LogIdentity& identity);

}  // namespace jari
