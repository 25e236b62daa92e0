// engine/runtime/streams.h — the numbered, chained streams between this partition and every other.
//
// Part of the state and of apply: what is accepted, dropped, ignored or refused is decided here and
// replays. Rows waiting to be sent are the node's own business, not kept here.
//
// Units:   seq is dense from 1 for each (source, destination); hashes are XXH3, 128 bits.
// Errors:  what does not fit is a Verdict to be counted; nothing here stops the partition.
// Threads: belongs to one partition worker.
#pragma once

#include <cstdint>

#include "engine/record/envelope.h"
#include "engine/store/table.h"

namespace jari {

struct StreamKey {
  TopicNo topic = 0;
  PartitionNo partition = 0;
  auto operator<=>(const StreamKey&) const = default;
  JARI_FIELDS(StreamKey, topic, partition)
};

struct OutgoingRow {
  std::uint64_t sent = 0;
  Hash128 hash;
  std::uint64_t acked = 0;
  JARI_FIELDS(OutgoingRow, sent, hash, acked)
};

struct IncomingRow {
  std::uint64_t last = 0;
  Hash128 hash;
  JARI_FIELDS(IncomingRow, last, hash)
};

enum class Verdict : std::uint8_t {
  Accepted,   // the next of its stream
  Repeated,   // known already: dropped
  Early,      // one before it is missing: ignored until it comes
  Misfit,     // does not continue the chain: refused, an alarm
  Foreign,    // of another log or another partition: refused, an alarm
  AckBeyond,  // acknowledges what was never sent: refused, an alarm; a tail was lost
};
[[nodiscard]] std::string_view to_text(Verdict verdict);

class Streams {
 public:
  Streams(Store& store, PartitionRef here);

  /// The place of one more row to `destination`, whose content hashes to `content`.
  [[nodiscard]] StreamPlace send(PartitionRef destination, const Hash128& content, Offset cause,
                                 const Hash128& incarnation);

  /// What to make of a row that arrived. Accepted moves `last`; then `content` goes into the chain.
  [[nodiscard]] Verdict judge(const StreamPlace& place, const Hash128& incarnation) const;
  void accept(const StreamPlace& place, const Hash128& content);

  /// `destination` has accepted up to `last`. Older news changes nothing.
  [[nodiscard]] Verdict acknowledge(PartitionRef destination, std::uint64_t last);
  /// An operator repairs the stream that comes from `source`.
  void set(PartitionRef source, std::uint64_t last, const Hash128& hash);

  [[nodiscard]] OutgoingRow outgoing(PartitionRef destination) const;
  [[nodiscard]] IncomingRow incoming(PartitionRef source) const;
  [[nodiscard]] std::uint64_t unacknowledged(PartitionRef destination) const;
  /// Calls visit(other partition, row); for the node's acks and metrics, in no order.
  template <class Visit>
  void for_each_incoming(Visit&& visit) const {
    incoming_.for_each_unordered([&](const StreamKey& key, const IncomingRow& row) {
      visit(PartitionRef{key.topic, key.partition}, row);
    });
  }
  template <class Visit>
  void for_each_outgoing(Visit&& visit) const {
    outgoing_.for_each_unordered([&](const StreamKey& key, const OutgoingRow& row) {
      visit(PartitionRef{key.topic, key.partition}, row);
    });
  }

 private:
  PartitionRef here_;
  Table<StreamKey, OutgoingRow> outgoing_;
  Table<StreamKey, IncomingRow> incoming_;
};

}  // namespace jari
