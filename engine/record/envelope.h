// engine/record/envelope.h — what every record of a log is: its kind, where it came from, who
// asked, and a body that the engine does not read.
//
// Knows no business: `type` and `body` belong to the consumers.
//
// Units:   Offset counts records of a partition from 0. Hashes: XXH3, 128 bits. What says
// FlatStruct
//          lies in a record as it lies in memory.
// Errors:  read_envelope() gives BadBytes for what is no record; nothing is believed before that.
// Threads: plain values; views point into the record's bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/fields.h"
#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/record/flat.h"

namespace jari {

using Offset = std::uint64_t;
using TopicNo = std::uint8_t;
using PartitionNo = std::uint16_t;

/// A partition of a topic. The topic's number is its place in the genesis record's list.
struct PartitionRef {
  TopicNo topic = 0;
  PartitionNo partition = 0;
  auto operator<=>(const PartitionRef&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const PartitionRef& r) {
    return H::combine(std::move(h), r.topic, r.partition);
  }
  using FlatStruct = PartitionRef;
  JARI_FIELDS(PartitionRef, topic, partition)
};

/// schemas/engine/record.fbs, enum RecordKind. Append only.
enum class RecordKind : std::uint8_t {
  Unknown = 0,
  Request = 1,     // from outside: decided by the partition it stands in
  Effect = 2,      // from another partition, numbered and chained
  Row = 3,         // in a sink: read by others only
  Genesis = 4,     // the first record: which log this is
  Tick = 5,        // time
  Claim = 6,       // who speaks for the partition
  Ack = 7,         // how far a destination has read a stream
  Barrier = 8,     // which version of the logic holds
  TimeJump = 9,    // an outage: time that counts against nobody
  StreamSet = 10,  // an operator repairs a stream
  Disputed = 11,   // a node disagrees about a digest
  Reissue = 12,    // an operator asks for a sink's documents again
  Own = 13,        // a record of the business that its node, not a request, appends
};

/// Where an effect or a row stands in its stream.
struct StreamPlace {
  Hash128 incarnation;  // of the log
  PartitionRef source;
  PartitionRef destination;
  std::uint64_t seq = 0;           // dense from 1 for (source, destination)
  Hash128 prev_hash;               // of the stream before this row
  Offset cause = 0;                // offset in the source of the record that caused it
  std::uint64_t reverse_last = 0;  // last seq accepted of the stream destination → source
  using FlatStruct = StreamPlace;
  JARI_FIELDS(StreamPlace, incarnation, source, destination, seq, prev_hash, cause, reverse_last)
};

enum class Role : std::uint8_t { Nobody = 0, Person = 1, Operator = 2 };

/// Who asked for it, with which key, and why.
struct Asked {
  std::string_view request;  // the client's own id for it (Idempotency-Key)
  Role role = Role::Nobody;
  std::string_view by;          // the person or the operator
  std::string_view acting_for;  // `act.sub` of the token: who acted for the person
  std::string_view reason;
  Hash128 content;        // of what was asked: the same key must carry the same content
  bool is_drawn = false;  // the door drew the key: it is remembered, and counts for nobody
  JARI_FIELDS(Asked, request, role, by, acting_for, reason, content, is_drawn)
};

struct Envelope {
  RecordKind kind = RecordKind::Unknown;
  std::uint16_t type = 0;     // of the body, the consumers' own number
  std::uint16_t version = 0;  // of the body
  Bytes body;                 // aligned to 8 within the record
  std::optional<StreamPlace> stream;
  std::optional<Asked> asked;
  Bytes mac;  // of the engine's own records where others may append too; empty in the embedded log
  JARI_FIELDS(Envelope, kind, type, version, body, stream, asked, mac)
};

/// What a record is about to say: its type, its bytes, and the canonical hash of what they say,
/// which its stream is made of.
struct Body {
  std::uint16_t type = 0;
  Bytes bytes;
  Hash128 content;
};

/// Reads a record. Where `record` is not aligned to 8 it says BadBytes: logs hand out aligned
/// bytes.
[[nodiscard]] Result<Envelope> read_envelope(Bytes record);
/// The bytes to append; valid until the builder is used again.
[[nodiscard]] Bytes write_envelope(flat::Builder& to, const Envelope& envelope);

}  // namespace jari
