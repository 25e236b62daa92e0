// engine/record/own_records.h — the bodies of the engine's own records.
//
// Says nothing of what they do: that is engine/runtime/.
//
// Units:   Instant is log time, ms since the Unix epoch.
// Errors:  none; read with read_body().
// Threads: plain values; views point into the record's bytes.
#pragma once

#include <string_view>
#include <vector>

#include "engine/record/envelope.h"

namespace jari {

struct TopicSpec {
  std::string_view name;
  PartitionNo partitions = 0;
  bool is_sink = false;
  JARI_FIELDS(TopicSpec, name, partitions, is_sink)
};

/// The first record of every partition. In a backup's copy a second one names the log it came from.
struct Genesis {
  Hash128 incarnation;
  std::uint16_t format = 1;         // of the log's records
  std::vector<TopicSpec> topics;    // a topic's number is its place here
  Instant begins;                   // log time starts here
  std::uint32_t stream_window = 0;  // rows that may be unacknowledged in a stream
  std::uint32_t outage_ms = 0;      // a gap in time beyond this is an outage
  Hash128 copy_of;                  // zero, or the incarnation this is a copy of
  JARI_FIELDS(Genesis, incarnation, format, topics, begins, stream_window, outage_ms, copy_of)
};

struct Tick {
  std::uint64_t epoch = 0;
  Hash128 process;  // drawn at each start
  Instant time;
  Offset upto = 0;  // the digest is of the state after this offset
  Hash128 digest;   // none: the tick says nothing of the state
  JARI_FIELDS(Tick, epoch, process, time, upto, digest)
};

struct Claim {
  std::uint64_t epoch = 0;  // the epoch claimed: one more than the one that stands
  std::string_view node;
  Hash128 process;
  std::uint16_t knows_from = 0;  // versions of the logic that this node can apply
  std::uint16_t knows_to = 0;
  JARI_FIELDS(Claim, epoch, node, process, knows_from, knows_to)
};

/// Stands in the source's partition: its stream to `destination` is accepted up to `last`.
struct Ack {
  PartitionRef destination;
  std::uint64_t last = 0;
  JARI_FIELDS(Ack, destination, last)
};

enum class BarrierStep : std::uint8_t { Unknown = 0, Read = 1, Write = 2 };
/// Read: bodies of `version` can be applied from here on. Write: they are emitted from here on.
struct Barrier {
  std::uint16_t version = 0;
  BarrierStep step = BarrierStep::Unknown;
  JARI_FIELDS(Barrier, version, step)
};

struct TimeJump {
  std::uint64_t epoch = 0;
  Hash128 process;
  Instant from;  // must be the partition's now
  Instant to;
  std::string_view who;  // empty, or the operator who confirmed it
  JARI_FIELDS(TimeJump, epoch, process, from, to, who)
};

struct StreamSet {
  PartitionRef source;
  std::uint64_t seq = 0;
  Hash128 hash;
  JARI_FIELDS(StreamSet, source, seq, hash)
};

/// A node has another state after this offset than the ticks of this epoch say.
struct Disputed {
  std::uint64_t epoch = 0;
  Offset upto = 0;
  Hash128 digest;         // as it has it
  std::string_view node;  // who says so; empty: one of before this field
  JARI_FIELDS(Disputed, epoch, upto, digest, node)
};

struct Reissue {
  PartitionRef sink;
  std::uint64_t from = 0;
  JARI_FIELDS(Reissue, sink, from)
};

}  // namespace jari
